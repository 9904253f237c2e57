"""Draw the logic diagram as inline SVG: the steps of the stage in the order of the run, with their solves.

Elements have classes, for which the style sheet of the page has the colours of the light and the dark scheme.
"""

import textwrap
from collections.abc import Iterable, Sequence
from html import escape

from ..stages.gfluxscale.results import GFluxscaleResults
from .diagram_boxes import Box, Card, boxes
from .svg import printable

WIDE, NARROW = 1280, 360
"""Widths of the two drawings (px), for a monitor and for a phone."""

_LINE, _PAD, _GAP = 17, 11, 22
_CHARACTER = 6.9  # px: mean width of a character of 12.5 px, rather too large
_CARD_GAP = 10


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
