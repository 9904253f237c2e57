"""The content of the logic diagram: the steps of a run, and its solves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ..domain.selection import format_ids
from ..stages.gfluxscale.plot_data import Solve
from ..stages.gfluxscale.results import GFluxscaleResults
from ..stages.gfluxscale.step_names import Step

# With more observations, those with the same parameters share a card.
_MAX_CARDS = 12


@dataclass(frozen=True)
class Box:
    """A step: its name, lines about its work in this run, its duration (s), and whether the run reached it.

    `cards` are drawn below the lines, and the lines of `after` below the cards.
    """

    name: str
    lines: tuple[str, ...] = ()
    seconds: float | None = None
    cards: tuple["Card", ...] = ()
    after: tuple[str, ...] = ()
    reached: bool = True


@dataclass(frozen=True)
class Card:
    """The two solves of an observation: a title, and lines about the phase and the amplitude solve."""

    title: str
    phase: tuple[str, ...]
    amplitude: tuple[str, ...]
    is_reference: bool


def boxes(results: GFluxscaleResults) -> list[Box]:
    """Return the steps of a run, in order; steps that it did not reach come last, and are marked."""
    known = {box.name: box for box in _known_boxes(results)}
    if not results.elapsed:
        return list(known.values())
    ran = [replace(known.get(name, Box(name)), seconds=seconds) for name, seconds in results.elapsed.items()]
    others = [box for name, box in known.items() if name not in results.elapsed and name != Step.SCORE]
    if results.adopted_from:
        others = []  # the step Adopt replaces the other steps
    return [*ran, *(Box(box.name, ("not reached",), reached=False) for box in others), known[Step.SCORE]]


def _known_boxes(results: GFluxscaleResults) -> list[Box]:
    """Return the steps of the task, with lines from the results."""
    plots, record = results.plots, results.record
    n_derived = sum(m.derived is not None for m in results.measurements)
    n_calibrated = sum(m.calibrated is not None for m in results.measurements)
    refspwmap = record.parameters.get("refspwmap", "None") if record else "None"
    about_reference = tuple(f"{name}:" for name in results.reference)
    models = list(dict.fromkeys(f"{flux.field}: {flux.origin}" for flux in results.reference_fluxes))
    models = models or [text for text in results.assumptions if text.startswith(about_reference)]
    chosen = [f"{r.field}: {r.message}" for r in plots.references] if plots else []
    outliers = f"{len(results.flags)} solutions flagged" if len(results.flags) != 1 else "1 solution flagged"
    threshold = record.parameters.get("amp_outlier_sigma", "") if record else ""
    worst = min(results.qa, key=lambda score: score.score, default=None)
    return [
        Box(
            Step.SELECT,
            (
                f"reference: {', '.join(results.reference) or 'none'}",
                f"transfer: {', '.join(results.transfer) or 'none'}",
                f"refant: {results.refant or 'none'}",
            ),
        ),
        Box(Step.REFERENCE_MODEL, tuple(models) or ("the models in the MeasurementSet",)),
        Box(Step.RESOLVED, tuple(chosen) or (results.selection.message,)),
        Box(Step.AVERAGE, ("prior calibration applied; one channel per spw, in a working copy",)),
        Box(
            Step.SOLVE,
            (),
            cards=_cards(plots.solves) if plots else (),
            after=(
                f"{outliers}{f' (beyond {threshold} sigma)' if threshold else ''}"
                + ("; solved again without them" if results.flags else ""),
            ),
        ),
        Box(
            Step.TRANSFER,
            (
                f"fluxscale{f', refspwmap={refspwmap}' if refspwmap != 'None' else ''}: "
                f"{n_derived} derived flux densities",
            ),
        ),
        Box(Step.SET_MODELS, ("setjy: the derived flux densities become MODEL_DATA of the transfer fields",)),
        Box(Step.MEASURE, (f"vector average of the calibrated visibilities: {n_calibrated} flux densities",)),
        Box(
            Step.SCORE,
            (f"lowest of {len(results.qa)}: {worst.score:.2f} ({worst.metric})" if worst else "no scores",),
        ),
    ]


def _cards(solves: Sequence[Solve]) -> tuple[Card, ...]:
    """Return a card for each observation; if there are many, one for all observations with the same parameters."""
    cards = [_card(solve, f"{solve.intent or 'no intent'} · {solve.field} #{solve.field_id}") for solve in solves]
    if len(cards) <= _MAX_CARDS:
        return tuple(cards)

    def kind(pair: tuple[Solve, Card]) -> tuple[object, ...]:
        return (not pair[0].is_reference, pair[0].intent, pair[1].phase, pair[1].amplitude)

    grouped = []
    for _, members in groupby(sorted(zip(solves, cards, strict=True), key=kind), key=kind):
        alike = list(members)
        first, card = alike[0]
        more = "" if len(alike) == 1 else f" and {len(alike) - 1} more"
        grouped.append(replace(card, title=f"{first.intent or 'no intent'} · {first.field} #{first.field_id}{more}"))
    return tuple(grouped)


def _card(solve: Solve, title: str) -> Card:
    spws = f"spw {format_ids(solve.spws)}"
    phase = [
        spws,
        f"solint {solve.phase_solint} · gaintype {solve.phase_gaintype}",
        f"combine {solve.phase_combine or 'none'} · interp {solve.phase_interp}",
    ]
    if solve.phase_spwmap and not solve.phase_combine:
        phase.append(f"spwmap {list(solve.phase_spwmap)}")
    if not solve.solved:
        phase.append("no solution")
    amplitude = [spws, f"solint {solve.amplitude_solint} · gaintype T"]
    if solve.antenna or solve.uvrange:
        count = solve.antenna.count(",") + 1
        selected = f"{count} antennas" if solve.antenna else "all antennas"
        amplitude.append(f"{selected}{f' · uvrange {solve.uvrange}' if solve.uvrange else ''}")
    return Card(title, tuple(phase), tuple(amplitude), solve.is_reference)
