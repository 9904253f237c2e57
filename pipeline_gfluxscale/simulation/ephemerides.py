"""Attach ephemerides of solar-system objects to the fields of a MeasurementSet, as ALMA does."""

from pathlib import Path
from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline

from ..casa.solar_system import is_solar_system_object, read_ephemeris
from ..casa.subtables import create_table
from ..casa.tools import open_table
from .alma_metadata import frame_code
from .plan import SimulationPlan

_DAY = 86400.0
_STEP = 1 / 72  # d: as in ALMA's ephemerides, 20 minutes
_MARGIN = 0.25  # d of entries before and after the observation
_UNITS = {"MJD": "d", "RA": "deg", "DEC": "deg", "Rho": "AU", "RadVel": "AU/d", "DiskLong": "deg", "DiskLat": "deg"}
_ANGLES = ("RA", "DiskLong")


def attach_ephemerides(vis: Path, plan: SimulationPlan) -> None:
    """Set EPHEMERIS_ID of the fields of solar-system objects, and PHASE_DIR to 0, their offset from the ephemeris."""
    with open_table(vis) as table:
        times, fields = table.getcol("TIME"), table.getcol("FIELD_ID")
    first = {field: float(times[fields == field].min()) for field in np.unique(fields).tolist()}
    moving = [i for i, field in enumerate(plan.fields) if is_solar_system_object(field.name)]
    for number, field in enumerate(moving):
        _write_table(vis / "FIELD", number, plan.fields[field].name, times.min() / _DAY, times.max() / _DAY)
    with open_table(vis / "FIELD", write=True) as table:
        table.addcols({"EPHEMERIS_ID": {"valueType": "int", "option": 0, "maxlen": 0, "comment": "Ephemeris id"}})
        ids = [moving.index(field) if field in moving else -1 for field in range(table.nrows())]
        table.putcol("EPHEMERIS_ID", np.array(ids, dtype=np.int32))
        for field in range(table.nrows()):
            table.putcell("TIME", field, first.get(field, float(times.min())))
        for field in moving:
            for column in ("PHASE_DIR", "DELAY_DIR", "REFERENCE_DIR"):
                table.putcell(column, field, np.zeros((2, 1)))
            for column in ("PhaseDir_Ref", "DelayDir_Ref", "RefDir_Ref"):
                table.putcell(column, field, frame_code("ICRS"))


def _write_table(field_table: Path, number: int, name: str, start: float, end: float) -> None:
    """Write the entries around an observation from `start` to `end` (MJD, d), interpolated from CASA's ephemeris."""
    source, keywords = read_ephemeris(name, (start + end) / 2)
    # A spline through the entries of some days around the observation is accurate enough, and takes little time.
    near = np.abs(source["MJD"] - (start + end) / 2) < end - start + 10
    days = source["MJD"][near]
    entries = np.arange(start - _MARGIN, end + _MARGIN + _STEP, _STEP)
    columns = {"MJD": entries}
    for column in [c for c in _UNITS if c != "MJD"]:
        values = source[column][near]
        if column in _ANGLES:
            values = np.unwrap(values, period=360.0)
        columns[column] = CubicSpline(days, values)(entries)
    columns["RA"] %= 360.0
    path = field_table / f"EPHEM{number}_{name}_{start:.1f}.tab"
    create_table(path, {column: ("double", unit) for column, unit in _UNITS.items()}, columns)
    with open_table(path, write=True) as table:
        # CASA reads only tables of this type as ephemerides.
        table.putinfo({"type": "IERS", "subType": "", "readme": ""})
        for keyword, value in _keywords(name, entries, keywords).items():
            table.putkeyword(keyword, value)


def _keywords(name: str, entries: np.ndarray, source: dict[str, Any]) -> dict[str, Any]:
    def epoch(day: float) -> dict[str, Any]:
        return {"type": "epoch", "refer": "UTC", "m0": {"unit": "d", "value": float(day)}}

    keywords = {
        "MJD0": float(entries[0] - _STEP),
        "dMJD": _STEP,
        "NAME": name,
        "GeoDist": 0.0,
        "GeoLat": 0.0,
        "GeoLong": 0.0,
        "obsloc": "GEOCENTRIC",
        "posrefsys": "ICRF/ICRS",
        "earliest": epoch(entries[0]),
        "latest": epoch(entries[-1]),
        "VS_CREATE": "2014/01/01/00:00",
        "VS_DATE": "2014/01/01/00:00",
        "VS_TYPE": "Table of comet/planetary positions",
        "VS_VERSION": "0003.0001",
    }
    return keywords | {key: source[key] for key in ("meanrad", "radii", "rot_per") if key in source}
