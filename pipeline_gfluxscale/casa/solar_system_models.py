"""Set the model of a solar-system object for the time of its observation.

CASA's setjy evaluates the model for one time per call: the time of the first integration or, for a field with an
ephemeris, FIELD.TIME. But flux densities change: that of Mars, which rotates, by up to 0.5 % per hour, the others with
their distance by up to 0.05 %. A concatenation has observations of several days, but one FIELD.TIME, the time of the
first observation. Therefore setjy is called once per epoch, on a directory of links to the tables of the
MeasurementSet, in which only the FIELD table is a copy, with FIELD.TIME set to the epoch.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..domain.dates import utc
from ..domain.flux_standards import SOLAR_SYSTEM_STANDARD
from ..errors import InputError
from . import tasks
from .model_column import UNFINISHED
from .solar_system import NoModelError, model_flux_densities
from .tools import open_table
from .view import view_with_copies

# FIELD.TIME is right if it differs by less than this from the start of the epoch, and scans that start within this time
# belong to the same epoch (s): meanwhile, the flux density of Mars changes by less than 1e-4.
_SAME_TIME = 60.0
# Scans belong to the same epoch if the flux densities at their starts differ by less than this fraction, which is much
# less than the errors of the models, some percent.
_SAME_FLUX = 1e-4


@dataclass(frozen=True)
class _Epoch:
    """Scans that get the same model: times of the first and the last integration (MJD, s), OBSERVATION_ID and scans."""

    start: float
    last: float
    observation: int
    scans: tuple[int, ...]

    def joined(self, other: "_Epoch") -> "_Epoch":
        """Return the epoch with later scans."""
        return _Epoch(self.start, max(self.last, other.last), self.observation, (*self.scans, *other.scans))

    @property
    def selection(self) -> dict[str, str | int]:
        """The selection: setjy takes the time of the model from its scans, but ignores the scans when it writes."""
        # Integrations have at least 16 ms, and their time is that of their middle.
        times = (self.start - 0.005, self.last + 0.005)
        return {
            "observation": self.observation,  # setjy fails for a string
            "scan": ",".join(map(str, sorted(set(self.scans)))),
            "timerange": "~".join(utc(time).strftime("%Y/%m/%d/%H:%M:%S.%f")[:-3] for time in times),
        }


def set_solar_system_model(vis: Path, field_id: int, spw_ids: Sequence[int], *, virtual: bool) -> dict[str, Any]:
    """Set the model of a solar-system object; return the result of setjy for the first epoch.

    Raises
    ------
    InputError
        If CASA has no model of the object for the time or the frequencies of the observation.
    CasaTaskError
        If setjy fails.
    """
    epochs = _epochs(vis, field_id, spw_ids)
    results: list[dict[str, Any]] = []
    for epoch in epochs:
        with _with_field_time(vis, field_id, epoch.start) as view, _own_directory(vis) as directory:
            arguments = {} if len(epochs) == 1 else epoch.selection
            result = tasks.run_within(
                directory,
                "setjy",
                vis=view,
                field=str(field_id),
                spw=",".join(map(str, spw_ids)),
                standard=SOLAR_SYSTEM_STANDARD,
                usescratch=not virtual,
                **arguments,
            )
        results.append(result or {})
    return results[0] if results else {}


def _epochs(vis: Path, field_id: int, spw_ids: Sequence[int]) -> list[_Epoch]:
    """Return the epochs of a field: one if the flux density does not change, else one or more per observation."""
    scans = _scans(vis, field_id)
    fluxes = _flux_densities(vis, field_id, spw_ids, [scan.start for scan in scans])
    if all(_agree(of_scan, fluxes[0]) for of_scan in fluxes):
        return [scans[0]]
    epochs: list[_Epoch] = []
    of_epoch = fluxes[0]
    for scan, of_scan in zip(scans, fluxes, strict=True):
        if epochs and epochs[-1].observation == scan.observation and _agree(of_scan, of_epoch):
            epochs[-1] = epochs[-1].joined(scan)
        else:
            epochs.append(scan)
            of_epoch = of_scan
    return epochs


def _agree(fluxes: np.ndarray, others: np.ndarray) -> bool:
    return bool(np.all(np.abs(fluxes - others) <= _SAME_FLUX * others))


def _scans(vis: Path, field_id: int) -> list[_Epoch]:
    """Return each scan of a field as an epoch of its own, sorted by time."""
    taql = (
        "select 1.0 * OBSERVATION_ID as OBSERVATION, 1.0 * SCAN_NUMBER as SCAN, "
        f"gmin(TIME) as START, gmax(TIME) as LAST from '{vis}' where FIELD_ID == {field_id} "
        "groupby OBSERVATION_ID, SCAN_NUMBER"
    )
    with open_table(vis) as table:
        result = table.taql(taql)
        try:
            columns = [result.getcol(name).tolist() for name in ("START", "LAST", "OBSERVATION", "SCAN")]
        finally:
            result.close()
    rows = sorted(zip(*columns, strict=True))
    return [_Epoch(start, last, int(observation), (int(scan),)) for start, last, observation, scan in rows]


def _flux_densities(vis: Path, field_id: int, spw_ids: Sequence[int], times: Sequence[float]) -> list[np.ndarray]:
    """Return the flux densities (Jy) of the spws at each time; CASA needs 4 s for a time of Mars."""
    with open_table(vis / "FIELD") as table:
        name = str(table.getcell("NAME", field_id))
    with open_table(vis / "OBSERVATION") as table:
        observatory = str(table.getcell("TELESCOPE_NAME", 0))
    with open_table(vis / "SPECTRAL_WINDOW") as table:
        frequencies = [table.getcell("CHAN_FREQ", spw) for spw in spw_ids]
    limits = [(float(channels.min()), float(channels.max())) for channels in frequencies]
    fluxes: list[np.ndarray] = []
    evaluated = -np.inf
    for time in times:
        if time - evaluated < _SAME_TIME:
            fluxes.append(fluxes[-1])
            continue
        try:
            fluxes.append(model_flux_densities(name, time, limits, observatory))
        except NoModelError as error:
            raise InputError("vis", str(vis), str(error)) from None
        evaluated = time
    return fluxes


@contextmanager
def _own_directory(vis: Path) -> Iterator[Path]:
    """Yield a directory for setjy's component lists, which it writes where it runs.

    Their names hold no more than that of the MeasurementSet: two runs on MeasurementSets of the same name, in the same
    current directory, would use each other's lists.
    """
    directory = vis / UNFINISHED / "setjy"
    directory.mkdir(parents=True, exist_ok=True)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        with suppress(OSError):  # something else is in it
            directory.parent.rmdir()


@contextmanager
def _with_field_time(vis: Path, field_id: int, start: float) -> Iterator[Path]:
    """Yield the MeasurementSet if its FIELD.TIME will do, otherwise a directory of links with FIELD.TIME = `start`."""
    with open_table(vis / "FIELD") as table:
        has_ephemeris = "EPHEMERIS_ID" in table.colnames() and table.getcell("EPHEMERIS_ID", field_id) >= 0
        is_right = abs(table.getcell("TIME", field_id) - start) < _SAME_TIME
    if is_right or not has_ephemeris:
        yield vis
        return
    with view_with_copies(vis, "FIELD") as view:
        with open_table(view / "FIELD", write=True) as table:
            table.putcell("TIME", field_id, start)
        yield view
