import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pipeline_gfluxscale.heuristics.outliers import LEAST_FACTOR, find_outliers, find_outliers_of_solutions

gains = hnp.arrays(float, st.integers(1, 40), elements=st.floats(1e-3, 1e3))


def unflagged(gain):
    return np.zeros(np.shape(gain), dtype=bool)


def test_sigma_is_that_of_a_normal_distribution():
    gain = np.random.default_rng(5).normal(0.3, 0.01, 100_000)
    result = find_outliers(gain, unflagged(gain), 50)
    assert result.median == pytest.approx(0.3, rel=1e-3)  # 100 000 draws: 8 standard errors of the median
    assert result.sigma == pytest.approx(0.01, rel=2e-2)  # 5 standard errors of the MAD
    assert not result.mask.any()


def test_known_numbers():
    # Median 3 and MAD 1: sigma is 1 / 0.6745.
    result = find_outliers([1, 2, 3, 4, 100], [False] * 5, 50)
    assert (result.median, result.sigma) == (3, pytest.approx(1.4826, abs=1e-4))  # 1.4826 has four digits
    np.testing.assert_allclose(result.sigma_values, np.array([2, 1, 0, 1, 97]) * 0.6745)
    assert result.mask.tolist() == [False, False, False, False, True]


def test_the_threshold_itself_is_no_outlier():
    gain = [1, 2, 3, 4, 100]
    assert not find_outliers(gain, unflagged(gain), 97 * 0.6745 * (1 + 1e-12)).mask.any()


def test_low_gains_are_outliers_too():
    gain = np.append(np.linspace(0.99, 1.01, 101), 0.1)
    assert find_outliers(gain, unflagged(gain), 50).mask.nonzero()[0].tolist() == [101]


def test_flagged_gains_are_neither_used_nor_found():
    gain = np.append(np.linspace(0.99, 1.01, 21), np.full(50, 1000.0))
    flagged = gain > 100
    result = find_outliers(gain, flagged, 50)
    assert result.median == pytest.approx(1.0)
    assert not result.mask.any()
    assert np.isnan(result.sigma_values[flagged]).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_gains_that_are_not_finite_count_as_flagged(bad):
    result = find_outliers([1.0, 1.1, bad, 0.9], [False] * 4, 50)
    assert result.median == 1.0
    assert not result.mask.any()


def test_complex_gains_are_judged_by_their_modulus():
    phases = np.exp(1j * np.linspace(0, 6, 20))
    gain = np.append(np.linspace(0.99, 1.01, 19), 5) * phases
    assert find_outliers(gain, unflagged(gain), 50).mask.nonzero()[0].tolist() == [19]


@pytest.mark.filterwarnings("error")
class TestMadOfZero:
    def test_flags_nothing_that_equals_the_median(self):
        result = find_outliers([0.5] * 6, [False] * 6, 50)
        assert not result.mask.any()
        np.testing.assert_array_equal(result.sigma_values, 0)

    def test_flags_what_differs(self):
        result = find_outliers([0.5] * 6 + [0.6], [False] * 7, 50)
        assert result.mask.tolist() == [False] * 6 + [True]

    def test_leaves_rounding_alone(self):
        rounded = float(np.nextafter(np.float32(0.5), np.float32(1)))
        assert not find_outliers([0.5] * 6 + [rounded], [False] * 7, 50).mask.any()

    def test_gains_of_zero_do_not_divide_by_zero(self):
        result = find_outliers([0.0, 0.0, 0.0, 1.0], [False] * 4, 50)
        assert result.mask.tolist() == [False, False, False, True]
        assert result.sigma_values.tolist() == [0, 0, 0, np.inf]

    def test_nothing_at_all(self):
        for gain, flagged in (([], []), ([1.0, 2.0], [True, True]), ([np.nan], [False])):
            result = find_outliers(gain, flagged, 50)
            assert not result.mask.any()
            assert np.isnan(result.median)
            assert np.isnan(result.sigma)


@given(gains, st.floats(1, 100), st.integers(-20, 20))
def test_scaling_all_gains_changes_no_flag(gain, threshold, exponent):
    # Powers of two are exact, so that not even a gain on the threshold may change sides.
    scaled = find_outliers(gain * 2.0**exponent, unflagged(gain), threshold)
    np.testing.assert_array_equal(scaled.mask, find_outliers(gain, unflagged(gain), threshold).mask)


@given(gains, st.floats(1, 100), st.randoms(use_true_random=False))
def test_the_order_of_the_gains_changes_no_flag(gain, threshold, random):
    order = list(range(gain.size))
    random.shuffle(order)
    shuffled = find_outliers(gain[order], unflagged(gain), threshold)
    np.testing.assert_array_equal(shuffled.mask, find_outliers(gain, unflagged(gain), threshold).mask[order])


@given(gains, st.floats(1, 100))
def test_half_of_the_gains_are_never_outliers(gain, threshold):
    assert find_outliers(gain, unflagged(gain), threshold).mask.sum() <= gain.size / 2


def two_solutions(disturbed_by: float, wild: float):
    """Nine antennas in two solutions; in the first one antenna is wild and the others are disturbed by a factor."""
    scatter = np.linspace(0.95, 1.05, 9)
    first = disturbed_by * scatter
    first[4] = wild
    return np.concatenate([first, scatter]), np.repeat([0, 1], 9)


def test_wild_gain_that_hides_behind_the_disturbance_it_causes():
    # gaincal's answer to a gain wrong by 200: 42.6, and the other antennas of that solution a factor 3.7 too high.
    gain, solution = two_solutions(3.7, 42.6)
    assert not find_outliers(gain, unflagged(gain), 50).mask.any()
    assert find_outliers_of_solutions(gain, unflagged(gain), solution, 50).mask.nonzero()[0].tolist() == [4]


def test_gains_below_three_times_their_solutions_median_are_not_wild():
    gain, solution = two_solutions(1.0, 2.9)
    assert find_outliers_of_solutions(gain, unflagged(gain), solution, 1).mask.sum() == 0
    gain, solution = two_solutions(1.0, 3.1)
    assert find_outliers_of_solutions(gain, unflagged(gain), solution, 1).mask.nonzero()[0].tolist() == [4]


def test_flagged_gains_are_not_wild_and_do_not_count():
    gain, solution = two_solutions(1.0, 1000.0)
    flagged = gain > 100
    assert not find_outliers_of_solutions(gain, flagged, solution, 50).mask.any()


@given(gains, st.floats(0.01, 100), st.integers(1, 5))
def test_scaling_each_solution_scales_nothing_in_the_wild_ones(gain, factor, count):
    solution = np.arange(gain.size) % count
    scaled = gain * np.where(solution == 0, factor, 1.0)
    before, after = (find_outliers_of_solutions(g, unflagged(g), solution, 3) for g in (gain, scaled))
    # Not at the thresholds themselves, where the last bit decides.
    ratio = np.array([g / np.median(gain[solution == s]) for g, s in zip(gain, solution, strict=True)])
    clear = (np.abs(before.sigma_values - 3) > 1e-6) & (np.abs(ratio - LEAST_FACTOR) > 1e-6)
    assert np.array_equal(before.mask[clear], after.mask[clear])
