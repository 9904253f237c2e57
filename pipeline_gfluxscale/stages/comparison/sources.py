"""The flux densities of the calibrators that several execution blocks have measured, against time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...domain.flux import FluxMeasurement
from ...heuristics.spectral_fit import fit_power_law
from .blocks import ExecutionBlock, relative_errors

# Relative error that the fit of a spectrum uses for a flux density without an error.
_LEAST_ERROR = 1e-3


@dataclass(frozen=True)
class SourcePoint:
    """The flux density of a source in a block.

    Attributes
    ----------
    vis, start : str
        Name of the block, and its start as ISO 8601 in UTC; blank if that is not known.
    I, uncertainty : float
        Flux density and total uncertainty (Jy), which includes the uncertainty of the block's reference.
    carried : bool
        Whether it was converted to this frequency with the fitted spectral index.
    """

    vis: str
    start: str
    I: float
    uncertainty: float
    carried: bool = False


@dataclass(frozen=True)
class ComparedSource:
    """The flux densities of a source at a frequency in all blocks.

    Attributes
    ----------
    field : str
        Name of the source.
    frequency_hz : float
        Frequency (Hz).
    I, uncertainty : float
        Weighted mean and its standard error (Jy).
    chi2 : float
        Chi squared of the flux densities about the mean.
    n : int
        Number of blocks.
    excess : float
        Relative scatter in excess of the uncertainties.
    points : tuple of SourcePoint
        In order of time.
    """

    field: str
    frequency_hz: float
    I: float
    uncertainty: float
    chi2: float
    n: int
    excess: float
    points: tuple[SourcePoint, ...]


def sources_of(blocks: Sequence[ExecutionBlock]) -> list[ComparedSource]:
    """Return the sources that several blocks have measured, by name and frequency."""
    names = sorted({m.field for block in blocks for m in block.measurements})
    return [source for name in names for source in _at_all_frequencies(name, blocks)]


def _at_all_frequencies(name: str, blocks: Sequence[ExecutionBlock]) -> list[ComparedSource]:
    having = [block for block in blocks if any(m.field == name for m in block.measurements)]
    if len(having) < 2:
        return []
    return [_at_frequency(name, frequency, having) for frequency in _common_frequencies(name, having)]


def _common_frequencies(name: str, blocks: Sequence[ExecutionBlock]) -> list[float]:
    """Return the frequencies (Hz) of the spws that at least two blocks have; the mean frequency if there are none.

    Two spws count as the same if their centres differ by less than half of the narrower bandwidth: the sky frequency of
    a spw changes with the Doppler shift from block to block.
    """
    spws = sorted(
        (m.frequency_hz, m.bandwidth_hz, number)
        for number, block in enumerate(blocks)
        for m in block.measurements
        if m.field == name
    )
    groups: list[list[tuple[float, float, int]]] = []
    for spw in spws:
        if groups and spw[0] - groups[-1][0][0] < min(spw[1], groups[-1][0][1]) / 2:
            groups[-1].append(spw)
        else:
            groups.append([spw])
    common = [group for group in groups if len({number for _, _, number in group}) > 1]
    return [float(np.mean([spw[0] for spw in group])) for group in common] or [float(np.mean([spw[0] for spw in spws]))]


def _at_frequency(name: str, frequency_hz: float, blocks: Sequence[ExecutionBlock]) -> ComparedSource:
    points = [_point(name, frequency_hz, block) for block in blocks]
    flux, error = np.array([p.I for p in points]), np.array([p.uncertainty for p in points])
    weight = 1 / error**2
    mean = float(np.sum(weight * flux) / np.sum(weight))
    chi2 = float(np.sum(((flux - mean) / error) ** 2))
    excess = max(0.0, float(np.var(flux, ddof=1) - np.mean(error**2))) ** 0.5 / mean
    return ComparedSource(
        name, frequency_hz, mean, float(np.sum(weight) ** -0.5), chi2, len(points), float(excess), tuple(points)
    )


def _point(name: str, frequency_hz: float, block: ExecutionBlock) -> SourcePoint:
    """Return the flux density of the nearest spw; the fitted spectrum at the frequency if that is not in this spw."""
    mine = [m for m in block.measurements if m.field == name]
    nearest = min(mine, key=lambda m: abs(m.frequency_hz - frequency_hz))
    assert nearest.calibrated is not None  # of an ExecutionBlock
    flux = nearest.calibrated.stokes.I
    error = float(np.hypot(*relative_errors(nearest.calibrated))) * flux
    carried = abs(nearest.frequency_hz - frequency_hz) > nearest.bandwidth_hz / 2
    if carried:
        flux, there_error = _carried(mine, frequency_hz)
        error = max(error, there_error)
    error = float(np.hypot(error, block.reference_error * flux))
    return SourcePoint(block.vis, block.start_iso, flux, error, carried)


def _carried(measurements: Sequence[FluxMeasurement], frequency_hz: float) -> tuple[float, float]:
    """Return the flux density (Jy) of the fitted power law at a frequency, and its standard error."""
    points = [(m.frequency_hz, m.calibrated) for m in measurements if m.calibrated is not None]
    fit = fit_power_law(
        [frequency for frequency, _ in points],
        [flux.stokes.I for _, flux in points],
        [flux.own_uncertainty or flux.total_uncertainty or _LEAST_ERROR * flux.stokes.I for _, flux in points],
        shared_error=float(np.mean([flux.shared_uncertainty / flux.stokes.I for _, flux in points])),
    )
    assert fit is not None  # there is a flux density
    return fit.evaluate(frequency_hz)
