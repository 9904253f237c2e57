"""Sum visibilities into the matrices that gains are solved from."""

from dataclasses import dataclass
from enum import Enum

import numpy as np


def parallel_hands(n_corr: int) -> list[int]:
    """Return the indices of the parallel hands among 1, 2 or 4 correlations."""
    return sorted({0, n_corr - 1})


class Mode(Enum):
    """What is solved for; the values are those of gaincal's `calmode`."""

    PHASE = "p"
    AMPLITUDE = "a"


@dataclass(frozen=True)
class Rows:
    """Visibilities of one spw, or of several spws that are solved for together.

    Attributes
    ----------
    data, model : ndarray of complex, shape (n_hand, n_row)
        The parallel hands.
    weight : ndarray of float, shape (n_hand, n_row)
        Zero where the data are flagged.
    antenna1, antenna2 : ndarray of int, shape (n_row,)
    interval : ndarray of int, shape (n_row,)
        Index of the solution interval.
    cross_data : ndarray of complex, shape (n_cross, n_row)
        The cross-hands; there may be none.
    cross_weight : ndarray of float, of the same shape
        Zero where the data are flagged.
    guides : ndarray of bool, shape (n_row,)
        Whether the first guess is made from the row: in each interval, gaincal uses the data of the first spw.
    """

    data: np.ndarray
    model: np.ndarray
    weight: np.ndarray
    antenna1: np.ndarray
    antenna2: np.ndarray
    interval: np.ndarray
    cross_data: np.ndarray
    cross_weight: np.ndarray
    guides: np.ndarray

    def select(self, rows: np.ndarray, first_interval: int) -> "Rows":
        """Return some rows, with the intervals counted from `first_interval` on."""
        return Rows(
            self.data[:, rows], self.model[:, rows], self.weight[:, rows],
            self.antenna1[rows], self.antenna2[rows], self.interval[rows] - first_interval,
            self.cross_data[:, rows], self.cross_weight[:, rows], self.guides[rows],
        )  # fmt: skip


@dataclass(frozen=True)
class NormalEquations:
    """Sums over the visibilities of each baseline in each interval, in units of the model: u = V / M, W = w |M|**2.

    For phases, u is divided by its modulus and W multiplied with its square; for amplitudes, u is its own modulus.

    Attributes
    ----------
    product : ndarray of complex, shape (n_interval, n_par, n_ant, n_ant)
        Sum of W u; Hermitian, zero on the diagonal. There is one parameter for each hand, or one for both.
    weight : ndarray of float, of the same shape
        Sum of W; symmetric, zero without data.
    number : ndarray of int, of the same shape
        Number of visibilities; symmetric.
    cross_number : ndarray of int, shape (n_interval, n_ant, n_ant)
        Number of visibilities of the cross-hands, for joint gains: gaincal counts them, and chi2 has their power, as
        the source is unpolarised. Its errors are then too large by 1.22, if all hands have the same thermal noise.
    cross_power : ndarray of float, of the same shape
        Sum of w |V|**2 of the cross-hands.
    guess : ndarray of complex, of the same shape
        Mean of u / |u| over the hands that share a parameter, with zeros for hands without data; Hermitian. It is of
        the rows of the first guess, and so are `modulus` and `guess_number`.
    modulus : ndarray of float, of the same shape
        Sum of |u|; symmetric.
    guess_number : ndarray of int, of the same shape
        Number of visibilities; symmetric.
    power : ndarray of float, of the same shape
        Sum of W |u|**2; symmetric.
    """

    product: np.ndarray
    weight: np.ndarray
    number: np.ndarray
    cross_number: np.ndarray
    cross_power: np.ndarray
    guess: np.ndarray
    modulus: np.ndarray
    guess_number: np.ndarray
    power: np.ndarray


def bytes_of_interval(n_hand: int, n_ant: int) -> int:
    """Return how much memory the sums of one interval need."""
    return 9 * 16 * n_hand * n_ant**2


def normal_equations(rows: Rows, mode: Mode, *, n_interval: int, n_ant: int, joint: bool) -> NormalEquations:
    """Sum visibilities over the rows of each baseline and interval.

    Parameters
    ----------
    rows : Rows
    mode : Mode
    n_interval, n_ant : int
        Number of intervals and of antennas.
    joint : bool
        Whether the hands share one gain (gaincal's gaintype T).
    """
    baseline = (rows.interval * n_ant + rows.antenna1) * n_ant + rows.antenna2
    size = n_interval * n_ant**2
    sums = np.zeros((9, len(rows.data), size))
    cross = rows.antenna1 != rows.antenna2
    in_guess = rows.guides.copy()
    if joint:  # gaincal's guess of a joint gain is without the first row of an interval
        of_guides = np.flatnonzero(rows.guides)
        in_guess[of_guides[np.unique(rows.interval[of_guides], return_index=True)[1]]] = False
    for hand, (data, model, weight) in enumerate(zip(rows.data, rows.model, rows.weight, strict=True)):
        used = np.flatnonzero((weight > 0) & cross & (data != 0) & (model != 0))
        ratio = data[used].astype(complex) / model[used]
        modulus = np.abs(ratio)
        weights = weight[used] * np.abs(model[used]).astype(float) ** 2
        phasor = ratio / modulus if mode is Mode.PHASE else np.ones_like(ratio)
        if mode is Mode.PHASE:
            weights, modulus = weights * modulus**2, np.ones_like(modulus)
        real, imaginary, moment = phasor.real, phasor.imag, weights * modulus
        summed = (moment * real, moment * imaginary, weights, None, moment * modulus)
        for n, values in enumerate(summed):
            sums[n, hand] = np.bincount(baseline[used], values, size)
        guides = in_guess[used]
        for n, values in enumerate((real[guides], imaginary[guides], modulus[guides], None), start=len(summed)):
            sums[n, hand] = np.bincount(baseline[used[guides]], values, size)
    if joint:
        sums = sums.sum(axis=1, keepdims=True)
        sums[5:7] /= len(rows.data)
    both = sums.reshape(9, -1, n_interval, n_ant, n_ant).swapaxes(1, 2)
    real, imaginary = both[[0, 5]], both[[1, 6]]
    hermitian = real + _transposed(real) + 1j * (imaginary - _transposed(imaginary))
    weight, number, power, modulus, guess_number = both[[2, 3, 4, 7, 8]] + _transposed(both[[2, 3, 4, 7, 8]])
    cross_number, cross_power = np.zeros((2, size))
    if joint:
        for data, weights in zip(rows.cross_data, rows.cross_weight, strict=True):
            used = np.flatnonzero((weights > 0) & cross)
            cross_number += np.bincount(baseline[used], minlength=size)
            cross_power += np.bincount(baseline[used], weights[used] * np.abs(data[used]).astype(float) ** 2, size)
    of_cross = np.stack([cross_number, cross_power]).reshape(2, n_interval, n_ant, n_ant)
    cross_number, cross_power = of_cross + _transposed(of_cross)
    return NormalEquations(
        hermitian[0], weight, number.astype(int), cross_number.astype(int), cross_power, hermitian[1], modulus,
        guess_number.astype(int), power,
    )  # fmt: skip


def _transposed(matrices: np.ndarray) -> np.ndarray:
    return matrices.swapaxes(-1, -2)
