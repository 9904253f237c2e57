import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_gfluxscale.heuristics.refant import rank_reference_antennas


def in_line(*x):
    return [(each, 0.0, 0.0) for each in x]


def test_the_most_central_antenna_wins():
    assert rank_reference_antennas(["A", "B", "C"], in_line(-100, 10, 130), [1, 1, 1]) == ("B", "A", "C")


def test_flagged_data_cost_as_much_as_distance():
    # Scores of the published scheme, n_ant (1 - d / d_max) + n_ant x fraction: 3 + 1.2, 1.5 + 3, 0 + 3.
    ranking = rank_reference_antennas(["A", "B", "C"], in_line(0, -50, 100), [0.4, 1, 1])
    assert ranking == ("B", "A", "C")


def test_equal_antennas_rank_by_name():
    assert rank_reference_antennas(["D", "C", "B", "A"], in_line(-1, 1, -1, 1), [1] * 4) == (
        "A",
        "B",
        "C",
        "D",
    )


def test_antennas_without_data_come_last():
    ranking = rank_reference_antennas(["A", "B", "C"], in_line(0, -100, 1000), [0, 0.01, 0.01])
    assert ranking[-1] == "A"
    assert rank_reference_antennas(["A", "B"], in_line(0, 1), [np.nan, 0.1]) == ("B", "A")


def test_a_far_pad_does_not_move_the_centre():
    positions = in_line(0, 10, 20, 30, 16000)
    assert rank_reference_antennas(list("ABCDE"), positions, [1] * 5)[0] == "C"


def test_tiny_arrays():
    assert rank_reference_antennas([], np.empty((0, 3)), []) == ()
    assert rank_reference_antennas(["A"], in_line(5), [1]) == ("A",)


def test_every_antenna_needs_a_fraction():
    with pytest.raises(ValueError, match="broadcast"):
        rank_reference_antennas(["A", "B", "C"], in_line(0, 1, 2), [1, 1])


@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_the_order_of_the_antennas_does_not_matter(seed, n_ant):
    rng = np.random.default_rng(seed)
    names = [f"DA{number}" for number in range(41, 41 + n_ant)]
    positions, fraction = rng.normal(size=(n_ant, 3)), rng.integers(0, 3, n_ant) / 2
    order = rng.permutation(n_ant)
    ranking = rank_reference_antennas(names, positions, fraction)
    assert sorted(ranking) == names
    assert rank_reference_antennas([names[i] for i in order], positions[order], fraction[order]) == ranking


def test_an_antenna_without_a_position_is_no_centre():
    """It counts as the most distant one, and does not change the ranks of the others."""
    positions = [(np.nan, np.nan, np.nan), *in_line(0, 10, 130)]
    assert rank_reference_antennas(list("ABCD"), positions, [1] * 4) == ("C", "B", "A", "D")
    assert rank_reference_antennas(list("BA"), [(np.nan, 0, 0)] * 2, [1] * 2) == ("A", "B")
