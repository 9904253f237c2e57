import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_gfluxscale.errors import InputError
from pipeline_gfluxscale.heuristics.spectral_fit import fit_power_law

pytestmark = pytest.mark.slow

FREQUENCIES = np.array([91.4e9, 93.4e9, 101.4e9, 103.4e9])


def power_law(flux, spix, reference=97e9):
    return flux * (FREQUENCIES / reference) ** spix


@given(st.floats(1e-6, 1e4), st.floats(-5, 5), st.floats(0.001, 0.2))
def test_the_truth_is_recovered(flux, spix, relative_error):
    truth = power_law(flux, spix)
    fit = fit_power_law(FREQUENCIES, truth, truth * relative_error, reference_hz=97e9)
    assert pytest.approx(flux, rel=1e-6) == fit.I  # where the minimiser stops
    assert fit.spix == pytest.approx(spix, abs=1e-5)  # where the minimiser stops
    assert fit.chi2 == pytest.approx(0, abs=1e-6)  # where the minimiser stops
    assert (fit.n, fit.reference_hz) == (4, 97e9)


@given(st.integers(0, 1000), st.floats(1e-6, 1e6))
def test_the_unit_of_the_flux_does_not_matter(seed, factor):
    rng = np.random.default_rng(seed)
    sigma = rng.uniform(0.01, 0.1, 4)
    flux = power_law(1.0, -0.7) + sigma * rng.standard_normal(4)
    one, other = (
        fit_power_law(FREQUENCIES, flux, sigma),
        fit_power_law(FREQUENCIES, flux * factor, sigma * factor),
    )
    assert pytest.approx(one.I * factor, rel=1e-5) == other.I  # where the minimiser stops
    assert other.uncertainty == pytest.approx(one.uncertainty * factor, rel=1e-4)  # where the minimiser stops
    assert other.spix == pytest.approx(one.spix, abs=1e-4)  # where the minimiser stops
    assert other.spix_uncertainty == pytest.approx(one.spix_uncertainty, rel=1e-3)  # where the minimiser stops


def test_two_points_by_hand():
    # log2 of the flux ratio over log2 of the frequency ratio, and the errors of the two points propagated.
    fit = fit_power_law([100e9, 200e9], [4.0, 2.0], [0.04, 0.02])
    assert fit.spix == pytest.approx(-1)
    assert fit.spix_uncertainty == pytest.approx(0.01 * 2**0.5 / np.log(2), rel=1e-6)  # rounding
    assert fit.reference_hz == pytest.approx(100e9 * 2**0.5)
    assert pytest.approx(8**0.5) == fit.I
    assert fit.uncertainty == pytest.approx(8**0.5 * 0.01 / 2**0.5, rel=1e-6)  # rounding


def test_the_default_reference_decouples_flux_and_index():
    truth = power_law(2.0, -0.7)
    fit = fit_power_law(FREQUENCIES, truth, [0.01, 0.1, 0.02, 0.05])
    # 0, but for the point where the minimiser stops.
    assert abs(fit.covariance[0][1]) < 1e-6 * fit.uncertainty * fit.spix_uncertainty
    # The weights are SNR squared: the well-measured spws draw the reference to them.
    assert fit.reference_hz < 97e9


@pytest.mark.parametrize("snr", [3, 10, 100])
def test_errors_are_honest_and_the_fit_unbiased(snr):
    rng = np.random.default_rng(snr)
    truth = power_law(1.0, -0.7)
    fits = [
        fit_power_law(FREQUENCIES, truth + rng.standard_normal(4) / snr, np.full(4, 1 / snr), 97e9) for _ in range(1500)
    ]
    flux = np.array([fit.I for fit in fits])
    # A logarithmic fit of SNR 3 data is more than 5 % off.
    assert flux.mean() == pytest.approx(1, abs=0.02 if snr == 3 else 0.01)
    # 5 standard errors of 1500 fits.
    assert flux.std() == pytest.approx(np.mean([fit.uncertainty for fit in fits]), rel=0.1)
    pulls = [(fit.spix + 0.7) / fit.spix_uncertainty for fit in fits if fit.spix is not None]
    assert np.std(pulls) == pytest.approx(1, abs=0.1)  # 5 standard errors of 1500 fits
    assert np.mean([fit.chi2 for fit in fits]) == pytest.approx(2, abs=0.2)  # 4 standard errors of 1500 fits


