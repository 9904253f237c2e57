"""Interpolate solutions in time, as CASA's CTTimeInterp1 does."""

from dataclasses import dataclass

import numpy as np

from .solutions import UnsupportedCalibrationError


@dataclass(frozen=True)
class Registration:
    """Positions of times among the times of solutions.

    Attributes
    ----------
    first : ndarray of int, shape (n_time,)
        The solution before the time, or the solution that is used without interpolation.
    fraction : ndarray of float32, shape (n_time,)
        Fraction of the interval from `first` to the next solution; 0 where `first` is used without interpolation.
    """

    first: np.ndarray
    fraction: np.ndarray


def register(solution_times: np.ndarray, times: np.ndarray, method: str) -> Registration:
    """Return for each time the solutions between which to interpolate.

    There is no extrapolation: before the first solution and after the last one, this solution is used. As in CASA,
    times are compared in single precision, counted from one second before the first solution.

    Parameters
    ----------
    solution_times : ndarray of float, shape (n_sol,)
        MJD, s.
    times : ndarray of float, shape (n_time,)
    method : str
        ``'nearest'`` or ``'linear'``.

    Raises
    ------
    UnsupportedCalibrationError
        If the solutions are not in the order of time, or two have the same time.
    """
    origin = np.floor(solution_times[0] - 1.0)
    known = (solution_times - origin).astype(np.float32)
    wanted = (times - origin).astype(np.float32)
    if np.any(np.diff(known) <= 0):
        raise UnsupportedCalibrationError("solutions that are not in the order of time")
    last = known.size - 1
    right = np.searchsorted(known, wanted)  # the first solution that is not before
    as_is = (wanted <= known[0]) | (wanted >= known[-1]) | (known[np.minimum(right, last)] == wanted)
    first = np.where(as_is, np.minimum(right, last), np.maximum(right - 1, 0))
    after = np.minimum(first + 1, last)
    before_it, after_it = wanted - known[first], known[after] - wanted
    if method == "nearest":
        first = np.where(~as_is & (after_it < before_it), after, first)
        return Registration(first, np.zeros(times.size, dtype=np.float32))
    gap = np.where(after > first, known[after] - known[first], np.float32(1))
    return Registration(first, np.where(as_is, np.float32(0), before_it / gap))


def interpolate(
    values: np.ndarray, flag: np.ndarray, where: Registration
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """Interpolate solutions; complex ones in amplitude and phase.

    Parameters
    ----------
    values : ndarray of complex64 or float32, shape (n_sol, ...)
    flag : ndarray of bool, shape (n_sol, ...)
    where : Registration
        For n_time times.

    Returns
    -------
    amplitude : ndarray of float32, shape (n_time, ...)
        The value itself if the solutions are not complex.
    phase : ndarray of float32, shape (n_time, ...), or None
        rad; None for solutions that are not complex.
    flag : ndarray of bool, shape (n_time, ...)
        True if one of the two solutions is flagged.
    """
    first = where.first
    second = np.where(where.fraction > 0, np.minimum(first + 1, len(values) - 1), first)
    fraction = where.fraction.reshape(-1, *(1,) * (values.ndim - 1))
    either = flag[first] | flag[second]
    if not np.iscomplexobj(values):
        return _between(values[first], values[second], fraction), None, either
    amplitude, phase = np.abs(values), np.angle(values)
    start, end = phase[first], phase[second]
    step = end.astype(np.float64) - start
    end = np.where(step > np.pi, end - 2 * np.pi, np.where(step < -np.pi, end + 2 * np.pi, end)).astype(np.float32)
    return _between(amplitude[first], amplitude[second], fraction), _between(start, end, fraction), either


def _between(start: np.ndarray, end: np.ndarray, fraction: np.ndarray) -> np.ndarray:
    return np.asarray(start + fraction * (end - start), dtype=np.float32)


def scale_phases(phase: np.ndarray, cycles: np.ndarray, factor: float) -> np.ndarray:
    """Scale phases to another frequency ('PD'), after adding the full turns (rad) of the preceding solution."""
    return np.asarray((phase + cycles) * np.float32(factor), dtype=np.float32)


def cycles(phase: np.ndarray) -> np.ndarray:
    """Return the full turns (rad) by which phases lie outside -pi to pi; like CASA, count one turn at pi itself."""
    turn = np.float32(2 * np.pi)
    return np.asarray(np.floor((phase + np.float32(np.pi)) / turn) * turn, dtype=np.float32)
