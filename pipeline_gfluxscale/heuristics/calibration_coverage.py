"""Find flux densities without the calibration that they need, for warnings and a score."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from ..domain.flux import FluxMeasurement
from ..domain.qa import AppliesTo, QAScore
from ..domain.selection import format_ids
from .scoring import interpolated

METRIC = "calibration_applied"

Pair = tuple[int, int]

WRONG_BELOW = 0.30
"""Score if one of very many flux densities lacks a calibration (it falls with their fraction): red, as the value of
that flux density is known to be wrong."""

BORROWED = 0.30
"""Score if system temperatures are from a distant field, observed through another part of the atmosphere, or if
solutions are of other frequencies: red.

System temperatures of a field 10 degrees away changed simulated flux densities by 8 %."""

ADOPTED_WITHOUT_ANTENNAS = 0.50
"""Score of flux densities that were adopted from data without some antennas: yellow."""

LOST_ANTENNA_SCORES = ((0.0, 1.0), (0.01, 0.89), (0.1, 0.66), (0.2, 0.33), (1.0, 0.0))
"""(fraction of the antennas without a solution, score): the flux density is measured with the other antennas.

A tenth of the antennas scores blue, a fifth yellow."""

ASSUMED = 0.80
"""Score if no calibration is applied to data that may have been calibrated before: blue."""

ASSUMED_OF_RAW = 0.50
"""The same if the data look raw, but the user says that they are calibrated: yellow."""


@dataclass(frozen=True)
class Applied:
    """The calibration that is applied to a field in a spw.

    Attributes
    ----------
    antennas : mapping of str to collection of str
        The antennas with solutions, by kind of calibration such as ``'Tsys'``.
    borrowed : mapping of str to str
        By kind: the other field whose solutions are used, if it is too far away, or if the field should have solutions
        of its own; the frequencies of the solutions, if they are not those of the data.
    nearby : mapping of str to str
        By kind: the neighbouring field whose solutions are used, as the field has no solutions of its own.
    """

    antennas: Mapping[str, Collection[str]] = field(default_factory=dict)
    borrowed: Mapping[str, str] = field(default_factory=dict)
    nearby: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Coverage:
    """The effect of the prior calibration on the flux densities.

    Attributes
    ----------
    caveats : mapping of (int, int) to tuple of str
        Short texts by field id and spw; flux densities without caveats have no entry.
    warnings : tuple of str
        Missing calibration, with fields and spws.
    assumptions : tuple of str
        Sentences that say that no calibration is applied, or that the calibration of a neighbouring field is used.
    score : QAScore
    """

    caveats: Mapping[Pair, tuple[str, ...]]
    warnings: tuple[str, ...]
    assumptions: tuple[str, ...]
    score: QAScore


def judge_coverage(
    vis: str,
    applied: Mapping[Pair, Applied],
    reference_of: Mapping[Pair, Collection[Pair]],
    names: Mapping[int, str],
    antennas: Collection[str],
    *,
    is_raw: bool,
) -> Coverage:
    """Find the flux densities that lack calibration.

    If one field and spw has a kind of calibration, all others need it too. Raw ALMA data that have any calibration need
    system temperatures and a bandpass.

    Parameters
    ----------
    vis : str
        Name of the MeasurementSet.
    applied : mapping of (int, int) to Applied
        By field id and spw, for all reference and transfer fields.
    reference_of : mapping of (int, int) to collection of (int, int)
        By field id and spw of each flux density that is expected: the reference data that scale it.
    names : mapping of int to str
        Names of the fields.
    antennas : collection of str
        Antennas that have data.
    is_raw : bool
        Whether the data are raw ALMA data by their scans.
    """
    kinds = sorted({kind for calibration in applied.values() for kind in calibration.antennas})
    if not kinds:
        return _nothing_applied(vis, sorted({names[field] for field, _ in applied}), is_raw)
    needed = sorted({*kinds, "Tsys", "bandpass"}) if is_raw else kinds
    missing = {pair: [kind for kind in needed if not here.antennas.get(kind)] for pair, here in applied.items()}
    lost = {pair: _lost_antennas(here, antennas) for pair, here in applied.items()}
    caveats = {
        pair: tuple(_caveats(pair, applied, missing, lost, references)) for pair, references in reference_of.items()
    }
    return Coverage(
        caveats={pair: words for pair, words in caveats.items() if words},
        warnings=tuple(_warnings(applied, missing, lost, names)),
        assumptions=_assumptions(applied, names),
        score=_score(vis, kinds, applied, missing, lost, reference_of, len(antennas)),
    )


def adopted_scores(vis: str, measurements: Iterable[FluxMeasurement]) -> list[QAScore]:
    """Return a score for adopted flux densities that have caveats; an empty list without caveats."""
    adopted = list(measurements)
    doubtful = [m for m in adopted if m.caveats]
    if not doubtful:
        return []
    wrong = [m for m in doubtful if any(_is_wrong(caveat) for caveat in m.caveats)]
    fraction = 1 - len(wrong) / len(adopted)
    words = f"{len(doubtful)} of {len(adopted)} adopted flux densities have caveats about their calibration"
    about = AppliesTo(vis, spw=tuple(sorted({m.spw for m in doubtful})))
    score = WRONG_BELOW * fraction if wrong else ADOPTED_WITHOUT_ANTENNAS
    return [QAScore(METRIC, score, "Calibration is missing", f"{vis}: {words}", fraction, "fraction", about)]


def _is_wrong(caveat: str) -> bool:
    """Return whether a caveat concerns the whole flux density, and not only some antennas that are left out."""
    return not (caveat.startswith("no ") and " of " in caveat)


def _nothing_applied(vis: str, fields: list[str], is_raw: bool) -> Coverage:
    assumption = (
        f"no bandpass or Tsys calibration is applied to {', '.join(fields)}: the flux densities are right only if the "
        "gains are flat over each spw and system temperatures have been applied"
    )
    score = ASSUMED_OF_RAW if is_raw else ASSUMED
    words = "no prior calibration is applied; the data are taken to be calibrated"
    if is_raw:
        words += ", although they have scans of system temperatures as raw data do"
    return Coverage({}, (), (assumption,), QAScore(METRIC, score, "Calibration assumed", f"{vis}: {words}"))


def _lost_antennas(applied: Applied, antennas: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return the antennas without solutions, for each kind of calibration of which other antennas have solutions."""
    lost = {kind: tuple(sorted(set(antennas) - set(solved))) for kind, solved in applied.antennas.items() if solved}
    return {kind: names for kind, names in lost.items() if names}


