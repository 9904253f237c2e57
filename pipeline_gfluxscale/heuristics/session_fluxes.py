"""Mean flux densities of several MSs of a session, for an MS without an amplitude calibrator to adopt."""

from collections.abc import Sequence

import numpy as np

from ..domain.flux import CalibratedFlux, DerivedFlux, FluxMeasurement, StokesFlux


def mean_with_standard_error(values: Sequence[float], uncertainties: Sequence[float]) -> tuple[float, float]:
    """Return the mean of values and its standard error; a single value keeps its own uncertainty.

    As in the session variant of the pipeline's task, the values are not weighted: they differ mostly because their flux
    scales differ, which their uncertainties do not include.

    Parameters
    ----------
    values, uncertainties : sequence of float
        One or more, in the same unit.

    Raises
    ------
    ValueError
        If there are no values.
    """
    if not values:
        raise ValueError("there are no values to average")
    if len(values) == 1:
        return float(values[0]), float(uncertainties[0])
    return float(np.mean(values)), float(np.std(values, ddof=1) / len(values) ** 0.5)


def mean_derived(measurements: Sequence[FluxMeasurement]) -> DerivedFlux | None:
    """Return the mean of the derived flux densities of measurements; None if there is none."""
    fluxes = [m.derived for m in measurements if m.derived is not None]
    if len(fluxes) < 2:
        return fluxes[0] if fluxes else None
    stokes, error = _mean([f.stokes for f in fluxes], [f.uncertainty for f in fluxes])
    return DerivedFlux(stokes, error, sum(f.num_solutions for f in fluxes))


def mean_calibrated(measurements: Sequence[FluxMeasurement]) -> CalibratedFlux | None:
    """Return the mean of the calibrated flux densities of measurements; None if there is none.

    The scatter from observation to observation is due to both noise and scale. Therefore the standard error of the mean
    is the total uncertainty; it is stored as `noise`, with a scale uncertainty of 0.
    """
    fluxes = [m.calibrated for m in measurements if m.calibrated is not None]
    if len(fluxes) < 2:
        return fluxes[0] if fluxes else None
    stokes, error = _mean([f.stokes for f in fluxes], [f.total_uncertainty for f in fluxes])
    return CalibratedFlux(stokes, error, noise=error)


def _mean(stokes: Sequence[StokesFlux], uncertainties: Sequence[float]) -> tuple[StokesFlux, float]:
    intensity, error = mean_with_standard_error([s.I for s in stokes], uncertainties)
    others = {name: float(np.mean([getattr(s, name) for s in stokes])) for name in "QUV"}
    return StokesFlux(intensity, **others), error
