"""The power law through the flux densities of a source."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError

MAX_SPIX = 20.0
"""Largest absolute spectral index; a fit with a larger one has fitted noise, as no source is so steep."""

SAME_FREQUENCY = 1e-9
"""Relative difference below which frequencies count as one."""


@dataclass(frozen=True)
class PowerLawFit:
    """A power law S(nu) = I (nu / reference_hz)**spix.

    Attributes
    ----------
    reference_hz : float
        Reference frequency (Hz).
    I, uncertainty : float
        Flux density there, and its standard error (Jy).
    spix, spix_uncertainty : float or None
        Spectral index and its standard error; None if the data do not determine it.
    covariance : tuple of tuple of float, shape (2, 2)
        Of (I, spix), in Jy**2, Jy and 1; NaN for a spix that is None.
    chi2 : float
        Sum of the squared residuals in units of their uncertainties.
    n : int
        Number of flux densities fitted.
    """

    reference_hz: float
    I: float
    uncertainty: float
    spix: float | None
    spix_uncertainty: float | None
    covariance: tuple[tuple[float, float], tuple[float, float]]
    chi2: float
    n: int

    def evaluate(self, frequency_hz: float) -> tuple[float, float]:
        """Return the flux density and its standard error (Jy) at a frequency (Hz).

        Without a spectral index the flux density is the same at all frequencies.
        """
        if self.spix is None:
            return self.I, self.uncertainty
        log_u = float(np.log(frequency_hz / self.reference_hz))
        power = float(np.exp(self.spix * log_u))
        gradient = np.array([power, self.I * power * log_u])
        variance = float(gradient @ np.array(self.covariance) @ gradient)
        return self.I * power, float(np.sqrt(max(variance, 0.0)))


def fit_power_law(
    frequency_hz: ArrayLike,
    flux_jy: ArrayLike,
    uncertainty_jy: ArrayLike,
    reference_hz: float | None = None,
    shared_error: float = 0.0,
) -> PowerLawFit | None:
    """Fit a power law to flux densities.

    The weighted least-squares fit is to the flux densities and not to their logarithms: the errors in Jy are normal,
    and the logarithm of a noisy flux density is biased or does not exist. The iteration starts from a straight line
    through the logarithms. The uncertainties are absolute: the errors are not rescaled by chi2.

    If there is only one flux density or one frequency, or if the data are too noisy for a power law, the result is the
    weighted mean without a spectral index.

    Parameters
    ----------
    frequency_hz : array_like, shape (n,)
        Frequencies (Hz).
    flux_jy, uncertainty_jy : array_like, shape (n,)
        Flux densities and their standard errors (Jy). Points that are not finite, or have an error that is not
        positive, are left out.
    reference_hz : float, optional
        Reference frequency (Hz). Default: the geometric mean of the frequencies weighted by SNR**2, at which the errors
        of flux density and spectral index are independent.
    shared_error : float
        Error of the flux scale that all points have in common, as a fraction of the flux density. It does not change
        the shape of the spectrum, so it is added to the error of `I` and has no effect on the weights.

    Returns
    -------
    PowerLawFit or None
        None if there is no point to fit.

    Raises
    ------
    InputError
        If `reference_hz` is not positive.
    """
    if reference_hz is not None and not reference_hz > 0:
        raise InputError("reference_hz", reference_hz, "a positive frequency is needed")
    points = np.array([frequency_hz, flux_jy, uncertainty_jy], dtype=float).reshape(3, -1)
    points = points[:, np.isfinite(points).all(axis=0) & (points[0] > 0) & (points[2] > 0)]
    if points.shape[1] == 0:
        return None
    frequency, flux, sigma = points
    reference = reference_hz or _pivot(frequency, flux, sigma)
    # In units of the brightest point, so that the result does not depend on the unit of the flux densities.
    unit = float(np.abs(flux).max()) or float(sigma.max())
    log_u = np.log(frequency / reference)
    fitted = _power_law(log_u, flux / unit, sigma / unit)
    parameters, covariance = fitted or _constant(flux / unit, sigma / unit)

    model = parameters[0] * np.exp(parameters[1] * log_u) * unit
    scale = np.array([unit, 1.0])
    covariance = covariance * np.outer(scale, scale)
    covariance[0, 0] += (shared_error * parameters[0] * unit) ** 2
    errors = np.sqrt(np.diag(covariance))
    return PowerLawFit(
        reference_hz=float(reference),
        I=float(parameters[0] * unit),
        uncertainty=float(errors[0]),
        spix=float(parameters[1]) if fitted else None,
        spix_uncertainty=float(errors[1]) if fitted else None,
        covariance=(
            (float(covariance[0, 0]), float(covariance[0, 1])),
            (float(covariance[1, 0]), float(covariance[1, 1])),
        ),
        chi2=float(np.sum(((flux - model) / sigma) ** 2)),
        n=int(frequency.size),
    )


_Solution = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Parameters (I, spix), shape (2,), and their covariance, shape (2, 2)."""


def _pivot(frequency: NDArray[np.float64], flux: NDArray[np.float64], sigma: NDArray[np.float64]) -> float:
    weight = (flux / sigma) ** 2
    if not weight.any():
        weight = sigma**-2
    return float(np.exp(np.average(np.log(frequency), weights=weight)))


def _constant(flux: NDArray[np.float64], sigma: NDArray[np.float64]) -> _Solution:
    """Return the weighted mean, with a spectral index of 0 whose variance is nan."""
    weight = sigma**-2
    covariance = np.full((2, 2), np.nan)
    covariance[0, 0] = 1 / weight.sum()
    return np.array([np.average(flux, weights=weight), 0.0]), covariance


def _power_law(log_u: NDArray[np.float64], flux: NDArray[np.float64], sigma: NDArray[np.float64]) -> _Solution | None:
    """Return the best-fitting power law; None if the data do not determine one."""
    from scipy.optimize import least_squares  # takes 0.5 s to import, and pages show fits that were made before

    if np.ptp(log_u) < SAME_FREQUENCY:
        return None

    def residuals(p: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray((p[0] * np.exp(p[1] * log_u) - flux) / sigma)

    def jacobian(p: NDArray[np.float64]) -> NDArray[np.float64]:
        power = np.exp(p[1] * log_u)
        return np.stack([power / sigma, p[0] * power * log_u / sigma], axis=1)

    start = _line_through_logarithms(log_u, flux, sigma)
    fit = least_squares(residuals, start, jac=jacobian, x_scale="jac", ftol=1e-12, xtol=1e-12, gtol=1e-12)
    amplitude, spix = fit.x
    if not fit.success or amplitude <= 0 or abs(spix) > MAX_SPIX:
        return None
    return fit.x, np.linalg.inv(fit.jac.T @ fit.jac)


def _line_through_logarithms(
    log_u: NDArray[np.float64], flux: NDArray[np.float64], sigma: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the starting values (I, spix): a straight line through the logarithms of the positive flux densities."""
    positive = flux > 0
    if positive.sum() < 2 or np.ptp(log_u[positive]) < SAME_FREQUENCY:
        return np.array([np.average(flux, weights=sigma**-2), 0.0])
    snr = flux[positive] / sigma[positive]
    slope, intercept = np.polyfit(log_u[positive], np.log(flux[positive]), 1, w=snr)
    return np.array([np.exp(intercept), np.clip(slope, -MAX_SPIX, MAX_SPIX)])
