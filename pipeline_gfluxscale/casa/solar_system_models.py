"""Set the model of a solar-system object for the time of its observation.

CASA's setjy evaluates the model for one time per call: the time of the first integration or, for a field with an
ephemeris, FIELD.TIME. A concatenation has observations of several days, but one FIELD.TIME, the time of the first
observation. Therefore setjy is called once per epoch, on a directory of links to the tables of the MeasurementSet, in
which only the FIELD table is a copy, with FIELD.TIME set to the epoch.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..domain.flux_standards import SOLAR_SYSTEM_STANDARD
from ..errors import InputError
from . import tasks
from .model_column import UNFINISHED
from .solar_system import why_no_model
from .tools import open_table
from .view import view_with_copies

# The time that setjy uses may differ by this much (s) from the start of the epoch: even the model of Mars, which
# changes fastest, changes by less than 0.05 % meanwhile.
_SAME_TIME = 3600.0
# Observations that start within this time (s) after the first one belong to the same epoch, and get one model.
_EPOCH_LENGTH = 12 * 3600.0


@dataclass(frozen=True)
class _Epoch:
    """Observations of a field that get the same model: the first integration's time (MJD, s), and their ids."""

    start: float
    observations: tuple[int, ...]


def set_solar_system_model(vis: Path, field_id: int, spw_ids: Sequence[int], *, virtual: bool) -> dict[str, Any]:
    """Set the model of a solar-system object; return the result of setjy for the first epoch.

    Raises
    ------
    InputError
        If CASA has no model of the object for the time or the frequencies of the observation.
    CasaTaskError
        If setjy fails.
    """
    epochs = _epochs(vis, field_id)
    _check_has_model(vis, field_id, spw_ids, epochs)
    results: list[dict[str, Any]] = []
    for epoch in epochs:
        with _with_field_time(vis, field_id, epoch.start) as view, _own_directory(vis) as directory:
            arguments = {} if len(epochs) == 1 else {"observation": ",".join(map(str, epoch.observations))}
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


def _epochs(vis: Path, field_id: int) -> list[_Epoch]:
    """Group the observations of a field by their start."""
    taql = (
        f"select 1.0 * OBSERVATION_ID as OBSERVATION, gmin(TIME) as START from '{vis}' where FIELD_ID == {field_id} "
        "groupby OBSERVATION_ID"
    )
    with open_table(vis) as table:
        result = table.taql(taql)
        try:
            starts = sorted(zip(result.getcol("START"), result.getcol("OBSERVATION").astype(int), strict=True))
        finally:
            result.close()
    epochs: list[_Epoch] = []
    for start, observation in starts:
        if epochs and start - epochs[-1].start < _EPOCH_LENGTH:
            epochs[-1] = _Epoch(epochs[-1].start, (*epochs[-1].observations, int(observation)))
        else:
            epochs.append(_Epoch(float(start), (int(observation),)))
    return epochs


def _check_has_model(vis: Path, field_id: int, spw_ids: Sequence[int], epochs: Sequence[_Epoch]) -> None:
    with open_table(vis / "FIELD") as table:
        name = str(table.getcell("NAME", field_id))
    with open_table(vis / "OBSERVATION") as table:
        observatory = str(table.getcell("TELESCOPE_NAME", 0))
    with open_table(vis / "SPECTRAL_WINDOW") as table:
        frequencies = [table.getcell("CHAN_FREQ", spw) for spw in spw_ids]
    limits = [(float(channels.min()), float(channels.max())) for channels in frequencies]
    for epoch in epochs:
        if problem := why_no_model(name, epoch.start, limits, observatory):
            raise InputError("vis", str(vis), problem)


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
