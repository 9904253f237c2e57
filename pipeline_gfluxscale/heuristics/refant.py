"""Ranking of the reference antennas."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


def rank_reference_antennas(
    names: Sequence[str], positions: ArrayLike, unflagged_fraction: ArrayLike
) -> tuple[str, ...]:
    """Rank the antennas by their fitness as reference antenna: central in the array, with few data flagged.

    The score of an antenna is the sum of two numbers, as published for the ALMA Pipeline's hif_refant: n_ant (1 - d /
    d_max) for its distance d from the centre of the array, and n_ant times its fraction of unflagged data. The centre
    is the median position, on which a single distant antenna has no effect. Antennas of equal scores are sorted by
    name; antennas without data come last.

    Parameters
    ----------
    names : sequence of str, length n_ant
        Antenna names.
    positions : array_like, shape (n_ant, 3)
        Their geocentric (ITRF) positions (m); an antenna without a position (NaN) counts as the most distant one.
    unflagged_fraction : array_like, shape (n_ant,)
        Fraction of each antenna's data that is not flagged, 0 to 1; NaN counts as 0.

    Returns
    -------
    tuple of str
        All names, the best one first.
    """
    if not names:
        return ()
    good = np.nan_to_num(np.asarray(unflagged_fraction, dtype=float), nan=0.0)
    # Rounded, so that rounding errors do not rank antennas of equal scores.
    scores = np.round(len(names) * (_centrality(np.asarray(positions, dtype=float)) + good), 9)
    ranking = sorted(zip(good <= 0, -scores, names, strict=True))
    return tuple(name for _, _, name in ranking)


def _centrality(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 - d / d_max of each antenna: 1 in the centre of the array, 0 for the most distant; shape (n_ant,)."""
    known = np.isfinite(positions).all(axis=1)
    if not known.any():
        return np.ones(len(positions))
    distance = np.linalg.norm(positions - np.median(positions[known], axis=0), axis=1)
    furthest = distance[known].max()
    closeness = 1 - distance / furthest if furthest > 0 else np.ones_like(distance)
    return np.where(known, closeness, 0.0)
