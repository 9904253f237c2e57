"""Distances between antennas, and elevations of sources."""

import erfa
import numpy as np
from numpy.typing import ArrayLike, NDArray


def separations(positions: ArrayLike) -> NDArray[np.float64]:
    """Return the distances between all pairs of antennas: the unprojected baseline lengths.

    Parameters
    ----------
    positions : array_like, shape (n_ant, 3)
        Geocentric (ITRF) x, y, z (m).

    Returns
    -------
    ndarray, shape (n_ant, n_ant)
        Three-dimensional distances (m); zero on the diagonal.

    Raises
    ------
    ValueError
        If `positions` has another shape.
    """
    xyz = np.asarray(positions, dtype=float)
    if xyz.ndim != 2 or xyz.shape[1] != 3:
        raise ValueError(f"positions of shape {xyz.shape}: (n_ant, 3) is needed")
    return np.asarray(np.linalg.norm(xyz[:, None] - xyz, axis=-1))


def elevation(position: ArrayLike, ra: float, dec: float, time: ArrayLike) -> NDArray[np.float64]:
    """Return the elevation of a source with an error of up to half a degree: precession and refraction are neglected.

    Parameters
    ----------
    position : array_like, shape (3,)
        Geocentric (ITRF) x, y, z of the observatory (m).
    ra, dec : float
        Direction of the source (rad, ICRS).
    time : array_like, shape (n,)
        MJD, s.

    Returns
    -------
    ndarray, shape (n,)
        rad.
    """
    longitude, latitude, _ = erfa.gc2gd(1, np.asarray(position, dtype=float))
    day = np.atleast_1d(np.asarray(time, dtype=float)) / 86400.0
    sidereal = erfa.gmst00(2400000.5, day, 2400000.5, day)
    hour_angle = sidereal + longitude - ra
    _, altitude = erfa.hd2ae(hour_angle, dec, latitude)
    return np.asarray(altitude)
