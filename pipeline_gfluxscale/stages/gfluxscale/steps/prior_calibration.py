"""Find the prior calibration that is applied to each field and spw, and its effect on the flux densities."""

import math
from collections.abc import Iterable
from pathlib import Path

from ....casa.caltable_contents import read_contents
from ....domain.calibration import ANY_FIELD, CalTable, TableContents
from ....domain.measurementset import Field, MeasurementSet, SpectralWindow
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
# Kinds with solutions for each channel, which are right for the frequencies that they were solved for.
_OF_CHANNELS = ("B TSYS", "B Jones")
# Greatest gap between the frequencies of data and solutions, as a fraction: the Earth's motion shifts a spw of one
# frame by this much in half a year.
_SHIFT = 2e-4


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
        sources = _sources(ms, field, table, contents, spw)
        ids = {i for source in sources for i in contents.solved.get((source, table.spw_for(spw)), ())}
        solved = {contents.antennas[i] for i in ids}
        antennas[kind] = antennas[kind] & solved if kind in antennas else solved
        if kind == "Tsys" and (other := _other_source(ms, field, sources)) is not None:
            away = math.degrees(angular_distance(other, field))
            words = f"{other.name}, {away:.0f} degrees away"
            if "ATMOSPHERE" in field.intents and (field.id, table.spw_for(spw)) not in contents.solved:
                borrowed[kind] = f"{words}; its own are missing"
            else:
                (borrowed if away > FAR_DEGREES else nearby)[kind] = words
        if words := _other_frequencies(ms.spw(spw), table, contents):
            borrowed[kind] = f"{borrowed[kind]}; {words}" if kind in borrowed else words
    return Applied(antennas, borrowed, nearby)


def _common(one: Applied, other: Applied) -> Applied:
    """Return the calibration that two observations of the same field and spw have in common."""
    kinds = {*one.antennas, *other.antennas}
    antennas = {kind: set(one.antennas.get(kind, ())) & set(other.antennas.get(kind, ())) for kind in kinds}
    return Applied(antennas, {**one.borrowed, **other.borrowed}, {**one.nearby, **other.nearby})


def _sources(ms: MeasurementSet, of: Field, table: CalTable, contents: TableContents, spw: int) -> list[int]:
    """Return the fields of a table whose solutions are used for a field in a spw."""
    there = [field for field, solved_spw in contents.solved if solved_spw == table.spw_for(spw)]
    if table.gainfield.strip() == "" or ANY_FIELD in there:
        return there
    if table.gainfield.strip() == "nearest":
        # Like CASA, choose among all fields of the table, also if the solutions of the nearest field are flagged.
        known = [source for source in ms.fields if source.id in contents.solved_fields]
        return [min(known, key=lambda source: (source != of, angular_distance(source, of))).id] if known else there
    wanted = select_named(table.gainfield, list(enumerate(contents.fields)))
    return [field for field in there if field in wanted]


def _other_frequencies(spw: SpectralWindow, table: CalTable, contents: TableContents) -> str:
    """Return which frequencies solutions are for if the data have none of these frequencies; otherwise empty."""
    source = table.spw_for(spw.id)
    if contents.kind not in _OF_CHANNELS or source not in contents.frequencies:
        return ""
    lowest, highest = contents.frequencies[source]
    gap = max(lowest - spw.max_frequency, spw.min_frequency - highest)
    if gap <= _SHIFT * spw.mean_frequency:
        return ""
    return f"spw {source} of the table, {lowest / 1e9:.2f} to {highest / 1e9:.2f} GHz"


def _other_source(ms: MeasurementSet, field: Field, sources: Iterable[int]) -> Field | None:
    """Return the nearest of the fields with solutions; None if the field itself has solutions."""
    known = [source for source in ms.fields if source.id in set(sources)]
    if not known or field in known:
        return None
    return min(known, key=lambda source: angular_distance(source, field))
