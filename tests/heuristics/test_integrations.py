"""Rows of one integration have one time, although the times that were written differ."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_gfluxscale.heuristics.integrations import count_integrations, integration_times, with_flagged_rows

PAIRS = np.array(list(itertools.combinations(range(6), 2)))


def rows_of(centres: np.ndarray, interval: float = 6.0, spw: int = 0) -> dict[str, np.ndarray]:
    """Return the columns of a scan of six antennas."""
    time = np.repeat(centres, len(PAIRS))
    first, second = np.tile(PAIRS, (len(centres), 1)).T
    ones = np.ones(time.size, dtype=int)
    columns = {"SCAN_NUMBER": 3 * ones, "FIELD_ID": ones, "DATA_DESC_ID": spw * ones, "TIME": time.astype(float)}
    return columns | {"ANTENNA1": first, "ANTENNA2": second, "INTERVAL": interval * ones}


def both(*parts: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def assert_integrations(columns: dict[str, np.ndarray], expected: np.ndarray) -> None:
    """Assert that rows have the same time exactly if the `expected` integrations are the same."""
    times = integration_times(columns)
    pairs = np.unique([np.unique(times, return_inverse=True)[1], expected], axis=1)
    assert pairs.shape[1] == np.unique(times).size == np.unique(expected).size


def test_times_that_agree_stay_as_they_are():
    columns = rows_of(np.array([0.0, 6.0, 12.0, 60.1, 66.1]))
    assert integration_times(columns) is columns["TIME"]


@given(st.integers(0, 1000), st.floats(1e-9, 2.0), st.integers(0, 60))
def test_scattered_times_of_an_integration(seed, scatter, first):
    """Up to a third of the integration time to each side, and with a gap after the third integration."""
    centres = first + np.array([0.0, 6.0, 12.0, 31.0, 37.0])
    columns = rows_of(centres)
    number = np.repeat(np.arange(5), len(PAIRS))
    shuffled = np.random.default_rng(seed).permutation(number.size)
    columns["TIME"] = columns["TIME"] + np.random.default_rng(seed).uniform(-scatter, scatter, number.size)
    assert_integrations({name: values[shuffled] for name, values in columns.items()}, number[shuffled])
    times = integration_times(columns)
    for n in range(5):
        np.testing.assert_allclose(times[number == n], columns["TIME"][number == n].mean(), rtol=0, atol=1e-9)


def test_averages_in_time_of_data_that_are_partly_flagged():
    """An average of five has the mean time of its valid data: the times of an average differ by 4/5 of its length."""
    rng = np.random.default_rng(1)
    columns = rows_of(np.arange(10.0), interval=5.0)
    valid = rng.random((10, len(PAIRS), 5)) < 0.6
    valid[..., 2] |= ~valid.any(axis=-1)
    centroid = (valid * np.arange(5)).sum(axis=-1) / valid.sum(axis=-1)
    columns["TIME"] = (5 * np.arange(10)[:, None] + centroid).reshape(-1)
    columns["INTERVAL"] = valid.sum(axis=-1).reshape(-1).astype(float)
    columns["INTERVAL"][:] = 5.0
    assert_integrations(columns, np.repeat(np.arange(10), len(PAIRS)))


def test_spws_whose_times_differ():
    first, second = rows_of(np.array([0.0, 6.0])), rows_of(np.array([2e-6, 6.002]), spw=1)
    assert_integrations(both(first, second), np.tile(np.repeat([0, 1], len(PAIRS)), 2))


def test_spws_that_are_observed_in_turns_are_not_simultaneous():
    first, second = rows_of(np.array([0.0, 12.0])), rows_of(np.array([6.001, 18.0]), spw=1)
    assert_integrations(both(first, second), np.repeat([0, 2, 1, 3], len(PAIRS)))


def test_integration_times_of_spws_may_differ():
    """Three integrations of 2 s for one of 6 s, whose times scatter by 0.5 s."""
    short, long = rows_of(np.arange(9) * 2.0 + 1, 2.0), rows_of(np.arange(3) * 6.0 + 3, 6.0, spw=1)
    rng = np.random.default_rng(2)
    for columns in (short, long):
        columns["TIME"] = columns["TIME"] + rng.uniform(-0.25, 0.25, columns["TIME"].size)
    times = integration_times(both(short, long))
    assert np.unique(times).size == 9
    n = short["TIME"].size
    assert all(np.unique(times[n + 15 * k : n + 15 * (k + 1)]).size == 1 for k in range(3))


@pytest.mark.parametrize("interval", [0.0, -1.0, np.nan, 600.0])
def test_an_interval_that_is_wrong(interval):
    """The time between the rows of a baseline tells the integration time as well."""
    columns = rows_of(np.array([0.0, 6.0, 12.0]), interval)
    columns["TIME"] = columns["TIME"] + 1e-3 * np.arange(columns["TIME"].size) % 7
    assert_integrations(columns, np.repeat([0, 1, 2], len(PAIRS)))


def test_a_single_integration_and_no_rows():
    columns = rows_of(np.array([0.0]))
    columns["TIME"] = columns["TIME"] + 0.1 * np.arange(15)
    assert_integrations(columns, np.zeros(15, dtype=int))
    assert integration_times(rows_of(np.zeros(0))).size == 0


def times_with_flags(columns: dict[str, np.ndarray], good: np.ndarray) -> np.ndarray:
    times = columns["TIME"].copy()
    times[good] = integration_times({name: values[good] for name, values in columns.items()})
    return with_flagged_rows(columns, times, good)


@given(st.integers(0, 1000), st.floats(1e-9, 1.4))
def test_flagged_rows_have_the_time_of_their_integration(seed, scatter):
    """Up to a quarter of the integration time to each side; the second spw is flagged."""
    columns = both(rows_of(np.array([0.0, 6.0, 12.0])), rows_of(np.array([0.0, 6.0, 12.0]), spw=1))
    rng = np.random.default_rng(seed)
    columns["TIME"] = columns["TIME"] + rng.uniform(-scatter, scatter, columns["TIME"].size)
    times = times_with_flags(columns, (columns["DATA_DESC_ID"] == 0) & (rng.random(columns["TIME"].size) < 0.9))
    number = np.tile(np.repeat([0, 1, 2], len(PAIRS)), 2)
    assert all(np.unique(times[number == n]).size == 1 for n in range(3))
    assert np.unique(times).size == 3


def test_integrations_that_are_flagged_altogether_keep_their_times():
    columns = rows_of(np.array([0.0, 6.0, 12.0, 18.0, 24.0]))
    columns["TIME"] = columns["TIME"] + 0.1 * np.arange(columns["TIME"].size) % 1
    flagged = np.repeat([False, False, True, False, False], len(PAIRS))
    times = times_with_flags(columns, ~flagged)
    np.testing.assert_array_equal(times[flagged], columns["TIME"][flagged])
    assert np.unique(times[~flagged]).size == 4


@pytest.mark.parametrize("interval", [0.0, np.nan])
def test_flagged_rows_beside_a_single_integration_without_an_interval(interval):
    columns = rows_of(np.array([0.0, 6.0]), interval)
    good = columns["TIME"] == 0
    np.testing.assert_array_equal(times_with_flags(columns, good), columns["TIME"])
    other_scan = columns | {"SCAN_NUMBER": np.where(good, 3, 4)}
    np.testing.assert_array_equal(times_with_flags(other_scan, good), columns["TIME"])


@pytest.mark.parametrize(("interval", "number"), [(6.0, 3), (0.0, 7), (np.nan, 7), (1.5, 4)])
def test_number_of_integrations(interval, number):
    assert count_integrations(np.array([0, 1e-6, 1.0, 2.0, 6.0, 6.5, 12.0]), interval) == number
