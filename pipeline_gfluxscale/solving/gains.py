"""Solve the normal equations of all intervals together, with the iteration of CASA's gaincal.

The gains g minimise ``chi2 = sum W |u - g_i g_j*|**2``. Noisy data have several minima and a flat chi2, so that another
iteration would end at other gains than gaincal: first guess, step and end are therefore gaincal's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from .normal_equations import Mode, NormalEquations

# The iteration ends after so many steps that changed chi2 by less than this fraction, and at the latest after 50.
_SMALL_CHANGE, _SMALL_CHANGES, _MAX_STEPS = 0.1, 6, 50
# chi2 has not risen if it is larger by less than this fraction.
_NO_RISE = 0.001
# gaincal's signal-to-noise ratio of a solution without error.
_NO_ERROR = 9_999_999.0
# gaincal's first guess if the first spw has no data.
_GUESS_WITHOUT_DATA = 0.3
# Number of doublings or halvings of a step: far more than any data need.
_MAX_TRIALS = 60


@dataclass(frozen=True)
class Gains:
    """Solutions of all intervals.

    Attributes
    ----------
    gain : ndarray of complex, shape (n_interval, n_par, n_ant)
        Phases: of modulus 1. Amplitudes: real. 1 without a solution.
    good : ndarray of bool, of the same shape
        Whether there is a solution.
    error : ndarray of float, of the same shape
        Error of the gain before its modulus was set to 1; 0 without a solution.
    snr : ndarray of float, of the same shape
        Signal-to-noise ratio; 0 without a solution.
    attempted : ndarray of bool, of the same shape
        Whether there are data for a solution, be it good or not.
    """

    gain: np.ndarray
    good: np.ndarray
    error: np.ndarray
    snr: np.ndarray
    attempted: np.ndarray

    @classmethod
    def joined(cls, pieces: Sequence["Gains"]) -> "Gains":
        """Return the solutions of consecutive intervals together."""
        names = [each.name for each in fields(cls)]
        return cls(**{name: np.concatenate([getattr(piece, name) for piece in pieces]) for name in names})

    def select(self, intervals: np.ndarray) -> "Gains":
        """Return the solutions of some intervals, in their order."""
        return Gains(**{each.name: getattr(self, each.name)[intervals] for each in fields(self)})

    def with_flagged_hand(self) -> "Gains":
        """Return the solutions with a second hand that has none."""
        padding = ((0, 0), (0, 1), (0, 0))
        return Gains(
            np.pad(self.gain, padding, constant_values=1),
            *(np.pad(values, padding) for values in (self.good, self.error, self.snr, self.attempted)),
        )


def solve_gains(
    equations: NormalEquations, mode: Mode, *, refants: Sequence[int], min_baselines: int, min_snr: float
) -> Gains:
    """Solve for the gains of all intervals.

    Parameters
    ----------
    equations : NormalEquations
    mode : Mode
    refants : sequence of int
        The first one with data is where the first guess starts from.
    min_baselines : int
        Least number of baselines of an antenna (gaincal's minblperant); antennas with fewer have no solution.
    min_snr : float
        Solutions of this signal-to-noise ratio or less are left out (gaincal's minsnr).
    """
    used = _with_enough_baselines(equations.number, min_baselines)
    pairs = used[..., :, None] & used[..., None, :]
    product, weight, power = (np.where(pairs, a, 0) for a in (equations.product, equations.weight, equations.power))
    any_hand = pairs.any(axis=1)
    constant = power.sum(axis=(1, 2, 3)) / 2 + np.where(any_hand, equations.cross_power, 0).sum(axis=(1, 2)) / 2
    gain = _minimise(product, weight, constant, np.where(used, _first_guess(equations, refants), 0))
    counted = np.where(pairs, equations.number, 0).sum(axis=(1, 2, 3))
    counted += np.where(any_hand, equations.cross_number, 0).sum(axis=(1, 2))
    variance = _variance(gain, product, weight, constant, counted // 2, used)
    modulus = np.abs(gain)
    with np.errstate(divide="ignore", invalid="ignore"):
        snr = np.where(used & (modulus > 0), np.minimum(modulus / np.sqrt(variance), _NO_ERROR), 0)
    good = used & (modulus > 0) & (snr > min_snr)
    unit = modulus if mode is Mode.AMPLITUDE else np.divide(gain, modulus, out=np.ones_like(gain), where=good)
    return Gains(
        gain=np.where(good, unit, 1).astype(complex),
        good=good,
        error=np.where(good, np.sqrt(variance), 0),
        snr=np.where(good, snr, 0),
        attempted=used,
    )


def _with_enough_baselines(number: np.ndarray, least: int) -> np.ndarray:
    """Return which antennas have enough baselines among each other, shape (n_interval, n_par, n_ant).

    A baseline counts if any of its hands has data.
    """
    connected = np.asarray(number.any(axis=1))
    used = np.asarray(connected.any(axis=-1))
    while True:
        remaining = used & (np.sum(connected & used[:, None, :], axis=-1) >= least)
        if np.array_equal(remaining, used):
            has_data = np.asarray(np.any(number * used[:, None, None, :], axis=-1))
            return has_data & used[:, None, :]
        used = remaining


def _first_guess(equations: NormalEquations, refants: Sequence[int]) -> np.ndarray:
    """Return the mean visibilities of the baselines to one antenna, over the square root of their mean modulus."""
    has_data = np.asarray(equations.guess_number.any(axis=(1, 3)))
    order = np.array([*refants[:1], *range(has_data.shape[-1])])
    pivot = order[has_data[:, order].argmax(axis=1)]
    at = np.arange(len(pivot))
    guess, number, modulus = (m[at, :, :, pivot] for m in (equations.guess, equations.guess_number, equations.modulus))
    count = number.sum(axis=(1, 2), keepdims=True)
    scale = np.sqrt(modulus.sum(axis=(1, 2), keepdims=True) / np.maximum(count, 1))
    scale[scale == 0] = _GUESS_WITHOUT_DATA
    return np.asarray(np.where(guess == 0, scale, guess / scale))


def _minimise(product: np.ndarray, weight: np.ndarray, constant: np.ndarray, guess: np.ndarray) -> np.ndarray:
    """Return the gains of least chi2, shape (n_interval, n_par, n_ant); 0 without data."""
    result = guess.copy()
    active = np.flatnonzero(guess.any(axis=(1, 2)))
    gain, product, weight, constant = guess[active], product[active], weight[active], constant[active]
    last, small = np.full(active.size, np.inf), np.zeros(active.size, dtype=int)
    for _ in range(_MAX_STEPS):
        step, chi2 = _step(gain, product, weight, constant)
        change = chi2[0] - last
        is_small, rises = np.abs(change) < _SMALL_CHANGE * chi2[0], change > _NO_RISE * chi2[0]
        small = np.where(rises, np.where(is_small, np.maximum(small - 1, 0), 0), small + is_small)
        done, last = small >= _SMALL_CHANGES, chi2[0]
        result[active[done]] = gain[done]
        gain = gain + _length(chi2)[:, None, None] * step
        left = ~done
        active, gain, product, weight, constant = (a[left] for a in (active, gain, product, weight, constant))
        last, small = last[left], small[left]
        if active.size == 0:
            break
    result[active] = gain
    return result


def _step(
    gain: np.ndarray, product: np.ndarray, weight: np.ndarray, constant: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return half of the way to the best gain of each antenna for the gains of the others, and chi2 along it.

    chi2 is a polynomial of the fourth degree in the length of the step; its coefficients have the
    shape (5, n_interval).
    """

    def total(values: np.ndarray) -> np.ndarray:
        return np.asarray(values.real.sum(axis=(1, 2)))

    along = _times(product, gain)
    power = np.abs(gain) ** 2
    curvature = _times(weight, power)
    best = np.divide(along, curvature, out=np.zeros_like(gain), where=curvature > 0)
    step = (best - gain) / 2
    first, second = 2 * (np.conj(gain) * step).real, np.abs(step) ** 2
    of_first, of_second = _times(weight, first), _times(weight, second)
    chi2 = np.array(
        [
            constant - total(np.conj(gain) * along) + total(power * curvature) / 2,
            total(first * curvature) - 2 * total(np.conj(step) * along),
            total(first * of_first) / 2 + total(second * curvature) - total(np.conj(step) * _times(product, step)),
            total(first * of_second),
            total(second * of_second) / 2,
        ]
    )
    return step, chi2


def _length(coefficients: np.ndarray) -> np.ndarray:
    """Return the length of the step, from a parabola through chi2 at three equidistant lengths about the minimum."""

    def chi2(length: np.ndarray) -> np.ndarray:
        return np.asarray(np.polynomial.polynomial.polyval(length, coefficients, tensor=False))

    start, ones = coefficients[0], np.ones_like(coefficients[0])
    falls = chi2(ones) < start
    length = np.where(falls, 1.0, 0.5)
    for _ in range(_MAX_TRIALS):
        is_on = np.where(falls, chi2(2 * length) < chi2(length), chi2(length) > start)
        if not is_on.any():
            break
        length = np.where(is_on, np.where(falls, 2 * length, length / 2), length)
    middle, end = chi2(length), chi2(2 * length)
    curvature = start - 2 * middle + end
    minimum = 1.5 - np.divide(end - middle, curvature, out=0.5 * ones, where=curvature != 0)
    return np.where(minimum > 0, length * minimum, 1.0)


def _variance(
    gain: np.ndarray,
    product: np.ndarray,
    weight: np.ndarray,
    constant: np.ndarray,
    counted: np.ndarray,
    used: np.ndarray,
) -> np.ndarray:
    """Return the variances of the gains, with weights scaled so that the reduced chi2 of an interval is 1.

    `counted` is the number of visibilities of each interval.
    """
    curvature = _times(weight, np.abs(gain) ** 2)
    fitted = (np.abs(gain) ** 2 * curvature / 2 - (np.conj(gain) * _times(product, gain)).real).sum(axis=(1, 2))
    freedom = np.maximum(2 * (counted - used.sum(axis=(1, 2))), 1)
    scale = np.maximum(constant + fitted, 0) / freedom
    variance = np.full_like(curvature, np.inf)
    np.divide(2 * scale[:, None, None], curvature, out=variance, where=curvature > 0)
    return variance


def _times(matrices: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    return np.asarray(np.matmul(matrices, vectors[..., None])[..., 0])
