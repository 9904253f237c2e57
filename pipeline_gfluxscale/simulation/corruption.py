"""The effects of an interferometer on visibilities: gains, bandpasses, phases and noise, from random numbers.

Each effect has a separate generator of random numbers. So two simulations with the same seed differ only in the effects
whose parameters differ.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .plan import Disturbance

_PURPOSES = ("gain", "drift", "bandpass", "phase", "walk", "noise", "catalogue", "tsys", "detectors")


def generator(seed: int, purpose: str) -> np.random.Generator:
    """Return the generator of random numbers for an effect, a word of `_PURPOSES`."""
    return np.random.default_rng([seed, _PURPOSES.index(purpose)])


def amplitude_gains(
    seed: int, n_scan: int, n_spw: int, n_pol: int, n_ant: int, scatter: float, drift: float
) -> NDArray[np.float64]:
    """Return amplitude gains, shape (n_scan, n_spw, n_pol, n_ant).

    They scatter between antennas, spws and polarisations. From scan to scan the gains of an antenna drift by the same
    factor in all spws and polarisations, as by effects of the pointing.
    """
    static = 1 + scatter * generator(seed, "gain").standard_normal((1, n_spw, n_pol, n_ant))
    changes = 1 + drift * generator(seed, "drift").standard_normal((n_scan, 1, 1, n_ant))
    return np.clip(static, 0.3, 3.0) * changes


def disturb(gains: NDArray[np.float64], disturbances: Sequence[Disturbance]) -> NDArray[np.float64]:
    """Return gains multiplied by the factors of disturbances; scans are numbered from 1."""
    wrong = gains.copy()
    for d in disturbances:
        scan = slice(None) if d.scan is None else d.scan - 1
        spw = slice(None) if d.spw is None else d.spw
        antenna = slice(None) if d.antenna is None else d.antenna
        wrong[scan, spw, :, antenna] *= d.factor
    return wrong


def bandpass_shapes(seed: int, n_spw: int, n_pol: int, n_ant: int, n_chan: int) -> NDArray[np.complex128]:
    """Return bandpass gains, shape (n_spw, n_pol, n_ant, n_chan), of mean amplitude 1: ripple, edges and a delay."""
    random = generator(seed, "bandpass")
    x = (np.arange(n_chan) + 0.5) / n_chan
    shape = (n_spw, n_pol, n_ant, 1)
    ripple = 0.05 * random.standard_normal(shape) * np.sin(2 * np.pi * (1.5 * x + random.uniform(size=shape)))
    slope = 0.05 * random.standard_normal(shape) * (x - 0.5)
    edges = 1 - 0.7 * np.exp(-x / 0.02) - 0.7 * np.exp(-(1 - x) / 0.02)
    amplitude = (1 + ripple + slope) * edges
    amplitude /= amplitude.mean(axis=-1, keepdims=True)
    gains: NDArray[np.complex128] = amplitude * np.exp(1j * 0.5 * random.standard_normal(shape) * (x - 0.5))
    return gains


def phases(seed: int, n_time: int, n_spw: int, n_pol: int, n_ant: int, step: float) -> NDArray[np.float64]:
    """Return phases (rad), shape (n_time, n_spw, n_pol, n_ant): constant offsets, and a random walk (atmosphere)."""
    offsets = generator(seed, "phase").uniform(-np.pi, np.pi, (1, n_spw, n_pol, n_ant))
    walk = np.cumsum(step * generator(seed, "walk").standard_normal((n_time, 1, 1, n_ant)), axis=0)
    return offsets + walk


def noise(random: np.random.Generator, shape: tuple[int, ...], sigma: float) -> NDArray[np.complex64]:
    """Return complex noise of standard deviation `sigma` in its real and in its imaginary part."""
    parts = random.standard_normal((2, *shape), dtype=np.float32) * np.float32(sigma)
    drawn: NDArray[np.complex64] = parts[0] + np.complex64(1j) * parts[1]
    return drawn