def test_an_error_of_the_scale_is_one_of_the_flux_and_not_of_the_index():
    rng = np.random.default_rng(1)
    truth, sigma = power_law(1.0, -0.7), np.array([0.01, 0.03, 0.01, 0.02])
    fits = [
        fit_power_law(
            FREQUENCIES,
            truth * (1 + 0.1 * rng.standard_normal()) + sigma * rng.standard_normal(4),
            sigma,
            97e9,
            shared_error=0.1,
        )
        for _ in range(1000)
    ]
    # 1000 realisations: 4 standard errors.
    assert np.std([(fit.I - 1) / fit.uncertainty for fit in fits]) == pytest.approx(1, abs=0.1)
    # 1000 realisations: 4 standard errors.
    assert np.std([(fit.spix + 0.7) / fit.spix_uncertainty for fit in fits]) == pytest.approx(1, abs=0.1)
    without = fit_power_law(FREQUENCIES, truth, sigma, 97e9)
    with_it = fit_power_law(FREQUENCIES, truth, sigma, 97e9, shared_error=0.1)
    assert with_it.uncertainty == pytest.approx(np.hypot(without.uncertainty, 0.1))
    assert (with_it.spix, with_it.spix_uncertainty, with_it.chi2) == (
        without.spix,
        without.spix_uncertainty,
        without.chi2,
    )


def test_one_point_has_no_index():
    fit = fit_power_law([100e9], [2.0], [0.1])
    assert (fit.I, fit.uncertainty, fit.reference_hz, fit.n) == (
        2.0,
        pytest.approx(0.1),
        pytest.approx(100e9),
        1,
    )
    assert (fit.spix, fit.spix_uncertainty) == (None, None)
    assert fit.evaluate(200e9) == (2.0, pytest.approx(0.1))


def test_one_frequency_has_no_index():
    fit = fit_power_law([100e9, 100e9], [1.0, 2.0], [0.1, 0.1])
    assert (fit.I, fit.uncertainty, fit.spix) == (pytest.approx(1.5), pytest.approx(0.1 / 2**0.5), None)
    assert fit.chi2 == pytest.approx(50)


@pytest.mark.parametrize(
    "flux", [[-1.0, 1.0, -1.0, 1.0], [0.0, 0.0, 0.0, 0.0], [-1.0, -2.0, -1.0, -2.0], [-9, 0, 1, 9]]
)
def test_noise_has_no_index(flux):
    fit = fit_power_law(FREQUENCIES, flux, [1.0] * 4)
    assert fit.spix is None
    assert pytest.approx(np.mean(flux)) == fit.I


def test_points_without_an_error_or_a_flux_are_left_out():
    truth = power_law(1.0, -0.7)
    flux = np.append(truth, [np.nan, 5.0, 5.0])
    sigma = np.append(truth * 0.01, [0.1, 0.0, np.inf])
    fit = fit_power_law(np.append(FREQUENCIES, [95e9] * 3), flux, sigma)
    assert fit.n == 4
    assert fit.spix == pytest.approx(-0.7)


def test_nothing_to_fit():
    assert fit_power_law([], [], []) is None
    assert fit_power_law([100e9], [np.nan], [0.1]) is None


@pytest.mark.parametrize("reference", [0.0, -1e9, float("nan")])
def test_a_reference_frequency_is_positive(reference):
    with pytest.raises(InputError, match="reference_hz"):
        fit_power_law([100e9], [1.0], [0.1], reference)


def test_evaluate_propagates_errors():
    truth = power_law(1.0, -0.7)
    fit = fit_power_law(FREQUENCIES, truth, truth * 0.01)
    flux, error = fit.evaluate(345e9)
    assert flux == pytest.approx((345 / 97) ** -0.7, rel=1e-6)  # rounding
    assert error == pytest.approx(
        flux * np.hypot(fit.uncertainty / fit.I, np.log(345e9 / fit.reference_hz) * fit.spix_uncertainty),
        rel=1e-6,  # rounding
    )
    assert fit.evaluate(fit.reference_hz) == (pytest.approx(fit.I), pytest.approx(fit.uncertainty))


def test_another_reference_is_the_same_power_law():
    rng = np.random.default_rng(7)
    flux = power_law(1.0, -0.7) + 0.05 * rng.standard_normal(4)
    one = fit_power_law(FREQUENCIES, flux, [0.05] * 4)
    other = fit_power_law(FREQUENCIES, flux, [0.05] * 4, reference_hz=30e9)
    assert other.evaluate(100e9) == pytest.approx(one.evaluate(100e9), rel=1e-5)  # where the minimiser stops


def test_a_fit_goes_to_json():
    truth = power_law(1.0, -0.7)
    fit = fit_power_law(FREQUENCIES, truth, truth * 0.01)
    assert json.loads(json.dumps(asdict(fit)))["spix"] == pytest.approx(-0.7)
