import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_gfluxscale.heuristics.flux_statistics import VisibilityFlux, combine_polarisations, visibility_flux


def baselines(n_ant, n_int):
    """antenna1, antenna2 and times of a complete observation."""
    first, second = np.triu_indices(n_ant, k=1)
    times = 5.2e9 + 6.05 * np.arange(n_int)
    return np.tile(first, n_int), np.tile(second, n_int), np.repeat(times, first.size)


def noisy(flux, sigma, n, seed=1):
    rng = np.random.default_rng(seed)
    return flux + sigma * (rng.standard_normal(n) + 1j * rng.standard_normal(n))


def test_the_flux_is_a_weighted_vector_average():
    # (3 x 1 + 1 x 5j) / 4, of modulus sqrt(34) / 4: a scalar average would be 2.
    measured = visibility_flux([1, 5j], [3, 1], [0, 0], [1, 2], [0, 0])
    assert measured.flux == pytest.approx(34**0.5 / 4)
    assert measured.n_visibilities == 2


def test_the_uncertainty_by_hand():
    # 3 antennas and 2 integrations: 6 visibilities and 6 antenna-integrations, their mean is 6.
    vis = np.array([1.0, 3.0] * 3)
    measured = visibility_flux(vis, np.ones(6), *baselines(3, 2))
    assert measured.flux == 2
    assert measured.uncertainty == pytest.approx((1 / 6) ** 0.5)


@pytest.mark.parametrize(("n_ant", "n_int"), [(3, 4), (10, 5), (43, 2)])
def test_independent_samples_are_between_visibilities_and_antenna_integrations(n_ant, n_int):
    n_vis = n_int * n_ant * (n_ant - 1) // 2
    vis = 2 + np.where(np.arange(n_vis) % 2, 0.5, -0.5)
    measured = visibility_flux(vis, np.ones(n_vis), *baselines(n_ant, n_int))
    # Terms of order 1 / n.
    assert (0.5 / measured.uncertainty) ** 2 == pytest.approx((n_vis + n_int * n_ant) / 2, rel=2e-2)


def test_the_uncertainty_covers_the_scatter_of_the_flux():
    antenna1, antenna2, times = baselines(10, 5)
    runs = [
        visibility_flux(noisy(1.0, 0.2, times.size, seed), np.ones(times.size), antenna1, antenna2, times)
        for seed in range(300)
    ]
    scatter = np.std([run.flux for run in runs])
    assert scatter < np.mean([run.uncertainty for run in runs]) < 2 * scatter


def test_flagged_integrations_are_not_counted_as_if_they_were_there():
    # One baseline in each of 100 integrations: 200 antenna-integrations, whatever the number of antennas.
    n = 100
    antenna1, antenna2 = np.arange(n) % 10, 10 + np.arange(n) % 10
    measured = visibility_flux(1 + 0.1 * (-1.0) ** np.arange(n), np.ones(n), antenna1, antenna2, np.arange(n))
    assert measured.uncertainty == pytest.approx(0.1 / (n + 2 * n) ** 0.5 * 2**0.5, rel=1e-6)  # rounding


def test_what_is_flagged_or_not_finite_is_left_out():
    antenna1, antenna2, times = baselines(4, 2)
    vis = np.full(12, 2.0 + 0j)
    weights = np.ones(12)
    vis[0], vis[1], vis[2] = np.nan, 1000, 1000
    weights[1], weights[2] = 0, np.nan
    measured = visibility_flux(vis, weights, antenna1, antenna2, times)
    assert (measured.flux, measured.uncertainty, measured.n_visibilities) == (2, 0, 9)


@pytest.mark.parametrize("weights", [[], [0, 0], [np.nan, -1]])
def test_nothing_to_measure(weights):
    n = len(weights)
    assert visibility_flux(np.ones(n), weights, np.zeros(n, int), np.ones(n, int), np.zeros(n)) is None


def test_one_visibility_is_enough_for_a_flux():
    assert visibility_flux([3 + 4j], [1], [0], [1], [0]) == VisibilityFlux(5.0, 0.0, 1, 1.0)


@given(st.floats(1e-6, 1e6), st.floats(-np.pi, np.pi))
def test_flux_and_uncertainty_scale_and_phases_do_not_matter(factor, phase):
    vis, index = noisy(1.0, 0.1, 30), baselines(5, 3)
    one = visibility_flux(vis, np.ones(30), *index)
    other = visibility_flux(vis * factor * np.exp(1j * phase), np.full(30, factor**-2), *index)
    assert other.flux == pytest.approx(one.flux * factor)
    assert other.uncertainty == pytest.approx(one.uncertainty * factor)


class TestCombinePolarisations:
    def test_fluxes_and_variances_are_averaged(self):
        flux, uncertainty = combine_polarisations([VisibilityFlux(2.0, 0.3, 10), VisibilityFlux(4.0, 0.4, 10)])
        assert flux == 3
        assert uncertainty == pytest.approx((0.25 / 2) ** 0.5)

    def test_one_gain_for_both_is_right_for_their_mean_with_weights(self):
        """The least-squares amplitude of two polarisations is their mean with the weights of the fit."""
        gains, weights = np.array([1.1, 0.9]), np.array([3.0, 1.0])
        common = np.sum(weights * gains**2) / np.sum(weights)  # of |g|**2, what a baseline of equal antennas sees
        found = [VisibilityFlux(2.0 * g**2 / common, 0.0, 10, w) for g, w in zip(gains, weights, strict=True)]
        assert combine_polarisations(found)[0] == pytest.approx(2.0)

    def test_one_polarisation_is_enough(self):
        assert combine_polarisations([None, VisibilityFlux(2.0, 0.3, 10)]) == (2.0, pytest.approx(0.3))

    def test_no_polarisation(self):
        assert combine_polarisations([None, None]) is None
        assert combine_polarisations([]) is None