def _caveats(
    pair: Pair,
    applied: Mapping[Pair, Applied],
    missing: Mapping[Pair, list[str]],
    lost: Mapping[Pair, Mapping[str, tuple[str, ...]]],
    references: Iterable[Pair],
) -> list[str]:
    own = missing[pair]
    of_reference = sorted({kind for reference in references for kind in missing.get(reference, ())} - set(own))
    words = [f"no {kind}" for kind in own] + [f"reference: no {kind}" for kind in of_reference]
    words += [f"{kind} of {source}" for kind, source in sorted(applied[pair].borrowed.items())]
    of_references = {
        kind: source
        for reference in references
        if reference in applied
        for kind, source in applied[reference].borrowed.items()
    }
    words += [f"reference: {kind} of {source}" for kind, source in sorted(of_references.items())]
    return words + [f"no {kind} of {_few(names)}" for kind, names in sorted(lost[pair].items())]


def _few(names: tuple[str, ...]) -> str:
    return ", ".join(names) if len(names) <= 2 else f"{len(names)} antennas"


def _warnings(
    applied: Mapping[Pair, Applied],
    missing: Mapping[Pair, list[str]],
    lost: Mapping[Pair, Mapping[str, tuple[str, ...]]],
    names: Mapping[int, str],
) -> list[str]:
    without: dict[str, list[Pair]] = {}
    borrowed: dict[tuple[str, str], list[Pair]] = {}
    flagged: dict[tuple[str, tuple[str, ...]], list[Pair]] = {}
    for pair in sorted(applied):
        for kind in missing[pair]:
            without.setdefault(kind, []).append(pair)
        for kind, source in applied[pair].borrowed.items():
            borrowed.setdefault((kind, source), []).append(pair)
        for kind, antennas in lost[pair].items():
            flagged.setdefault((kind, antennas), []).append(pair)
    warnings = [
        f"no {kind} is applied to {_listed(pairs, names)}: flux densities that depend on it are wrong"
        for kind, pairs in sorted(without.items())
    ]
    warnings += [
        f"the {kind} of {_listed(pairs, names)} is that of {source}" for (kind, source), pairs in borrowed.items()
    ]
    warnings += [
        f"the data of {', '.join(antennas)} are flagged, for lack of {kind}, in {_listed(pairs, names)}"
        for (kind, antennas), pairs in flagged.items()
    ]
    return warnings


