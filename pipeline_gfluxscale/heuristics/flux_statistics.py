"""The flux density of a point source, from its calibrated visibilities."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class VisibilityFlux:
    """Flux density of one polarisation.

    Attributes
    ----------
    flux : float
        Modulus of the weighted vector average (Jy).
    uncertainty : float
        Statistical uncertainty (Jy).
    n_visibilities : int
        Number of visibilities averaged.
    weight : float
        Sum of the weights of these visibilities.
    """

    flux: float
    uncertainty: float
    n_visibilities: int
    weight: float = 1.0


def visibility_flux(
    visibilities: ArrayLike, weights: ArrayLike, antenna1: ArrayLike, antenna2: ArrayLike, times: ArrayLike
) -> VisibilityFlux | None:
    """Average the calibrated visibilities of a point source at the phase centre, in one polarisation.

    The flux density is the modulus of the weighted vector average. Its uncertainty is the weighted scatter of the
    visibility amplitudes about the flux density, divided by the square root of the number of independent samples. That
    number lies between the number of visibilities, if all of them are independent, and the number of integrations times
    the number of antennas, if the baselines of an antenna have the same error. As in the ALMA Pipeline, the mean of
    the two numbers is used.

    The second number is counted as the number of distinct (time, antenna) pairs in the data, so that flagged data are
    not counted.

    Parameters
    ----------
    visibilities : array_like of complex, shape (n,)
        Calibrated visibilities (Jy), one per baseline and integration: channels are averaged already.
    weights : array_like, shape (n,)
        Weights (Jy**-2). Visibilities that are not finite or have no positive weight are left out.
    antenna1, antenna2 : array_like of int, shape (n,)
        Antenna ids of the baselines.
    times : array_like, shape (n,)
        Times of the integrations (s), the same number for all baselines of one integration.

    Returns
    -------
    VisibilityFlux or None
        None if no visibility can be used.
    """
    vis, weight = np.asarray(visibilities, dtype=complex), np.asarray(weights, dtype=float)
    good = np.isfinite(vis) & np.isfinite(weight) & (weight > 0)
    if not good.any():
        return None
    vis, weight = vis[good], weight[good]

    flux = float(abs(np.average(vis, weights=weight)))
    variance = float(np.average((np.abs(vis) - flux) ** 2, weights=weight))
    antennas = np.asarray(antenna1)[good], np.asarray(antenna2)[good]
    n_independent = (vis.size + _num_antenna_integrations(*antennas, np.asarray(times)[good])) / 2
    return VisibilityFlux(flux, float(np.sqrt(variance / n_independent)), int(vis.size), float(weight.sum()))


def combine_polarisations(fluxes: Iterable[VisibilityFlux | None]) -> tuple[float, float] | None:
    """Return the Stokes I flux density and its uncertainty, from the parallel-hand polarisations.

    The flux density is the mean of the polarisations, weighted as in the amplitude solve. That solve determines one
    gain for both polarisations (gaintype T). If the polarisations' gains differ, the flux density of a single
    polarisation is wrong, but the mean with the weights of the solve is right. An unweighted mean, as in the ALMA
    Pipeline, was measured to be wrong by 0.3 % (by the same amount in all fields of a spw) for gains that differ by
    18 % and weights that differ by 7 %.

    The variances are averaged, as in the ALMA Pipeline: both polarisations are assumed to have the same errors, of the
    atmosphere, so that the mean does not reduce them.

    Parameters
    ----------
    fluxes : iterable of VisibilityFlux or None
        XX and YY, or RR and LL; None for a polarisation without data.

    Returns
    -------
    (flux, uncertainty) : tuple of float, or None
        In Jy; None if no polarisation has data.
    """
    measured = [flux for flux in fluxes if flux is not None]
    if not measured:
        return None
    flux = np.average([one.flux for one in measured], weights=[one.weight for one in measured])
    variance = np.mean([one.uncertainty**2 for one in measured])
    return float(flux), float(np.sqrt(variance))


def _num_antenna_integrations(
    antenna1: NDArray[np.int_], antenna2: NDArray[np.int_], times: NDArray[np.float64]
) -> int:
    _, integration = np.unique(times, return_inverse=True)
    # Sorting one integer per (integration, antenna) pair is much faster than sorting the pairs.
    stride = int(max(antenna1.max(), antenna2.max())) + 1
    pairs = np.concatenate([integration * stride + antenna1, integration * stride + antenna2])
    return int(np.unique(pairs).size)
