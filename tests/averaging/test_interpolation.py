"""Interpolation of solutions, as CASA's manual and source have it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_gfluxscale.averaging.in_frequency import resample, resampled_flags, unwrapped
from pipeline_gfluxscale.averaging.in_time import interpolate, register
from pipeline_gfluxscale.averaging.solutions import Interpolation, UnsupportedCalibrationError

START = 5.2e9  # MJD in s


def at(times, solution_times, values, method, flag=None):
    values = np.array(values)
    flag = np.zeros(values.shape, dtype=bool) if flag is None else np.array(flag)
    where = register(START + np.array(solution_times), START + np.array(times), method)
    return interpolate(values, flag, where)


def test_linear_in_time_and_the_nearest_beyond_the_ends():
    value, phase, _ = at([-5.0, 0.0, 2.5, 10.0, 15.0, 99.0], [0, 10, 20], np.float32([1, 3, 5]), "linear")
    np.testing.assert_allclose(value, [1, 1, 1.5, 3, 4, 5])
    assert phase is None


def test_nearest_in_time_takes_the_earlier_of_two_that_are_as_near():
    value, _, _ = at([-5.0, 4.9, 5.0, 5.1, 99.0], [0, 10], np.float32([1, 3]), "nearest")
    np.testing.assert_allclose(value, [1, 1, 1, 3, 3])


def test_gains_are_interpolated_in_amplitude_and_phase_the_short_way_round():
    gains = np.array([2 * np.exp(3j), 4 * np.exp(-3j)], dtype=np.complex64)
    amplitude, phase, _ = at([5.0], [0, 10], gains, "linear")
    np.testing.assert_allclose(amplitude, [3], rtol=1e-6)  # complex64
    np.testing.assert_allclose(np.exp(1j * phase), [-1], atol=1e-6)  # complex64


def test_between_two_solutions_a_flag_of_either_counts_and_at_one_its_own():
    _, _, flag = at([0.0, 5.0, 10.0, 15.0], [0, 10, 20], np.float32([1, 2, 3]), "linear", [True, False, False])
    assert flag.tolist() == [True, True, False, False]


@pytest.mark.parametrize("times", [[0, 10, 5], [0, 10, 10]])
def test_solutions_out_of_order_are_left_to_casa(times):
    with pytest.raises(UnsupportedCalibrationError, match="order of time"):
        at([1.0], times, np.float32([1, 2, 3]), "linear")


def test_linear_between_channels_and_the_nearest_beyond_the_ends():
    known, wanted = np.array([1e9, 2e9, 3e9]), np.array([0.5e9, 1e9, 1.25e9, 3e9, 4e9])
    value, _, flag = resample(
        np.float32([[1, 3, 5]]), None, np.zeros((1, 3), bool), known, wanted, "linear", keep_flags=True
    )
    np.testing.assert_allclose(value, [[1, 1, 1.5, 5, 5]])
    assert not flag.any()


@given(st.lists(st.booleans(), min_size=5, max_size=5), st.sampled_from(["linear", "nearest"]), st.booleans())
def test_the_order_of_channels_is_no_matter(flags, method, keep_flags):
    """Frequencies that rise and fall, of the solutions and of the data."""
    known, wanted = 1e9 * np.arange(1, 6), 1e9 * np.array([0.5, 1.1, 2.4, 3.1, 3.7, 5.5])
    value, flag = np.float32([[1, 4, 9, 16, 25]]), np.array([flags])
    first = resample(value, value / 10, flag, known, wanted, method, keep_flags=keep_flags)
    for down, up in ((slice(None, None, -1), slice(None)), (slice(None), slice(None, None, -1))):
        other = resample(
            value[:, down], value[:, down] / 10, flag[:, down], known[down], wanted[up], method, keep_flags=keep_flags
        )
        for one, another in zip(first, other, strict=True):
            np.testing.assert_allclose(one, another[:, up], rtol=1e-6)  # complex64


def test_flagged_channels_are_interpolated_over_or_flag_what_needs_them():
    known, wanted = 1e9 * np.arange(1, 6), 1e9 * np.array([1.5, 2.5, 3.0, 3.5, 4.5])
    value, flag = np.float32([[1, 2, 99, 4, 5]]), np.array([[False, False, True, False, False]])
    over, _, good = resample(value, None, flag, known, wanted, "linear", keep_flags=False)
    np.testing.assert_allclose(over, [[1.5, 2.5, 3.0, 3.5, 4.5]])
    assert not good.any()
    kept = resampled_flags(flag[0], known, wanted, "linear")
    assert kept.tolist() == [False, True, True, True, False]
    near = resampled_flags(flag[0], known, 1e9 * np.array([2.4, 2.6, 3.4, 3.6]), "nearest")
    assert near.tolist() == [False, True, True, False]


def test_where_all_channels_are_flagged_all_are():
    _, _, flag = resample(
        np.ones((1, 2), np.float32), None, np.ones((1, 2), bool), np.arange(2.0), np.arange(3.0), "linear",
        keep_flags=False,
    )  # fmt: skip
    assert flag.all()


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=20))
def test_phases_are_followed_through_their_turns(steps):
    """Steps of less than half a turn come back; float32 of up to 60 rad has errors of 4e-6."""
    followed = np.cumsum(steps)
    wrapped = np.angle(np.exp(1j * followed)).astype(np.float32)
    np.testing.assert_allclose(np.diff(unwrapped(wrapped)), steps[1:], atol=2e-5)  # float32 phases of up to 2π, summed


@pytest.mark.parametrize(
    ("interp", "expected"),
    [
        ("", Interpolation("linear", "linear")),
        ("nearest", Interpolation("nearest", "linear")),
        ("linearPD,linear", Interpolation("linear", "linear", phase_delay=True)),
        ("linearperobs,linearflag", Interpolation("linear", "linear", per_observation=True, channel_flags=True)),
        ("nearest, nearestflag", Interpolation("nearest", "nearest", channel_flags=True)),
    ],
)
def test_how_casa_says_it(interp, expected):
    assert Interpolation.parse(interp) == expected


@pytest.mark.parametrize("interp", ["cubic", "linear,cubic", "linear,spline", "linear,linearrel", "best"])
def test_what_is_left_to_casa(interp):
    with pytest.raises(UnsupportedCalibrationError, match=interp):
        Interpolation.parse(interp)
