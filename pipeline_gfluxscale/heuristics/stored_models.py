"""Classify a model from the visibilities in MODEL_DATA: whether it is a point source, and its flux density."""

from collections.abc import Iterable, Sequence

import erfa
import numpy as np

from ..domain.reference import ModelSample, SetjyRecord, StoredModel
from .resolved import uniform_disk_visibility

POINT = 1e-3
"""If all visibilities of a model differ from their mean by less than this fraction, it is a point source at the phase
centre."""

_NOTED = 1e-4
"""A model matches a line of HISTORY if their flux densities differ by less than this fraction."""


def stored_model(
    samples: Sequence[ModelSample], frequency_hz: float, diameter_rad: float | None = None
) -> StoredModel | None:
    """Return the model of a field in a spw.

    Parameters
    ----------
    samples : sequence of ModelSample
        The model in its first and last channel.
    frequency_hz : float
        Mean frequency of the spw.
    diameter_rad : float, optional
        Apparent diameter of a solar-system object, whose model is a uniform disk (rad).

    Returns
    -------
    StoredModel or None
        None without data, or if the visibilities do not determine the flux density.
    """
    if not samples or any(sample.visibilities.size == 0 for sample in samples):
        return None
    is_point = all(_is_point(sample) for sample in samples)
    fluxes = [_flux(sample, is_point, diameter_rad) for sample in samples]
    edges = [(sample.frequency_hz, flux) for sample, flux in zip(samples, fluxes, strict=True) if flux > 0]
    if not edges:
        return None
    edges.sort()
    frequencies, values = np.log(np.array(edges)).T
    flux = float(np.exp(np.interp(np.log(frequency_hz), frequencies, values)))
    return StoredModel(flux, is_point, tuple(edges))


def _is_point(sample: ModelSample) -> bool:
    """Return whether all visibilities are the same positive number."""
    mean = float(sample.visibilities.real.mean())
    return mean > 0 and float(np.abs(sample.visibilities - mean).max()) < POINT * mean


def _flux(sample: ModelSample, is_point: bool, diameter_rad: float | None) -> float:
    """Return the flux density at zero spacing (Jy); 0 if it cannot be determined."""
    if is_point:
        return float(sample.visibilities.real.mean())
    if diameter_rad:
        return disk_flux(sample, diameter_rad)
    return zero_spacing_flux(sample)


def disk_flux(sample: ModelSample, diameter_rad: float) -> float:
    """Return the flux density of a uniform disk (Jy), from the baselines that resolve it least.

    It is 0 where all baselines lie beyond the main lobe.
    """
    shape = uniform_disk_visibility(np.hypot(*sample.uv_m), diameter_rad, sample.frequency_hz)
    best = shape >= 0.9 * shape.max()
    return float(np.median(sample.visibilities.real[best] / shape[best])) if shape.max() > 0.05 else 0.0


def zero_spacing_flux(sample: ModelSample) -> float:
    """Return the flux density of an extended source (Jy), extrapolated to zero spacing.

    The logarithm of the modulus is a quadratic form in u and v near the origin, whatever the source. It is fitted to
    the baselines on which the modulus is at least half of its greatest value.
    """
    modulus = np.abs(sample.visibilities)
    near = modulus >= 0.5 * modulus.max()
    if not modulus.max() > 0:
        return 0.0
    u, v = sample.uv_m[:, near] * (sample.frequency_hz / erfa.CMPS)
    scale = float(np.hypot(u, v).max()) or 1.0
    u, v = u / scale, v / scale
    terms = np.stack([np.ones_like(u), u * u, u * v, v * v], axis=1)
    solution, *_ = np.linalg.lstsq(terms, np.log(modulus[near]), rcond=None)
    return float(np.exp(solution[0]))


def matching_record(
    records: Iterable[SetjyRecord], field: str, edges: Sequence[tuple[float, float]]
) -> SetjyRecord | None:
    """Return the last record in HISTORY that matches the name of the field and the flux density of a stored model.

    Ids are not compared: they change when an MS is split or concatenated, while HISTORY keeps its lines.
    """
    if not edges:
        return None
    (low, flux_low), (high, flux_high) = min(edges), max(edges)
    matching = [
        record
        for record in records
        if record.field == field
        and low * 0.999 <= record.frequency_hz <= high * 1.001
        and abs(_interpolated(record.frequency_hz, low, flux_low, high, flux_high) / record.flux - 1) < _NOTED
    ]
    return max(matching, key=lambda record: record.time, default=None)


def _interpolated(frequency: float, low: float, flux_low: float, high: float, flux_high: float) -> float:
    return float(np.exp(np.interp(np.log(frequency), np.log([low, high]), np.log([flux_low, flux_high]))))
