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
        Its statistical uncertainty (Jy).
    n_visibilities : int
        Number of visibilities behind it.
    weight : float
        Sum of their weights.
    """

    flux: float
    uncertainty: float
    n_visibilities: int
    weight: float = 1.0


def visibility_flux(
    visibilities: ArrayLike, weights: ArrayLike, antenna1: ArrayLike, antenna2: ArrayLike, times: ArrayLike
) -> VisibilityFlux | None:
    """Average the calibrated visibilities of a point source at the phase centre, in one polarisation.

    The flux density is the modulus of the weighted vector average. Its uncertainty is the weighted scatter of
    the visibility amplitudes about it, divided by the square root of the number of independent samples. That
    number lies between two extremes: the number of visibilities, if each one were independent, and the number
    of integrations times antennas, if all the baselines of an antenna shared its error. Their mean is taken,
    as the ALMA Pipeline does.

    Integrations times antennas is counted as the distinct (time, antenna) pairs in the data: the product
    where no data are missing, and not more than there are where some are flagged.

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

    The fluxes are averaged with their weights. Amplitudes are solved for with one gain for both polarisations (gaintype
    T), which leaves each of them off by what their gains differ from it, and makes right what they have together: their
    mean with the weights that the solve has given them. A plain mean, as the ALMA Pipeline's, was measured to be off by
    0.3 % for gains that differ by 18 % and weights that differ by 7 %, in all fields of a spw alike.

    The variances are averaged, as the ALMA Pipeline does: the errors of the two polarisations are taken to be those of
    one atmosphere, and not to average out.

    Parameters
    ----------
    fluxes : iterable of VisibilityFlux or None
        XX and YY, or RR and LL; None for one without data.

    Returns
    -------
    (flux, uncertainty) : tuple of float, or None
        In Jy; None if no polarisation has data.
    """
    measured = [flux for flux in fluxes if flux is not None]
    if not measured:
        return None
    flux = np.average([each.flux for each in measured], weights=[each.weight for each in measured])
    variance = np.mean([each.uncertainty**2 for each in measured])
    return float(flux), float(np.sqrt(variance))


def _num_antenna_integrations(
    antenna1: NDArray[np.int_], antenna2: NDArray[np.int_], times: NDArray[np.float64]
) -> int:
    _, integration = np.unique(times, return_inverse=True)
    # One integer per (integration, antenna) pair sorts much faster than the pairs do.
    stride = int(max(antenna1.max(), antenna2.max())) + 1
    pairs = np.concatenate([integration * stride + antenna1, integration * stride + antenna2])
    return int(np.unique(pairs).size)
