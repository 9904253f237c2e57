"""The directions of a MeasurementSet's fields at the time of their observation."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..domain.measurementset import Ephemeris
from .tools import open_measurementset, open_table

_EPHEMERIS_TABLE = re.compile(r"EPHEM(\d+)_.*\.tab")
_DAY = 86400.0


@dataclass(frozen=True)
class FieldDirection:
    """Right ascension and declination (rad) of a phase centre, and the ephemeris that they are computed from."""

    ra: float
    dec: float
    ephemeris: Ephemeris | None = None


def read_directions(vis: Path, times: Mapping[int, float]) -> list[FieldDirection]:
    """Return the directions of all fields, in the frame of PHASE_DIR.

    Parameters
    ----------
    vis : Path
        The MeasurementSet.
    times : mapping of int to float
        Time of the observation of each field (MJD, s), by field id. Outside the range of an ephemeris the nearest entry
        of the ephemeris is used. For a field that is not in `times` the time is FIELD.TIME.
    """
    ephemerides = _read_ephemerides(vis / "FIELD")
    with open_table(vis / "FIELD") as table:
        centres = [table.getcell("PHASE_DIR", row) for row in range(table.nrows())]
        epochs = table.getcol("TIME") if centres else []
        ids = table.getcol("EPHEMERIS_ID") if "EPHEMERIS_ID" in table.colnames() else [-1] * len(centres)
    directions = []
    for field, (centre, number) in enumerate(zip(centres, ids, strict=True)):
        ephemeris = ephemerides.get(int(number), Ephemeris(int(number))) if number >= 0 else None
        # Without the table CASA cannot say where the field is, and PHASE_DIR is its offset from the ephemeris.
        is_moving = centre.shape[1] > 1 or (ephemeris is not None and ephemeris.table)
        where = _moving(vis, field, times.get(field, float(epochs[field])), ephemeris) if is_moving else None
        ra, dec = where or centre[:, 0]
        directions.append(FieldDirection(float(ra), float(dec), ephemeris))
    return directions


def set_times(vis: Path, times: Mapping[int, float]) -> None:
    """Set FIELD.TIME of fields with an ephemeris to the time of their observation (MJD, s); leave other fields alone.

    CASA's solves use the direction of a field at FIELD.TIME, and fail if the ephemeris does not cover that time.
    """
    with open_table(vis / "FIELD", write=True) as table:
        if "EPHEMERIS_ID" not in table.colnames():
            return
        for field, time in times.items():
            if table.getcell("EPHEMERIS_ID", field) >= 0:
                table.putcell("TIME", field, time)


def _read_ephemerides(field_table: Path) -> dict[int, Ephemeris]:
    """Return the ephemerides in the directory of a FIELD table, by id."""
    ephemerides = {}
    for path in sorted(field_table.glob("EPHEM*.tab")):
        if match := _EPHEMERIS_TABLE.fullmatch(path.name):
            with open_table(path) as table:
                days = table.getcol("MJD") if table.nrows() else np.zeros(1)
            number = int(match[1])
            ephemerides[number] = Ephemeris(number, path.name, float(days[0]) * _DAY, float(days[-1]) * _DAY)
    return ephemerides


def _moving(vis: Path, field: int, time: float, ephemeris: Ephemeris | None) -> tuple[float, float] | None:
    """Return the direction of a field by its ephemeris, or by the polynomial in its row; None if CASA has neither."""
    if ephemeris is not None:
        # CASA interpolates between an entry and the next one: at the last entry it has no direction.
        time = min(max(time, ephemeris.start), ephemeris.end - 1)
    with open_measurementset(vis) as ms:
        direction = ms.getfielddirmeas("PHASE_DIR", field, time)
    return (direction["m0"]["value"], direction["m1"]["value"]) if len(direction) else None
