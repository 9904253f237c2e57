"""How many channels a bandpass solution needs."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_gfluxscale.heuristics.bandpass_channels import channel_snr, channels_per_solution


def test_the_snr_of_a_channel():
    # 100 integrations have 10 times the SNR of one, a channel of 400 a 20th of the spw's.
    assert channel_snr(60.0, 100, 400) == pytest.approx(30)


@pytest.mark.parametrize(
    ("snr", "even", "channels"),
    [(50, True, 1), (49, True, 2), (25, True, 4), (20, True, 8), (20, False, 7), (math.nan, True, 1), (0, True, 16)],
)
def test_as_many_channels_as_the_snr_needs(snr, even, channels):
    assert channels_per_solution(snr, 128, 50, 8, even=even) == channels


def test_a_spw_of_few_channels_has_one_a_solution():
    assert channels_per_solution(1.0, 4, 50, 8, even=True) == 1


@given(st.floats(0, 1e3), st.integers(1, 8000), st.integers(1, 20), st.booleans())
def test_there_are_always_enough_solutions(snr, num_channels, least, even):
    n = channels_per_solution(snr, num_channels, 50.0, least, even=even)
    assert 1 <= n <= max(1, num_channels // least)
    assert not even or num_channels % n == 0
