"""Interpolate solutions between channels, as CASA's CTPatchedInterp does."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Channels:
    """Positions of the channels of the data among the channels of the solutions.

    Attributes
    ----------
    first, second : ndarray of int, shape (n_out,)
        Channels of the solutions to interpolate between.
    fraction : ndarray of float, shape (n_out,)
    """

    first: np.ndarray
    second: np.ndarray
    fraction: np.ndarray

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Interpolate along the last axis, shape (..., n_in), to shape (..., n_out)."""
        start = values[..., self.first]
        if not np.any(self.fraction):
            return start
        return np.asarray(start + self.fraction.astype(np.float32) * (values[..., self.second] - start))


def resample(
    amplitude: np.ndarray,
    phase: np.ndarray | None,
    flag: np.ndarray,
    known: np.ndarray,
    wanted: np.ndarray,
    method: str,
    *,
    keep_flags: bool,
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """Interpolate solutions to other frequencies and across flagged channels; use the nearest channel beyond the edges.

    Parameters
    ----------
    amplitude, phase : ndarray of float32, shape (..., n_in)
        Phases (rad) are unwrapped before the interpolation; None for solutions without phases.
    flag : ndarray of bool, shape (..., n_in)
    known, wanted : ndarray of float, shape (n_in,) and (n_out,)
        Frequencies (Hz), ascending or descending.
    method : str
        ``'nearest'`` or ``'linear'``.
    keep_flags : bool
        Whether to flag channels that would be interpolated from a flagged channel.

    Returns
    -------
    amplitude, phase, flag
        Shape (..., n_out).
    """
    if not np.any(flag) and _same(known, wanted):
        return amplitude, phase, flag
    shape = (*flag.shape[:-1], wanted.size)
    flags = flag.reshape(-1, known.size)
    rows = [amplitude.reshape(flags.shape), None if phase is None else phase.reshape(flags.shape)]
    results = [None if row is None else np.zeros((len(flags), wanted.size), dtype=np.float32) for row in rows]
    result_flag = np.ones((len(flags), wanted.size), dtype=bool)
    patterns, index = np.unique(flags, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        if pattern.all():
            continue
        members = np.flatnonzero(index.reshape(-1) == number)
        channels = locate(known[~pattern], wanted, method)
        for of_row, result in zip(rows, results, strict=True):
            if of_row is not None and result is not None:
                good = of_row[members][:, ~pattern]
                result[members] = channels.apply(unwrapped(good) if of_row is rows[1] else good)
        result_flag[members] = resampled_flags(pattern, known, wanted, method) if keep_flags else False
    resampled = [None if result is None else result.reshape(shape) for result in results]
    assert resampled[0] is not None
    return resampled[0], resampled[1], result_flag.reshape(shape)


def _same(known: np.ndarray, wanted: np.ndarray) -> bool:
    return known.size == wanted.size and bool(
        np.all(np.abs(known - wanted) <= 1e-10 * np.maximum(np.abs(known), np.abs(wanted)))
    )


def locate(known: np.ndarray, wanted: np.ndarray, method: str) -> Channels:
    """Find the channels to interpolate between; parameters as for `resample`."""
    if _same(known, wanted):
        order = np.arange(known.size)
        return Channels(order, order, np.zeros(known.size))
    sign = -1 if known[0] > known[-1] else 1
    known, wanted = sign * known, sign * wanted
    right = np.clip(np.searchsorted(known, wanted), 1, max(known.size - 1, 1))
    left, right = right - 1, np.minimum(right, known.size - 1)
    before, after = wanted - known[left], known[right] - wanted
    if method == "nearest":
        chosen = np.where(after < before, right, left)
        return Channels(chosen, chosen, np.zeros(wanted.size))
    width = np.where(right > left, known[right] - known[left], 1.0)
    return Channels(left, right, np.clip(before / width, 0.0, 1.0))


def unwrapped(phase: np.ndarray) -> np.ndarray:
    """Return phases (rad) without jumps of more than half a turn along the last axis."""
    step = np.diff(phase.astype(np.float64), axis=-1)
    turns = np.where(step > np.pi, -np.ceil((step - np.pi) / (2 * np.pi)), 0.0)
    turns = np.where(step < -np.pi, np.ceil((-np.pi - step) / (2 * np.pi)), turns)
    result = phase.astype(np.float64)
    result[..., 1:] += 2 * np.pi * np.cumsum(turns, axis=-1)
    return result.astype(np.float32)


def resampled_flags(flag: np.ndarray, known: np.ndarray, wanted: np.ndarray, method: str) -> np.ndarray:
    """Return which frequencies would be interpolated from a flagged channel.

    Parameters
    ----------
    flag : ndarray of bool, shape (n_in,)
    known, wanted, method
        As for `resample`.

    Returns
    -------
    ndarray of bool, shape (n_out,)
    """
    last = flag.size - 1
    if last == 0:
        return np.full(wanted.size, flag[0])
    sign = -1 if known[0] > known[-1] else 1
    in_ghz, out_ghz = sign * (known / 1e9), sign * (wanted / 1e9)
    right = np.searchsorted(in_ghz, out_ghz)
    exact = in_ghz[np.minimum(right, last)] == out_ghz
    left = np.clip(right - 1, 0, last)
    if method == "nearest":
        after = np.minimum(left + 1, last)
        # CASA measures both distances in the direction of rising frequency.
        left = np.where(np.abs(out_ghz - in_ghz[left]) > np.abs(in_ghz[after] - out_ghz), after, left)
        needed = flag[left]
    else:
        pairs = flag[:-1] | flag[1:]
        needed = pairs[np.minimum(left, last - 1)]
    return np.where(exact, flag[np.minimum(right, last)], needed)
