"""Draw the amplitude gains of all antennas against time as SVG text, for the page of hifa_gfluxscale."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ..stages.gfluxscale.plot_data import GainHistory
from .svg import FIELD_COLOURS, GRID, INK, MUTED, SKY, VERMILION, printable, style, to_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARKERS = "osD^v"  # one fewer than colours, so that 30 fields have different combinations
_COLUMNS = 4


def gains_against_time(history: GainHistory, fields: Mapping[str, str]) -> str:
    """Draw the amplitude gains against time, one panel per antenna.

    The gains are divided by the median of their antenna and spw. All panels are in one set of axes, as Matplotlib needs
    seconds for dozens of axes.

    Parameters
    ----------
    history : GainHistory
        With at least one solution.
    fields : mapping of str to str
        Names of the fields by id.
    """
    from matplotlib.figure import Figure

    gain = _normalised(history)
    minutes = np.array(history.time) / 60
    antenna, field_id = np.array(history.antenna), np.array(history.field_id)
    flagged = np.array(history.flagged, dtype=bool)
    numbers = sorted(set(history.antenna))
    rows = -(-len(numbers) // _COLUMNS)
    spread = _spread(gain[~flagged])
    start, end = float(minutes.min()), float(minutes.max())
    pad = 0.05 * (end - start) or 1.0
    start, end = start - pad, end + pad
    labels = {number: f"{number} {printable(fields.get(str(number), ''))}" for number in sorted(set(history.field_id))}
    legend_columns = max(1, min(len(labels) + 2, 110 // (max(map(len, labels.values())) + 4)))
    legend = 0.22 * -(-(len(labels) + 2) // legend_columns) + 0.2  # inches
    with style():
        height = 1.15 * rows + 0.65 + legend
        figure = Figure(figsize=(8.6, height))
        axes = figure.add_axes((0.075, 0.55 / height, 0.915, 1 - (0.55 + legend) / height))
        axes.set_xlim(-0.02, _COLUMNS)
        axes.set_ylim(rows, 0)
        axes.axis("off")
        column = np.array([numbers.index(a) % _COLUMNS for a in antenna])
        row = np.array([numbers.index(a) // _COLUMNS for a in antenna])
        x = column + 0.03 + 0.92 * (minutes - start) / (end - start)

        def height_of(value: np.ndarray) -> np.ndarray:
            """Return the height of gains in a panel (fraction of a row); gains beyond it are drawn at its edge."""
            return 0.56 - 0.34 * np.clip((value - 1) / spread, -1, 1)

        _panels(axes, [history.antennas[a] for a in numbers], height_of, spread)
        y = row + height_of(np.nan_to_num(gain, nan=1.0))
        handles = []
        for i, (number, label) in enumerate(labels.items()):
            mine = (field_id == number) & ~flagged
            (handle,) = axes.plot(
                x[mine], y[mine], _MARKERS[i % len(_MARKERS)], ms=3.6, mew=0,
                color=FIELD_COLOURS[i % len(FIELD_COLOURS)].key, label=label,
            )  # fmt: skip
            handles.append(handle)
        outlying = flagged & np.isfinite(gain)
        if outlying.any():
            handles += axes.plot(
                x[outlying], y[outlying], "X", ms=7.5, mec=INK.key, mew=0.6, color=VERMILION.key, label="flagged",
                zorder=5,
            )  # fmt: skip
            _label_outliers(axes, x[outlying], y[outlying], gain[outlying])
        missing = flagged & ~np.isfinite(gain)
        if missing.any():
            handles += axes.plot(
                x[missing], row[missing] + 0.92, "|", ms=5, mew=1.2, color=MUTED.key, label="no solution"
            )
        _time_labels(axes, rows, start, end, history.start)
        figure.legend(
            handles=handles, loc="upper center", ncol=legend_columns, fontsize=9, handletextpad=0.2, columnspacing=1.2
        )
        return to_svg(figure)


def _normalised(history: GainHistory) -> np.ndarray:
    """Return the gains divided by the median of the unflagged gains of their antenna and spw."""
    amplitude = np.array([np.nan if a is None else a for a in history.amplitude], dtype=float)
    good = np.isfinite(amplitude) & ~np.array(history.flagged, dtype=bool)
    result = np.full(amplitude.size, np.nan)
    _, group = np.unique(np.stack([history.antenna, history.spw]), axis=1, return_inverse=True)
    for number in range(int(group.max()) + 1):
        mine = group.ravel() == number
        chosen = amplitude[mine & good] if (mine & good).any() else amplitude[mine & np.isfinite(amplitude)]
        if chosen.size and np.median(chosen) > 0:
            result[mine] = amplitude[mine] / np.median(chosen)
    return result


def _spread(good: np.ndarray) -> float:
    """Return the half height of a panel: a round number that 99 % of the good gains do not exceed."""
    finite = np.abs(good[np.isfinite(good)] - 1)
    wanted = 1.1 * float(np.percentile(finite, 99)) if finite.size else 0.0
    return next((step for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if step >= wanted), 1.0)


def _panels(axes: "Axes", names: Sequence[str], height_of: Callable[[np.ndarray], np.ndarray], spread: float) -> None:
    ticks = [1 - spread, 1.0, 1 + spread]
    lines: list[tuple[tuple[float, float], ...]] = []
    middles: list[tuple[tuple[float, float], ...]] = []
    for i, name in enumerate(names):
        column, row = i % _COLUMNS, i // _COLUMNS
        for tick in ticks:
            level = row + float(height_of(np.array(tick)))
            (middles if tick == 1 else lines).append(((column, level), (column + 0.97, level)))
            if column == 0:
                axes.text(-0.02, level, f"{tick:g}", ha="right", va="center", fontsize=8, color=MUTED.key)
        axes.text(column + 0.01, row + 0.13, printable(name), fontsize=9, va="center", fontweight="bold", color=INK.key)
    from matplotlib.collections import LineCollection

    axes.add_collection(LineCollection(lines, colors=GRID.key, lw=0.8, zorder=0))
    axes.add_collection(LineCollection(middles, colors=SKY.key, lw=0.7, zorder=0))


def _label_outliers(axes: "Axes", x: np.ndarray, y: np.ndarray, gain: np.ndarray) -> None:
    """Write the largest gain beside each cluster of crosses."""
    order = np.lexsort((x, np.floor(y)))
    breaks = [
        i + 1 for i, (a, b) in enumerate(pairwise(order)) if np.floor(y[a]) != np.floor(y[b]) or x[b] - x[a] > 0.05
    ]
    for first, last in pairwise([0, *breaks, order.size]):
        members = order[first:last]
        worst = members[np.argmax(np.abs(np.log(np.maximum(gain[members], 1e-9))))]
        right = x[worst] % 1 > 0.7
        axes.text(
            x[worst] + (-0.035 if right else 0.035), y[worst], f"×{gain[worst]:.3g}", fontsize=8, va="center",
            ha="right" if right else "left", color=VERMILION.key, zorder=6,
        )  # fmt: skip


def _time_labels(axes: "Axes", rows: int, start: float, end: float, mjd_seconds: float) -> None:
    for column in range(_COLUMNS):
        for fraction, align in ((0.03, "left"), (0.95, "right")):
            minute = start + (fraction - 0.03) / 0.92 * (end - start)
            seconds = (mjd_seconds + 60 * minute) % 86400
            text = f"{int(seconds // 3600):02d}:{int(seconds % 3600 // 60):02d}"
            axes.text(column + fraction, rows + 0.1, text, ha=align, va="top", fontsize=8, color=MUTED.key)
    axes.text(
        _COLUMNS / 2, rows + 0.32, "Time (UT)   ·   vertical: gain / median of its antenna and spw", ha="center",
        va="top", fontsize=9, color=INK.key,
    )  # fmt: skip
