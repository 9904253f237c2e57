"""Factors of baselines: the product of the corrections of their two antennas."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .jones import Corrections

#: The receptors (elements of the Jones matrices) of the two antennas of a baseline, for each correlation.
_RECEPTORS = {1: ((0,), (0,)), 2: ((0, 1), (0, 1)), 4: ((0, 0, 1, 1), (0, 1, 0, 1))}


@dataclass(frozen=True)
class Factor:
    """Factors by which the visibilities of baselines are multiplied.

    Attributes
    ----------
    value : ndarray of complex64, shape (n_row, n_corr, n_chan)
    ok : ndarray of bool, of the same shape, or None
        True where the factor is calibrated; None if it is True everywhere.
    """

    value: np.ndarray
    ok: np.ndarray | None

    @cached_property
    def gain2(self) -> np.ndarray:
        """``|g_i g_j|**2``, the inverse of the factor's square, float32."""
        return np.asarray(1 / (self.value.real**2 + self.value.imag**2))

    @cached_property
    def sum_of_gain2(self) -> np.ndarray:
        """Sum of `gain2` over all channels, shape (n_row, n_corr)."""
        return np.asarray(self.gain2.sum(axis=-1))


class BaselineFactors:
    """The product of the corrections of several tables, for the baselines of an integration.

    The last product is cached: corrections that do not change with time are multiplied only once.

    Parameters
    ----------
    corrections : sequence of Corrections
        One for each table; either all have one channel, or all have the channels of the data.
    n_corr : int
        Number of correlations of the data.
    """

    def __init__(self, corrections: Sequence[Corrections], n_corr: int) -> None:
        self._corrections = corrections
        self._receptors = [np.array(receptors) for receptors in _RECEPTORS[n_corr]]
        self._states: tuple[int, ...] | None = None
        self._baselines: tuple[bytes, bytes] | None = None
        self._sides: list[tuple[np.ndarray, np.ndarray | None]] = []
        self._factor: Factor | None = None

    def of(self, integration: int, antenna1: np.ndarray, antenna2: np.ndarray) -> Factor | None:
        """Return the factors of baselines at the time of an integration; None if there are no tables."""
        if not self._corrections:
            return None
        states = tuple(int(correction.state[integration]) for correction in self._corrections)
        baselines = (antenna1.tobytes(), antenna2.tobytes())
        if states != self._states:
            self._sides = [self._combined(states, receptors) for receptors in self._receptors]
        if self._factor is None or (states, baselines) != (self._states, self._baselines):
            self._factor = self._of_baselines(antenna1, antenna2)
        self._states, self._baselines = states, baselines
        return self._factor

    def _combined(self, states: tuple[int, ...], receptors: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the product of all corrections of antennas, shape (n_ant, n_corr, n_chan), and where it is valid."""
        factor, ok = np.complex64(1), np.True_
        for correction, state in zip(self._corrections, states, strict=True):
            elements = np.minimum(receptors, correction.factor.shape[2] - 1)  # a scalar is one element for both
            factor = factor * correction.factor[state][:, elements]
            ok = ok & correction.ok[state][:, elements]
        return np.asarray(factor), None if np.all(ok) else np.asarray(ok)

    def _of_baselines(self, antenna1: np.ndarray, antenna2: np.ndarray) -> Factor:
        (first, ok1), (second, ok2) = self._sides
        value = first[antenna1]
        value *= np.conj(second)[antenna2]
        if ok1 is None and ok2 is None:
            return Factor(value, None)
        ok = (True if ok1 is None else ok1[antenna1]) & (True if ok2 is None else ok2[antenna2])
        return Factor(value, None if np.all(ok) else np.asarray(ok))
