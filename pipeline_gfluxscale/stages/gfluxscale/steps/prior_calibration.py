"""Find the prior calibration that is applied to each field and spw, and its effect on the flux densities."""

import math
from collections.abc import Iterable
from pathlib import Path

from ....casa.caltable_contents import read_contents
from ....domain.calibration import ANY_FIELD, CalTable, TableContents
from ....domain.measurementset import Field, MeasurementSet
from ....domain.observation import Observation
from ....domain.selection import select_named
from ....heuristics.calibration_coverage import Applied, Coverage, judge_coverage
from ....heuristics.system_temperatures import FAR_DEGREES, angular_distance
from ....pipeline.callibrary import applicable
from ....pipeline.raw_data import raw_scans
from ..inputs import GFluxscaleInputs
from .selection import Selection

# The kinds of calibration that change amplitudes. Missing phases do not make a flux density wrong.
_KINDS = {
    "B TSYS": "Tsys",
    "B Jones": "bandpass",
    "B BPOLY": "bandpass",
    "BPOLY": "bandpass",
    "TOpac": "opacity",
    "EGainCurve": "gain curve",
}


def coverage_of(inputs: GFluxscaleInputs, selection: Selection) -> Coverage:
    """Return which of the expected flux densities lack calibration."""
    ms = inputs.ms
    applied: dict[tuple[int, int], Applied] = {}
    for observation in selection.observations:
        for spw in observation.spws:
            pair = observation.field.id, spw
            here = _applied(inputs, observation, spw)
            applied[pair] = here if pair not in applied else _common(applied[pair], here)
    alive = set(inputs.observed.reference_antennas) or {antenna.name for antenna in ms.antennas}
    references = [field.id for field in selection.reference]
    scaled_by = {
        (field, spw): [(reference, inputs.reference_spw(spw)) for reference in references]
        for field, spw in selection.expected
    }
    names = {field.id: field.name for field in ms.fields}
    return judge_coverage(ms.name, applied, scaled_by, names, alive, is_raw=bool(raw_scans(ms)))


def _applied(inputs: GFluxscaleInputs, observation: Observation, spw: int) -> Applied:
    ms, field = inputs.ms, observation.field
    intents = {observation.intent} if observation.intent else field.intents
    antennas: dict[str, set[str]] = {}
    borrowed: dict[str, str] = {}
    nearby: dict[str, str] = {}
    for table in applicable(inputs.context.calibration, ms, field, intents, spw):
        contents = read_contents(Path(table.gaintable))
        if (kind := _KINDS.get(contents.kind)) is None:
            continue
        sources = _sources(table, contents, spw)
        solved = {contents.antennas[i] for source in sources for i in contents.solved[source, table.spw_for(spw)]}
        antennas[kind] = antennas[kind] & solved if kind in antennas else solved
        if kind == "Tsys" and (other := _other_source(ms, field, sources)) is not None:
            away = math.degrees(angular_distance(other, field))
            words = f"{other.name}, {away:.0f} degrees away"
            if "ATMOSPHERE" in field.intents and (field.id, table.spw_for(spw)) not in contents.solved:
                borrowed[kind] = f"{words}; its own are missing"
            else:
                (borrowed if away > FAR_DEGREES else nearby)[kind] = words
    return Applied(antennas, borrowed, nearby)


def _common(one: Applied, other: Applied) -> Applied:
    """Return the calibration that two observations of the same field and spw have in common."""
    kinds = {*one.antennas, *other.antennas}
    antennas = {kind: set(one.antennas.get(kind, ())) & set(other.antennas.get(kind, ())) for kind in kinds}
    return Applied(antennas, {**one.borrowed, **other.borrowed}, {**one.nearby, **other.nearby})


def _sources(table: CalTable, contents: TableContents, spw: int) -> list[int]:
    """Return the fields of a table whose solutions are used for a spw."""
    there = [field for field, solved_spw in contents.solved if solved_spw == table.spw_for(spw)]
    if table.gainfield.strip() in ("", "nearest") or ANY_FIELD in there:
        return there
    wanted = select_named(table.gainfield, list(enumerate(contents.fields)))
    return [field for field in there if field in wanted]


def _other_source(ms: MeasurementSet, field: Field, sources: Iterable[int]) -> Field | None:
    """Return the nearest of the fields with solutions; None if the field itself has solutions."""
    known = [source for source in ms.fields if source.id in set(sources)]
    if not known or field in known:
        return None
    return min(known, key=lambda source: angular_distance(source, field))
