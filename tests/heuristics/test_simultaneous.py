"""Parts of the data that share a time belong together."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline_gfluxscale.heuristics.simultaneous import united


def test_parts_that_share_a_time():
    part = np.array([0, 1, 2, 2, 3, 0])
    time = np.array([0.0, 10.0, 10.0005, 20.0, 20.0, 30.0])
    assert united(part, time, 1e-3).tolist() == [0, 1, 1, 1]


def test_observations_in_turns_stay_apart():
    assert united(np.array([0, 1, 0, 1]), np.array([0.0, 1.0, 2.0, 3.0]), 1e-3).tolist() == [0, 1]


def test_no_rows():
    assert united(np.zeros(0, dtype=int), np.zeros(0), 1e-3).size == 0


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 8)), min_size=1))
def test_rows_of_one_time_are_of_one_part(rows):
    part, time = np.array(rows).T
    lead = united(part, time.astype(float), 0.1)
    assert np.all(lead[lead] == lead)
    assert np.all(lead <= np.arange(lead.size))
    for each in np.unique(time):
        assert np.unique(lead[part[time == each]]).size == 1
