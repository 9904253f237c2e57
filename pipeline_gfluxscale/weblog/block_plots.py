"""Draw the comparison of execution blocks as SVG text."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..stages.comparison.compare import Comparison
from ..stages.comparison.sources import ComparedSource
from .svg import BLUE, GRID, MUTED, ORANGE, printable, style, to_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_NAMES = 12
"""With more blocks than this the axis shows numbers, as names would overlap."""


def factors(comparison: Comparison, accuracy: float) -> str:
    """Draw the factor of each block, and a band about 1 for the relative accuracy that ALMA states."""
    from matplotlib.figure import Figure

    blocks = [(number, block) for number, block in enumerate(comparison.blocks, start=1) if block.factor is not None]
    with style():
        figure = Figure(figsize=(5.2, 3.7))
        axes = figure.add_axes((0.14, 0.2, 0.82, 0.72))
        axes.axhspan(1 - accuracy, 1 + accuracy, color=GRID.key, lw=0, zorder=0)
        axes.axhline(1.0, color=MUTED.key, lw=0.8)
        for number, block in blocks:
            odd = block.score is not None and block.score <= 0.9
            colour = ORANGE.key if odd else BLUE.key
            axes.errorbar(
                number, block.factor or 0.0, block.uncertainty, fmt="s" if odd else "o", color=colour, ms=5, capsize=2
            )
        _name_blocks(axes, [block.vis for block in comparison.blocks])
        axes.set_ylabel("Factor to the common scale")
        axes.ticklabel_format(axis="y", useOffset=False)
        return to_svg(figure)


def _name_blocks(axes: "Axes", names: Sequence[str]) -> None:
    axes.set_xlim(0.5, len(names) + 0.5)
    if len(names) > _MOST_NAMES:
        axes.set_xlabel("Execution block, by date")
        return
    axes.set_xticks(
        range(1, len(names) + 1), [printable(name)[-18:] for name in names], rotation=20, ha="right", fontsize=8
    )


def flux_against_date(source: ComparedSource) -> str:
    """Draw the flux densities of a calibrator against the date, with the weighted mean and its standard error."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    from matplotlib.figure import Figure

    with style():
        figure = Figure(figsize=(5.2, 3.7))
        axes = figure.add_axes((0.14, 0.16, 0.82, 0.74))
        axes.axhspan(source.I - source.uncertainty, source.I + source.uncertainty, color=BLUE.key, alpha=0.15, lw=0)
        axes.axhline(source.I, color=BLUE.key, lw=1.2)
        for number, point in enumerate(source.points):
            axes.errorbar(
                _date(point.start, number),
                point.I,
                point.uncertainty,
                fmt="o",
                color=BLUE.key,
                mfc="none" if point.carried else BLUE.key,
                ms=5,
                capsize=2,
            )
        if all(point.start for point in source.points):
            locator = AutoDateLocator(minticks=2, maxticks=6)
            axes.xaxis.set_major_locator(locator)
            axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
            axes.set_xlabel("Start (UT)")
        else:
            axes.set_xlabel("Execution block")
        axes.set_ylabel(f"Stokes I at {source.frequency_hz / 1e9:.1f} GHz (Jy)")
        axes.ticklabel_format(axis="y", useOffset=False)
        return to_svg(figure)


def _date(start: str, number: int) -> Any:
    """Return the position on the axis: the time or, if it is not known, the number of the block."""
    return datetime.fromisoformat(start).astimezone(UTC) if start else number + 1
