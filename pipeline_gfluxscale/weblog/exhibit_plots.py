"""Draw the plots of a stage's results as SVG text."""

import numpy as np

from ..pipeline.exhibits import Plot
from .svg import FIELD_COLOURS, printable, style, to_svg

# With more curves than this the lines are thinner, so that a curve that differs from the others can be seen.
_MANY = 12


def draw(plot: Plot) -> str:
    """Draw a plot: one line per curve, in the colour of its group."""
    from matplotlib.figure import Figure

    groups = list(dict.fromkeys(curve.group for curve in plot.curves))
    many = len(plot.curves) > _MANY
    with style():
        figure = Figure(figsize=(5.2, 3.7))
        axes = figure.add_axes((0.14, 0.14, 0.82, 0.73))
        for curve in plot.curves:
            colour = FIELD_COLOURS[groups.index(curve.group) % len(FIELD_COLOURS)].key
            x, y = _numbers(curve.x), _numbers(curve.y)
            marker = "o" if np.isfinite(y).sum() < 3 else ""
            axes.plot(x, y, color=colour, lw=0.8 if many else 1.3, alpha=0.7 if many else 1, marker=marker, ms=4)
        for number, group in enumerate(groups):
            colour = FIELD_COLOURS[number % len(FIELD_COLOURS)].key
            axes.plot([], [], color=colour, lw=1.5, label=printable(group))
        axes.set_xlabel(printable(plot.x_label))
        axes.set_ylabel(printable(plot.y_label))
        axes.ticklabel_format(useOffset=False)
        axes.locator_params(axis="x", nbins=5)
        if len(groups) > 1:
            figure.legend(loc="upper center", ncol=4, fontsize=9, borderaxespad=0.5)
        return to_svg(figure)


def plot_in_words(plot: Plot) -> str:
    """Return a description of a plot for screen readers."""
    values = np.concatenate([_numbers(curve.y) for curve in plot.curves] or [np.zeros(0)])
    values = values[np.isfinite(values)]
    extent = f": from {values.min():.4g} to {values.max():.4g}" if values.size else ": nothing to show"
    return f"{plot.title}, {plot.y_label} against {plot.x_label}, {len(plot.curves)} curves{extent}"


def _numbers(values: object) -> np.ndarray:
    """Return numbers as an array; None, the nan of JSON, becomes nan."""
    return np.array(values, dtype=float)
