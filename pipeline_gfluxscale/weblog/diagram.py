"""Draw the logic diagram as inline SVG: the steps of the stage in the order of the run, with their solves.

Elements have classes, for which the style sheet of the page has the colours of the light and the dark scheme.
"""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import groupby

from ..domain.selection import format_ids
from ..stages.gfluxscale.plot_data import Solve
from ..stages.gfluxscale.results import GFluxscaleResults
from ..stages.gfluxscale.step_names import Step
from .svg import printable

WIDE, NARROW = 1280, 360
"""Widths of the two drawings (px), for a monitor and for a phone."""

_MAX_CARDS = 12
_LINE, _PAD, _GAP = 17, 11, 22
_CHARACTER = 6.9  # px: mean width of a character of 12.5 px, rather too large
_CARD_GAP = 10


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


def draw(results: GFluxscaleResults, width: int, label: str) -> str:
    """Return the diagram as SVG text.

    Parameters
    ----------
    results : GFluxscaleResults
    width : int
        px; `WIDE` or `NARROW`.
    label : str
        Description of the diagram for screen readers.
    """
    parts: list[str] = []
    top = 1.0
    steps = boxes(results)
    for i, box in enumerate(steps):
        height = _draw_box(parts, box, top, width)
        if i + 1 < len(steps):
            parts.append(_arrow(width / 2, top + height, top + height + _GAP))
        top += height + _GAP
    total = top - _GAP + 1
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="diagram" role="img" aria-label="{escape(label)}" '
        f'width="{width}" height="{total:.0f}" viewBox="0 0 {width} {total:.0f}">{"".join(parts)}</svg>'
    )


def _draw_box(parts: list[str], box: Box, top: float, width: int) -> float:
    """Draw a step; return its height (px)."""
    narrow = width < WIDE
    column = _PAD if narrow else 190
    lines = _wrapped(box.lines, width - column - _PAD - (0 if narrow else 60))
    head = _LINE + 4 if narrow or not lines else 0
    content: list[str] = []
    y = top + _PAD + head
    for line in lines:
        content.append(_text(column, y + 12, line, "d-line"))
        y += _LINE
    if not lines and not narrow:
        y += 2
    if box.cards:
        y = _draw_cards(content, box.cards, y + (4 if narrow else 0), width)
    if box.after:
        flag_top = y + (_GAP if box.cards else 0)
        if box.cards:
            content.append(_arrow(width / 2, y, flag_top))
        y = _draw_inner(content, "Flag outliers", box.after, _PAD, flag_top, width - 2 * _PAD, "d-inner")
    height = y + _PAD - top
    kind = "d-box" if box.reached else "d-box d-off"
    parts.append(f'<rect class="{kind}" x="1" y="{top:.1f}" width="{width - 2}" height="{height:.1f}" rx="8"/>')
    parts.append(_text(_PAD, top + _PAD + 13, box.name, "d-name"))
    if box.seconds is not None:
        parts.append(_text(width - _PAD, top + _PAD + 12, f"{box.seconds:.1f} s", "d-time"))
    parts += content
    return height


def _draw_cards(content: list[str], cards: Sequence[Card], top: float, width: int) -> float:
    """Draw the solves in rows; return the position of their lower end (px)."""
    per_row = 1 if width < WIDE else min(4, len(cards))
    card_width = (width - 2 * _PAD - (per_row - 1) * _CARD_GAP) / per_row
    for start in range(0, len(cards), per_row):
        bottoms = []
        for i, card in enumerate(cards[start : start + per_row]):
            bottoms.append(_draw_card(content, card, _PAD + i * (card_width + _CARD_GAP), top, card_width))
        top = max(bottoms) + _CARD_GAP
    return top - _CARD_GAP


def _draw_card(content: list[str], card: Card, x: float, top: float, width: float) -> float:
    title = _wrapped([card.title], 0.85 * width)  # bold, with capitals
    y = top + 6
    for line in title:
        content.append(_text(x + 2, y + 12, line, "d-title"))
        y += _LINE
    kind = "d-inner d-reference" if card.is_reference else "d-inner"
    y = _draw_inner(content, "Phase up: gaincal, calmode p", card.phase, x, y + 5, width, kind)
    content.append(_arrow(x + width / 2, y, y + 16))
    return _draw_inner(content, "Amplitudes: gaincal, calmode a", card.amplitude, x, y + 16, width, kind)


def _draw_inner(
    content: list[str], name: str, lines: Sequence[str], x: float, top: float, width: float, kind: str
) -> float:
    """Draw a box within a step; return the position of its lower end (px)."""
    wrapped = _wrapped(lines, width - 2 * _PAD)
    height = 2 * 7 + _LINE * (1 + len(wrapped))
    content.append(f'<rect class="{kind}" x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" rx="5"/>')
    content.append(_text(x + _PAD, top + 19, name, "d-inner-name"))
    for i, line in enumerate(wrapped, start=1):
        content.append(_text(x + _PAD, top + 19 + i * _LINE, line, "d-line"))
    return top + height


def _wrapped(lines: Iterable[str], width: float) -> list[str]:
    columns = max(10, int(width / _CHARACTER))
    return [part for line in lines for part in textwrap.wrap(line, columns)]


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(printable(text))}</text>'


def _arrow(x: float, top: float, bottom: float) -> str:
    return (
        f'<path class="d-arrow" d="M{x:.1f} {top + 1:.1f}V{bottom - 5:.1f}"/>'
        f'<path class="d-head" d="M{x - 4.5:.1f} {bottom - 8:.1f}L{x:.1f} {bottom - 1:.1f}L{x + 4.5:.1f} '
        f'{bottom - 8:.1f}Z"/>'
    )
