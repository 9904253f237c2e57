"""Matplotlib figures as SVG whose colours follow the reader's light or dark scheme."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FONTS = "system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif"


@dataclass(frozen=True)
class Colour:
    """A colour of the plots, with a value for each scheme.

    Matplotlib can use one value only. So it draws with `key`, a colour that occurs nowhere else, and then the key is
    replaced by a CSS variable.
    """

    key: str
    light: str
    dark: str


# The contrast with the page is at least 3:1 in both schemes. The colours of data are the colours of Okabe & Ito ("Color
# Universal Design", 2008), which colour-blind readers can distinguish, made darker or lighter for the contrast.
INK = Colour("#010100", "#1d2733", "#e4e9ef")
MUTED = Colour("#010101", "#5b6875", "#a3b0bd")
GRID = Colour("#010102", "#e3e7ec", "#2c3540")
SKY = Colour("#010103", "#8a97a3", "#728190")
BLUE = Colour("#010104", "#0067a3", "#5cb3ec")
ORANGE = Colour("#010105", "#b06a00", "#f0b04a")
GREEN = Colour("#010106", "#007d5b", "#3cc79c")
VERMILION = Colour("#010107", "#c24e00", "#ff8a4c")
PURPLE = Colour("#010108", "#9a3f77", "#e79bca")
YELLOW = Colour("#010109", "#7d7200", "#e6dc5a")
COLOURS = (INK, MUTED, GRID, SKY, BLUE, ORANGE, GREEN, VERMILION, PURPLE, YELLOW)
FIELD_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, VERMILION, YELLOW)


@contextmanager
def style() -> Iterator[None]:
    """Draw in the style of the WebLog; a `$` in a name does not begin a formula."""
    import matplotlib as mpl

    settings: Any = {
        "font.family": "DejaVu Sans",
        "font.size": 10,
        "text.parse_math": False,
        "text.color": INK.key,
        "axes.edgecolor": MUTED.key,
        "axes.facecolor": "none",
        "axes.labelcolor": INK.key,
        "axes.unicode_minus": True,
        "axes.axisbelow": True,
        "axes.grid": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "figure.facecolor": "none",
        "grid.color": GRID.key,
        "grid.linewidth": 0.8,
        "xtick.color": MUTED.key,
        "ytick.color": MUTED.key,
        "xtick.labelcolor": INK.key,
        "ytick.labelcolor": INK.key,
        "legend.frameon": False,
        "legend.labelcolor": INK.key,
        "svg.fonttype": "none",
        "svg.hashsalt": "pipeline_gfluxscale",  # makes the file of the same figure the same
    }
    with mpl.rc_context(settings):
        yield


def printable(text: str) -> str:
    """Return text with '?' in place of control characters, which XML does not allow."""
    return "".join(character if character.isprintable() else "?" for character in text)


def to_svg(figure: "Figure") -> str:
    """Return a figure as SVG text with the colours of both schemes."""
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    text = stream.getvalue().replace("'DejaVu Sans'", _FONTS)
    for number, colour in enumerate(COLOURS):
        text = text.replace(colour.key, f"var(--c{number})")
    light = ";".join(f"--c{number}:{colour.light}" for number, colour in enumerate(COLOURS))
    dark = ";".join(f"--c{number}:{colour.dark}" for number, colour in enumerate(COLOURS))
    scheme = f"<style>svg{{{light}}}@media (prefers-color-scheme:dark){{svg{{{dark}}}}}</style>"
    return text.replace("<defs>", f"{scheme}<defs>", 1)


def size_of(svg: str) -> tuple[int, int]:
    """Return the width and height (px) of an SVG by `to_svg`, with which a page reserves space for it."""
    match = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    assert match is not None
    return round(float(match[1]) * 4 / 3), round(float(match[2]) * 4 / 3)