def _assumptions(applied: Mapping[Pair, Applied], names: Mapping[int, str]) -> tuple[str, ...]:
    nearby: dict[tuple[str, str], list[Pair]] = {}
    for pair in sorted(applied):
        for kind, source in applied[pair].nearby.items():
            nearby.setdefault((kind, source), []).append(pair)
    return tuple(
        f"the {kind} of {_listed(pairs, names)} is that of {source}" for (kind, source), pairs in nearby.items()
    )


def _listed(pairs: Iterable[Pair], names: Mapping[int, str]) -> str:
    """Return fields and spws in words; fields with the same spws are listed together."""
    spws: dict[int, list[int]] = {}
    for field_id, spw in pairs:
        spws.setdefault(field_id, []).append(spw)
    together: dict[tuple[int, ...], list[str]] = {}
    for field_id, members in spws.items():
        together.setdefault(tuple(sorted(members)), []).append(f"{names[field_id]} #{field_id}")
    return "; ".join(f"{', '.join(fields)} in spw {format_ids(members)}" for members, fields in together.items())


def _score(
    vis: str,
    kinds: list[str],
    applied: Mapping[Pair, Applied],
    missing: Mapping[Pair, list[str]],
    lost: Mapping[Pair, Mapping[str, tuple[str, ...]]],
    reference_of: Mapping[Pair, Collection[Pair]],
    num_antennas: int,
) -> QAScore:
    wrong = sorted(
        pair
        for pair, references in reference_of.items()
        if missing[pair] or any(missing.get(reference) for reference in references)
    )
    total = len(reference_of)
    fraction = 1 - len(wrong) / total if total else 1.0
    worst = max((len(names) for by_kind in lost.values() for names in by_kind.values()), default=0)
    if wrong:
        score, short = WRONG_BELOW * fraction, "Calibration is missing"
        words = f"{len(wrong)} of {total} flux densities lack calibration that they need: {', '.join(_all(missing))}"
    elif any(calibration.borrowed for calibration in applied.values()):
        score, short = BORROWED, "Calibration of other data"
        words = "some data have the calibration of another field, far away or in place of their own, or of another spw"
    elif worst:
        score, short = interpolated(worst / max(1, num_antennas), LOST_ANTENNA_SCORES), "Antennas without calibration"
        words = f"up to {worst} of {num_antennas} antennas are flagged for lack of calibration"
    else:
        score, short = 1.0, "Calibration is complete"
        words = f"all data have {' and '.join(kinds)}"
    about = AppliesTo(vis, spw=tuple(sorted({spw for _, spw in wrong})))
    return QAScore(METRIC, score, short, f"{vis}: {words}", fraction, "fraction", about)


def _all(missing: Mapping[Pair, list[str]]) -> list[str]:
    return sorted({kind for kinds in missing.values() for kind in kinds})
