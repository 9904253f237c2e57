"""Phases relative to a reference antenna."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline_gfluxscale.solving.gains import Gains
from pipeline_gfluxscale.solving.reference_antenna import order_of_choice, refer_to

ORDER = [3, 1, 0, 2, 4]


def random_solutions(seed: int, bad: float) -> Gains:
    rng = np.random.default_rng(seed)
    shape = (8, 2, 5)
    good = rng.random(shape) >= bad
    gain = np.where(good, np.exp(1j * rng.uniform(-np.pi, np.pi, shape)), 1)
    return Gains(gain, good, 0.1 * good, 10.0 * good, np.ones_like(good))


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.2, 0.5]))
def test_differences_between_antennas_stay(seed, bad):
    gains = random_solutions(seed, bad)
    referred, refant = refer_to(gains, ORDER)
    gain, good, still_good = gains.gain, gains.good, referred.good
    assert not np.any(still_good & ~good)
    assert np.all(referred.gain[~still_good] == 1)
    for n in range(len(good)):
        kept = still_good[n]
        assert kept.any() == (refant[n] >= 0)
        np.testing.assert_array_equal(kept, good[n] if kept.any() else False)
        for hand in range(2):
            difference = referred.gain[n, hand, kept[hand]] * np.conj(gain[n, hand, kept[hand]])
            np.testing.assert_allclose(difference, difference[:1].repeat(difference.size), atol=1e-12)  # rounding


def test_the_reference_antenna_has_phase_zero():
    referred, refant = refer_to(random_solutions(1, 0.0), ORDER)
    assert referred.good.all()
    assert refant.tolist() == [3] * 8
    np.testing.assert_allclose(referred.gain[:, :, 3], 1)


def test_another_antenna_keeps_its_phase_while_the_reference_antenna_is_missing():
    gains = random_solutions(2, 0.0)
    gains.good[2:4, :, 3] = False
    referred, refant = refer_to(gains, ORDER)
    # The reference antenna is used again in the second interval in which it is there: it keeps its phase from then on.
    assert refant.tolist() == [3, 3, 1, 1, 1, 3, 3, 3]
    np.testing.assert_allclose(referred.gain[2:5, :, 1], referred.gain[1, :, 1][None].repeat(3, axis=0))
    np.testing.assert_allclose(referred.gain[5:, :, 3], referred.gain[4, :, 3][None].repeat(3, axis=0))


def test_an_interval_that_shares_no_antenna_with_the_one_before_is_lost():
    gains = random_solutions(3, 0.0)
    gains.good[4] = [False, False, False, True, True]
    gains.good[5] = [True, True, True, False, False]
    referred, refant = refer_to(gains, ORDER)
    assert refant[5] == -1
    assert not referred.good[5].any()
    assert referred.good[6].any()  # it is compared with interval 4


def test_a_hand_without_data():
    gains = random_solutions(4, 0.0)
    gains.good[:, 1] = gains.attempted[:, 1] = False
    referred, refant = refer_to(gains, ORDER)
    assert refant.tolist() == [3] * 8
    assert referred.good[:, 0].all()
    assert not referred.good[:, 1].any()
    np.testing.assert_allclose(referred.gain[:, 0, 3], 1)


def test_a_hand_with_data_but_without_solutions():
    """Nothing is left of the other hand, as by gaincal: one hand alone would pass for both."""
    gains = random_solutions(4, 0.0)
    gains.good[:, 1] = False
    referred, refant = refer_to(gains, ORDER)
    assert not referred.good.any()
    assert refant.tolist() == [-1] * 8


def test_other_antennas_follow_in_the_order_of_their_distance_from_the_last_reference_antenna():
    position = np.array([[0, 0, 0], [50, 0, 0], [400, 0, 0], [-30, 0, 0], [10, 0, 0]], dtype=float)
    assert order_of_choice([2, 0], position) == [2, 0, 4, 3, 1]
    assert order_of_choice([], position) == [0, 1, 2, 3, 4]


def test_the_latest_antenna_is_preferred_to_the_others_of_the_list():
    gains = random_solutions(5, 0.0)
    gains.good[:2, :, 3] = False
    assert refer_to(gains, ORDER)[1].tolist() == [1, 1, 1, 3, 3, 3, 3, 3]
    assert refer_to(gains, ORDER, latest=4)[1].tolist() == [4, 4, 4, 3, 3, 3, 3, 3]
