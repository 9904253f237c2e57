"""The SNR of phase solutions: simulated visibilities of known SNR, whatever their phases do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_gfluxscale.heuristics.phase_snr import solution_snr, visibility_snr2


def observed(snr, wander=0.0, n_baselines=800, n_times=40, seed=1, gain_scatter=0.0):
    """Return visibilities of amplitude `snr` and noise 1, whose phase changes by `wander` rad an integration."""
    rng = np.random.default_rng(seed)
    shape = n_baselines, n_times
    phase = np.cumsum(rng.normal(scale=wander, size=shape), axis=1) + rng.uniform(0, 2 * np.pi, (n_baselines, 1))
    gain = 1 + gain_scatter * rng.normal(size=(n_baselines, 1))
    value = snr * gain * np.exp(1j * phase) + rng.normal(size=shape) + 1j * rng.normal(size=shape)
    baseline, time = (axis.ravel() for axis in np.indices(shape))
    return value.ravel(), np.ones(value.size), baseline, np.zeros_like(baseline), time * 6.0


# The median of 31200 squares has a standard error of 1.3 %, which is one of 0.013 (snr**2 + 2) of the result.
@pytest.mark.parametrize("snr", [0.5, 1.0, 3.0, 30.0])
@pytest.mark.parametrize("wander", [0.0, 0.3, 0.6])
def test_snr_is_found_whatever_the_phases_do(snr, wander):
    expected = (snr**2 + 2) * np.cos(wander / 2) ** 2 - 2
    assert visibility_snr2(*observed(snr, wander)) == pytest.approx(
        expected,
        rel=0.06,
        abs=0.12 + (snr**2 - expected) / 2,  # 5 standard errors; the phases that change lower it
    )


def test_gains_that_differ_count_by_their_median():
    # The gains scatter by 20 %.
    assert visibility_snr2(*observed(10.0, gain_scatter=0.2)) == pytest.approx(100, rel=0.12)


def test_wild_amplitudes_do_not_count():
    value, weights, baseline, *rest = observed(10.0)
    value[baseline < 40] *= 40
    # 5 % of the baselines have wild amplitudes.
    assert visibility_snr2(value, weights, baseline, *rest) == pytest.approx(100, rel=0.2)


# Uncorrected, it would be 0.13 to 0.2 less. The noise, from 160000 differences, has a standard error of about 1 %.
@pytest.mark.parametrize("snr", [0.3, 1.0, 2.0])
def test_short_scans_of_faint_sources_are_not_biased(snr):
    found = visibility_snr2(*observed(snr, n_baselines=40_000, n_times=5))
    assert found == pytest.approx(snr**2, abs=0.03 * (snr**2 + 2))  # noise of the draws


def test_noise_alone_has_no_snr():
    assert visibility_snr2(*observed(0.0)) == pytest.approx(0, abs=0.15)  # noise of the draws


@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6))
def test_units_do_not_matter(jansky, weight):
    value, weights, *rest = observed(3.0, n_baselines=10)
    assert visibility_snr2(value * jansky, weights * weight, *rest) == pytest.approx(
        visibility_snr2(value, weights, *rest),
        rel=1e-6,  # rounding
    )


def test_visibilities_without_weight_do_not_count():
    value, weights, *rest = observed(3.0)
    value[::7], weights[::7] = 1e6, 0
    assert visibility_snr2(value, weights, *rest) == pytest.approx(9, rel=0.06)  # noise of the draws


def test_unequal_weights_are_known():
    value, weights, baseline, scan, time = observed(0.0)
    noisy = time % 12 == 0
    value[noisy] *= 3
    weights[noisy] = 1 / 9
    value = value + 4
    expected = np.mean(np.where(noisy, 16 / 9, 16))
    # Noise of the draws.
    assert visibility_snr2(value, weights, baseline, scan, time) == pytest.approx(expected, rel=0.1)


def test_one_visibility_a_scan_tells_nothing():
    value, weights, baseline, _, time = observed(3.0, n_baselines=3, n_times=2)
    assert np.isnan(visibility_snr2(value, weights, baseline, time.astype(int), time))


def test_no_noise_is_infinite_snr():
    value, weights, *rest = observed(3.0)
    assert visibility_snr2(np.ones_like(value), weights, *rest) == np.inf


def test_an_antenna_has_all_its_baselines():
    antennas, integrations = 10, 7
    visibilities = antennas * (antennas - 1) // 2 * integrations
    assert solution_snr(4.0, visibilities, antennas, integrations) == pytest.approx(2 * 3)
    assert solution_snr(4.0, 0, 0, 0) == 0
