"""Means of flux densities from several observations."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_gfluxscale.domain.flux import CalibratedFlux, DerivedFlux, FluxMeasurement, StokesFlux
from pipeline_gfluxscale.heuristics.session_fluxes import mean_calibrated, mean_derived, mean_with_standard_error

FLUXES = st.lists(st.floats(1e-3, 1e3), min_size=2, max_size=20)


def measurement(derived=None, calibrated=None):
    return FluxMeasurement("J0309+1029", 1, ("PHASE",), 0, 224e9, 2e9, derived, calibrated)


def test_a_single_value_keeps_its_own_uncertainty():
    assert mean_with_standard_error([2.0], [0.3]) == (2.0, 0.3)


def test_standard_error_of_three():
    """Variance of 1, 2, 3 with n - 1: 1; its root over the root of 3."""
    assert mean_with_standard_error([1.0, 2.0, 3.0], [9.0, 9.0, 9.0]) == (2.0, pytest.approx(1 / math.sqrt(3)))


def test_there_is_no_mean_of_nothing():
    with pytest.raises(ValueError, match="no values"):
        mean_with_standard_error([], [])


@given(FLUXES)
def test_the_mean_lies_between_the_values_and_does_not_depend_on_their_order(values):
    mean, error = mean_with_standard_error(values, values)
    assert min(values) * (1 - 1e-12) <= mean <= max(values) * (1 + 1e-12)
    rounding = 1e-12 * max(values)  # the mean of equal numbers need not be that number to the last bit
    assert error <= (max(values) - min(values)) * (1 + 1e-9) + rounding
    # Rounding: the sums have another order.
    assert mean_with_standard_error(values[::-1], values) == (pytest.approx(mean), pytest.approx(error, abs=1e-9))


@given(FLUXES)
def test_every_value_twice_has_the_same_mean_and_a_smaller_error(values):
    mean, error = mean_with_standard_error(values, values)
    doubled, smaller = mean_with_standard_error(values * 2, values * 2)
    assert doubled == pytest.approx(mean)
    assert smaller <= error + 1e-9


def test_derived_and_calibrated_are_averaged_apart():
    both = measurement(DerivedFlux(StokesFlux(1.0), 0.1, 10), CalibratedFlux(StokesFlux(1.1), 0.2, noise=0.05))
    other = measurement(DerivedFlux(StokesFlux(3.0), 0.1, 12))
    assert mean_derived([both, other]) == DerivedFlux(StokesFlux(2.0), 1.0, 22)
    assert mean_calibrated([both, other]) is both.calibrated
    assert mean_derived([measurement()]) is None
    assert mean_calibrated([]) is None


def test_the_standard_error_is_the_whole_uncertainty():
    fluxes = [CalibratedFlux(StokesFlux(x, Q=x / 10), 0.5, noise=0.1, scale_uncertainty=0.2) for x in (1.0, 2.0, 3.0)]
    mean = mean_calibrated([measurement(calibrated=flux) for flux in fluxes])
    assert mean.stokes == StokesFlux(2.0, Q=pytest.approx(0.2))
    assert mean.uncertainty == mean.total_uncertainty == pytest.approx(1 / math.sqrt(3))
