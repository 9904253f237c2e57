"""Refer phases to a reference antenna, as gaincal does (refantmode 'flex')."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .gains import Gains


def order_of_choice(refants: Sequence[int], position: np.ndarray) -> list[int]:
    """Return all antennas in the order in which gaincal takes them for the reference antenna.

    Parameters
    ----------
    refants : sequence of int
        In the order of preference; others follow in the order of their distance from the last one.
    position : ndarray of float, shape (n_ant, 3)
        m
    """
    distance = np.linalg.norm(position - position[refants[-1]], axis=1) if refants else np.zeros(len(position))
    return [*refants, *(antenna for antenna in np.argsort(distance, kind="stable").tolist() if antenna not in refants)]


def refer_to(gains: Gains, order: Sequence[int], latest: int | None = None) -> tuple[Gains, np.ndarray]:
    """Rotate the phases of each interval.

    The phase of the reference antenna is zero in the first interval, and stays so. Where it has no solution, the
    antenna that took its place last is used, or the next one, and keeps the phase that it had before. An interval loses
    its solutions if no antenna has solutions in it and in the one before: their phases could not be compared.

    Parameters
    ----------
    gains : Gains
        Phases; intervals in the order of time.
    order : sequence of int
        All antennas, in the order of preference.
    latest : int, optional
        The antenna that is preferred if the first one cannot be used, until another one is used; by default the first.

    Returns
    -------
    gains : Gains
    refant : ndarray of int, shape (n_interval,)
        The reference antenna; -1 without any.
    """
    gain, good = gains.gain.copy(), gains.good.copy()
    n_par, n_ant = gain.shape[1:]
    before: np.ndarray = np.ones((n_par, n_ant), dtype=complex)
    usable_before = np.ones(n_ant, dtype=bool)
    refant = np.full(len(gain), -1)
    hands = np.flatnonzero(gains.attempted.any(axis=(0, 2)))  # the data of one may be flagged altogether
    latest = order[0] if latest is None else latest
    for n in range(len(gain)):
        if not good[n].any():
            continue
        usable = good[n][hands].all(axis=0)
        candidate = next((antenna for antenna in (order[0], latest, *order) if (usable & usable_before)[antenna]), None)
        if candidate is None:
            good[n] = False
            continue
        refant[n] = latest = candidate
        rotation = before[:, latest] / gain[n, :, latest]
        gain[n] = np.where(good[n], gain[n] * rotation[:, None], 1)
        before, usable_before = gain[n], usable
    gain[~good] = 1
    return replace(gains, gain=gain, good=good), refant
