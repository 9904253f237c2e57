"""Draw spectra and calibrated amplitudes as SVG text, for the page of hifa_gfluxscale."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..domain.flux import FluxMeasurement
from ..heuristics.spectral_fit import PowerLawFit
from ..stages.gfluxscale.plot_data import Atmosphere, ReferenceAmplitudes
from .svg import BLUE, INK, MUTED, ORANGE, SKY, VERMILION, style, to_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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
