"""Plan which flux densities an MS without an amplitude calibrator adopts from other MSs of its session."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..domain.flux import FluxMeasurement
from ..domain.measurementset import MeasurementSet
from .session_fluxes import mean_calibrated, mean_derived

Sources = Sequence[tuple[MeasurementSet, Sequence[FluxMeasurement]]]


@dataclass(frozen=True)
class Adoption:
    """The flux densities that an MS adopts.

    Attributes
    ----------
    fluxes : mapping of (int, int) to FluxMeasurement
        By field id and spw of the adopting MS; only their flux densities, caveats and `adopted_from` are used.
    problem : str
        The reason if there is nothing to adopt; otherwise empty.
    warnings : tuple of str
        Sentences about missing flux densities, and about MSs from which nothing can be adopted.
    """

    fluxes: Mapping[tuple[int, int], FluxMeasurement]
    problem: str = ""
    warnings: tuple[str, ...] = ()


def plan_adoption(ms: MeasurementSet, expected: Sequence[tuple[int, int]], sources: Sources) -> Adoption:
    """Find the flux densities that an MS can adopt: flux densities of fields and spws with the same names.

    Parameters
    ----------
    ms : MeasurementSet
        The adopting MS.
    expected : sequence of (int, int)
        The (field id, spw) pairs for which it needs a flux density.
    sources : sequence of (MeasurementSet, sequence of FluxMeasurement)
        The MSs of the session with an amplitude calibrator, and their measurements.
    """
    if not expected:
        return Adoption({}, "it has no amplitude calibrator, and no field that could adopt a flux density")
    if not sources:
        return Adoption({}, "it has no amplitude calibrator, and neither has any other MeasurementSet of its session")
    if same := _same_names(ms, {spw for _, spw in expected}):
        return Adoption({}, f"{same}: flux densities are adopted by the name of the spw")
    usable, warnings = _usable(sources)
    by_name = _by_name(usable)
    names = {(field, spw): (ms.field(field).name, ms.spw(spw).name) for field, spw in sorted(set(expected))}
    fluxes = {pair: _mean(by_name[name]) for pair, name in names.items() if name in by_name}
    if not fluxes:
        return Adoption({}, _nothing_in_common(ms, expected, usable), tuple(warnings))
    if lacking := [name for name in names.values() if name not in by_name]:
        pairs = ", ".join(f"{field} in {spw!r}" for field, spw in dict.fromkeys(lacking))
        warnings.append(f"no other MeasurementSet of the session has a flux density of {pairs}")
    return Adoption(fluxes, "", tuple(warnings))


def _usable(sources: Sources) -> tuple[Sources, list[str]]:
    """Return the MSs whose flux densities can be adopted, and in words why those of the others cannot."""
    usable, warnings = [], []
    for source, measurements in sources:
        if not measurements:
            warnings.append(f"nothing can be adopted from {source.name}: it has no flux densities")
        elif same := _same_names(source, {m.spw for m in measurements}):
            warnings.append(f"nothing can be adopted from {source.name}: {same}")
        else:
            usable.append((source, measurements))
    return usable, warnings


def _same_names(ms: MeasurementSet, spws: set[int]) -> str:
    """Return a sentence about spws that have the same name; empty if there are none."""
    ids: dict[str, list[int]] = {}
    for spw in sorted(spws):
        ids.setdefault(ms.spw(spw).name, []).append(spw)
    words = [f"spws {', '.join(map(str, same))} are all called {name!r}" for name, same in ids.items() if len(same) > 1]
    return f"the spw names of {ms.name} are not unique ({'; '.join(words)})" if words else ""


def _by_name(sources: Sources) -> dict[tuple[str, str], list[tuple[str, FluxMeasurement]]]:
    """Return (MS name, measurement) by field name and spw name."""
    by_name: dict[tuple[str, str], list[tuple[str, FluxMeasurement]]] = {}
    for ms, measurements in sources:
        for m in measurements:
            if m.derived is not None or m.calibrated is not None:
                by_name.setdefault((m.field, ms.spw(m.spw).name), []).append((ms.name, m))
    return by_name


def _mean(named: Sequence[tuple[str, FluxMeasurement]]) -> FluxMeasurement:
    """Return the mean of the measurements of several MSs; `named` has the name of each MS too."""
    measurements = [m for _, m in named]
    return replace(
        measurements[0],
        derived=mean_derived(measurements),
        calibrated=mean_calibrated(measurements),
        adopted_from=tuple(dict.fromkeys(name for name, _ in named)),
        caveats=tuple(dict.fromkeys(caveat for m in measurements for caveat in m.caveats)),
    )


def _nothing_in_common(ms: MeasurementSet, expected: Sequence[tuple[int, int]], sources: Sources) -> str:
    if not sources:
        return "it has no amplitude calibrator, and no other MeasurementSet of its session has flux densities to adopt"
    fields = {ms.field(field_id).name for field_id, _ in expected}
    theirs = {m.field for _, measurements in sources for m in measurements}
    if not fields & theirs:
        return (
            f"it has no amplitude calibrator, and no field in common with the others of its session: it has "
            f"{_listed(fields)}, the others have flux densities of {_listed(theirs)}"
        )
    spws = {ms.spw(spw).name for _, spw in expected}
    their_spws = {source.spw(m.spw).name for source, measurements in sources for m in measurements}
    return (
        f"it has no amplitude calibrator, and no spw of its {_listed(fields & theirs)} in common with the others of "
        f"its session: it has {_listed(spws)}, the others have {_listed(their_spws)}"
    )


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))
