"""Draw the plots of the page of hifa_gfluxscale as SVG text."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ..domain.flux import FluxMeasurement
from ..heuristics.spectral_fit import PowerLawFit
from ..stages.gfluxscale.plot_data import Atmosphere, GainHistory, ReferenceAmplitudes
from .svg import BLUE, FIELD_COLOURS, GRID, INK, MUTED, ORANGE, SKY, VERMILION, printable, style, to_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARKERS = "osD^v"  # one fewer than colours, so that 30 fields have different combinations
_COLUMNS = 4


def spectrum(measurements: Sequence[FluxMeasurement], fit: PowerLawFit | None, atmosphere: Atmosphere | None) -> str:
    """Draw the flux densities of a field against frequency.

    Parameters
    ----------
    measurements : sequence of FluxMeasurement
        One or more measurements of one field.
    fit : PowerLawFit or None
        The fit to the calibrated flux densities.
    atmosphere : Atmosphere or None
        Its transmission is drawn behind the flux densities.
    """
    from matplotlib.figure import Figure

    with style():
        figure = Figure(figsize=(5.2, 3.7))
        axes = figure.add_axes((0.14, 0.14, 0.72, 0.73))
        low, high = _frequency_range(measurements)
        nu = np.linspace(low, high, 60)
        extent: list[float] = []
        if fit is not None:
            centre, sigma = np.array([fit.evaluate(frequency) for frequency in nu]).T
            sigma = np.nan_to_num(sigma)
            axes.fill_between(nu / 1e9, centre - sigma, centre + sigma, color=BLUE.key, alpha=0.18, lw=0)
            axes.plot(nu / 1e9, centre, color=BLUE.key, lw=1.4, label="fit ± 1 σ")
        catalogue = [(m, m.catalogue) for m in measurements if m.catalogue is not None]
        known = [(m, c, c.spix) for m, c in catalogue if c.spix is not None]
        if known:
            m, entry, spix = min(known, key=lambda item: abs(item[0].frequency_hz - (low + high) / 2))
            line = entry.stokes.I * (nu / m.frequency_hz) ** spix
            axes.plot(nu / 1e9, line, color=ORANGE.key, lw=1.4, ls=(0, (5, 3)), label="its spectral index")
        if catalogue:
            _points(axes, catalogue, [0.0] * len(catalogue), ORANGE.key, "s", "catalogue", hollow=True)
            extent += [c.stokes.I for _, c in catalogue]
        calibrated = [(m, m.calibrated) for m in measurements if m.calibrated is not None]
        if calibrated:
            errors = [flux.total_uncertainty or flux.uncertainty for _, flux in calibrated]
            _points(axes, calibrated, errors, BLUE.key, "o", "calibrated")
            fluxes = [flux.stokes.I for _, flux in calibrated]
            extent += [f + e for f, e in zip(fluxes, errors, strict=True)]
            extent += [f - e for f, e in zip(fluxes, errors, strict=True)]
        _limit(axes, (low / 1e9, high / 1e9), extent)
        axes.set_xlabel("Frequency (GHz)")
        axes.set_ylabel("Stokes I (Jy)")
        _draw_transmission(axes, atmosphere, low, high)
        order = ("calibrated", "fit ± 1 σ", "catalogue", "its spectral index")
        handles = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
        figure.legend(
            handles=[handles[label] for label in order if label in handles], loc="upper center", ncol=4, fontsize=9,
            handletextpad=0.5, columnspacing=1.2, borderaxespad=0.5,
        )  # fmt: skip
        return to_svg(figure)


def _points(
    axes: "Axes",
    members: Sequence[Any],
    errors: Sequence[float],
    colour: str,
    marker: str,
    label: str,
    hollow: bool = False,
) -> None:
    axes.errorbar(
        [m.frequency_hz / 1e9 for m, _ in members],
        [flux.stokes.I for _, flux in members],
        xerr=[m.bandwidth_hz / 2e9 for m, _ in members],
        yerr=errors if any(errors) else None,
        fmt=marker,
        color=colour,
        mfc="none" if hollow else colour,
        ms=6,
        mew=1.5,
        elinewidth=1.2,
        capsize=2,
        label=label,
        zorder=3 if hollow else 4,
    )


def _frequency_range(measurements: Sequence[FluxMeasurement]) -> tuple[float, float]:
    low = min(m.frequency_hz - m.bandwidth_hz / 2 for m in measurements)
    high = max(m.frequency_hz + m.bandwidth_hz / 2 for m in measurements)
    margin = max(0.08 * (high - low), 1e-4 * high)
    return low - margin, high + margin


def _limit(axes: "Axes", horizontal: tuple[float, float], extent: Sequence[float]) -> None:
    axes.set_xlim(*horizontal)
    finite = [value for value in extent if np.isfinite(value)]
    if finite:
        low, high = min(finite), max(finite)
        margin = 0.15 * (high - low) or 0.05 * abs(high) or 1.0
        axes.set_ylim(low - margin, high + margin)
    axes.ticklabel_format(useOffset=False)
    axes.locator_params(axis="x", nbins=5)


def _draw_transmission(axes: "Axes", atmosphere: Atmosphere | None, low: float, high: float) -> None:
    if atmosphere is None or not atmosphere.ranges:
        return
    twin = axes.twinx()
    for part in atmosphere.ranges:
        first, last = max(low, part.frequency_hz[0]), min(high, part.frequency_hz[-1])
        if first >= last:
            continue
        nu = np.linspace(first, last, 200)
        percent = 100 * np.interp(nu, part.frequency_hz, part.transmission)
        twin.fill_between(nu / 1e9, 0, percent, color=SKY.key, alpha=0.10, lw=0)
        twin.plot(nu / 1e9, percent, color=SKY.key, lw=1)
    twin.set_ylim(0, 100)
    twin.set_xlim(axes.get_xlim())
    assumed = "" if atmosphere.pwv_source else " assumed"
    twin.set_ylabel(f"Transmission (%), PWV {atmosphere.pwv_mm:.2f} mm{assumed}", color=MUTED.key, fontsize=9)
    twin.grid(visible=False)
    # The axes with the data are drawn in front of the axes with the transmission.
    axes.set_zorder(twin.get_zorder() + 1)


def amplitude_against_uv(data: ReferenceAmplitudes, uv_limit_m: float | None) -> str:
    """Draw the calibrated amplitudes and the model of a reference field in a spw against uv distance."""
    from matplotlib.figure import Figure

    with style():
        figure = Figure(figsize=(5.2, 3.6))
        axes = figure.add_axes((0.13, 0.15, 0.84, 0.72))
        uv, amplitude = np.array(data.uv_distance), np.array(data.amplitude)
        selected = np.array(data.selected, dtype=bool)
        if (~selected).any():
            axes.plot(
                uv[~selected], amplitude[~selected], "x", ms=4, mew=1.1, color=ORANGE.key, label="not used", zorder=2
            )
        axes.plot(uv[selected], amplitude[selected], "o", ms=3.6, mew=0, color=BLUE.key, label="used", zorder=3)
        if data.model_uv:
            axes.plot(data.model_uv, data.model, color=INK.key, lw=1.1, label="model", zorder=1.5)
        if uv_limit_m is not None:
            axes.axvline(uv_limit_m, color=VERMILION.key, lw=1.4, ls=(0, (4, 3)), label=f"limit {uv_limit_m:.1f} m")
        top = max([*amplitude[np.isfinite(amplitude)], *data.model], default=1.0)
        axes.set_ylim(0, 1.08 * top or 1.0)
        axes.set_xlim(0, 1.04 * max([*uv, uv_limit_m or 0.0], default=1.0) or 1.0)
        axes.set_xlabel("uv distance (m)")
        axes.set_ylabel("Amplitude (Jy)")
        figure.legend(
            *axes.get_legend_handles_labels(), loc="upper center", ncol=4, fontsize=9, handletextpad=0.4,
            columnspacing=1.3, borderaxespad=0.5,
        )  # fmt: skip
        return to_svg(figure)


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
