"""What is left out although nobody flagged it: zeros, what is no number, data without weight, copies."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_gfluxscale.heuristics.left_out import (
    COPY,
    NO_WEIGHT,
    NOT_FINITE,
    UNFLAGGED,
    ZERO,
    LeftOut,
    copies,
    unusable,
    usable_weight,
)

SHAPE = (2, 4, 3)


def ones() -> np.ndarray:
    return np.ones(SHAPE, dtype=complex)


def test_usual_data_stay():
    assert unusable(ones(), np.ones((2, 3)), np.zeros(3, dtype=bool)) == {}


def test_a_zero_is_left_out_and_a_visibility_with_one_part_of_zero_is_not():
    data = ones()
    data[0, 1, 2] = 0
    data[1, 1, 1] = 1j
    masks = unusable(data, np.ones((2, 3)))
    assert set(masks) == {ZERO}
    assert np.argwhere(masks[ZERO]).tolist() == [[0, 1, 2]]


def test_cross_hands_of_zero_stay():
    """Noise-free simulations have them; parallel hands of zero are left out with four correlations too."""
    data = np.ones((4, 2, 3), dtype=complex)
    data[1:3] = 0
    assert unusable(data, np.ones((4, 3))) == {}
    data[3, 0, 0] = 0
    assert np.argwhere(unusable(data, np.ones((4, 3)))[ZERO]).tolist() == [[3, 0, 0]]


@pytest.mark.parametrize("value", [np.nan, np.inf, complex(0, np.nan), complex(-np.inf, 1)])
def test_what_is_no_number(value):
    data = ones()
    data[1, 2, 0] = value
    masks = unusable(data, np.ones((2, 3)))
    assert set(masks) == {NOT_FINITE}
    assert np.argwhere(masks[NOT_FINITE]).tolist() == [[1, 2, 0]]


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
def test_what_is_no_weight(value):
    weight = np.ones((2, 3))
    weight[0, 1] = value
    masks = unusable(ones(), weight)
    assert set(masks) == {NO_WEIGHT}
    assert np.argwhere(np.broadcast_to(masks[NO_WEIGHT], SHAPE))[:, [0, 2]].tolist() == [[0, 1]] * 4
    assert usable_weight(weight).tolist() == [[1, 0, 1], [1, 1, 1]]


def test_the_first_observation_counts_whatever_the_order_of_the_rows():
    key = np.array([[0, 0, 0, 1], [1, 1, 2, 2]])
    copy, first = copies(key, np.array([5.0, 5.0, 5.0, 5.0]), np.array([3, 1, 1, 1]))
    assert copy.tolist() == [True, False, False, False]
    assert first.tolist() == [1, 1, 2, 3]


def test_rounding_errors_of_times_and_integrations():
    """Times of MJD in s have a resolution of 1e-6 s; the shortest integrations of telescopes are 5 ms and longer."""
    time = 5.2e9 + np.array([0.0, 1e-6, 0.005])
    copy, _ = copies(np.zeros((1, 3), dtype=int), time, np.zeros(3, dtype=int))
    assert copy.tolist() == [False, True, False]


def test_a_row_without_usable_data_is_the_original_only_if_there_is_no_other():
    key, time, observation = np.zeros((1, 3), dtype=int), np.zeros(3), np.array([0, 1, 1])
    copy, first = copies(key, time, observation, np.array([True, False, False]))
    assert copy.tolist() == [True, False, True]
    assert first.tolist() == [1, 1, 1]
    assert copies(key, time, observation, np.ones(3, dtype=bool))[0].tolist() == [False, True, True]


def test_no_rows():
    copy, first = copies(np.zeros((5, 0), dtype=int), np.zeros(0), np.zeros(0, dtype=int))
    assert copy.size == first.size == 0


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 2)), max_size=30))
def test_one_row_of_each_kind_remains(rows):
    """Of antenna (the key), time and observation: the lowest observation, and of that the lowest row."""
    key, time, observation = np.array(rows, dtype=int).reshape(-1, 3).T
    copy, first = copies(key[None], time.astype(float), observation)
    for kind in {row[:2] for row in rows}:
        mine = [i for i, row in enumerate(rows) if row[:2] == kind]
        kept = min(mine, key=lambda i: (rows[i][2], i))
        assert [i for i in mine if not copy[i]] == [kept]
        assert set(first[mine].tolist()) == {kept}


def test_counts_are_of_what_nobody_flagged_and_each_visibility_counts_once():
    data, flag = ones(), np.zeros(SHAPE, dtype=bool)
    data[:, 0] = 0
    flag[0, 0, 0] = True
    left = LeftOut()
    masks = unusable(data, np.ones((2, 3)), np.array([False, False, True]))
    flags = left.leave_out(masks, flag, np.array([7, 7, 8]), 5)
    assert dict(left.number) == {
        (UNFLAGGED, 7, 5): 15,
        (UNFLAGGED, 8, 5): 8,
        (COPY, 8, 5): 8,
        (ZERO, 7, 5): 3,
    }
    assert flags[:, 0].all()
    assert flags[:, :, 2].all()
    assert not flags[:, 1:, :2].any()
    assert not flag[1:].any()
    assert left.fraction(ZERO) == 3 / 23
    assert left.fraction(ZERO, 7) == 3 / 15


def test_words_and_scores():
    left = LeftOut()
    assert left.sentences({}) == []
    assert left.score("a.ms") is None
    left.number.update({(UNFLAGGED, 1, 0): 900, (UNFLAGGED, 2, 0): 100, (ZERO, 2, 0): 10})
    (sentence,) = left.sentences({1: "J1", 2: "J2"})
    assert sentence.startswith("10 visibilities that are not flagged are exactly zero")
    assert sentence.endswith("(J2 #2 10 %)")
    assert left.score("a.ms").score == pytest.approx(0.9)
    assert left.score("a.ms").value == 0.01
    left.number[COPY, 1, 0] = 450
    left.overlaps = {(0, 2), (0, 0)}
    assert "OBSERVATION_ID 2 repeats 0;" in left.sentences({1: "J1", 2: "J2"})[0]
    assert left.score("a.ms").band == "blue"
