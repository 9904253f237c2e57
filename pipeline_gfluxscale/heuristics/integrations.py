"""Find the rows of each integration if their times differ.

The times of an integration differ between baselines or data descriptions if a correlator or CASA's time average writes
the centroid of a baseline's valid data, or if a program rounds the times of each row on its own. A solve for each
distinct time would have the data of a few baselines only.
"""

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .left_out import SAME_TIME

#: Columns of the main table that tell the integrations.
OF_INTEGRATIONS = ("SCAN_NUMBER", "FIELD_ID", "DATA_DESC_ID", "ANTENNA1", "ANTENNA2", "TIME", "INTERVAL")

# Times of one integration differ by less than this fraction of the integration time; less than 1, so that errors of the
# times do not add the start of the next integration. Centroids of ten equal parts differ by up to 0.9.
_LARGEST_SPREAD = 0.9


def integrations(
    part: NDArray[np.int_], baseline: NDArray[np.int_], time: NDArray[np.float64], interval: NDArray[np.float64]
) -> NDArray[np.int_]:
    """Return the integration of each row, counted from 0.

    An integration has at most one row of each baseline, and its times differ by less than an integration time. That is
    the typical time between two rows of a baseline, or `interval` if that is shorter.

    Parameters
    ----------
    part : ndarray of int, shape (n_row,)
        Integrations are within a part: the rows of a scan, field and data description.
    baseline : ndarray of int, shape (n_row,)
        Any number for each baseline.
    time : ndarray of float, shape (n_row,)
        s
    interval : ndarray of float, shape (n_row,)
        The integration time as the row has it (s). Numbers that are not positive are ignored.
    """
    order = np.lexsort((time, part))
    parts, times = part[order], time[order]
    again = _next_of_baseline(parts, baseline[order], times)
    # The first row behind each row whose baseline already has a row since then.
    repeats = np.minimum.accumulate(again[::-1])[::-1]
    result = np.empty(time.size, dtype=int)
    edges = np.flatnonzero(np.diff(parts, prepend=parts[:1] - 1, append=parts[-1:] + 1))
    number = 0
    for first, end in itertools.pairwise(edges.tolist()):
        here = slice(first, end)
        limit = _LARGEST_SPREAD * _integration_time(times[here], again[here] - first, interval[order[here]])
        start = first
        while start < end:
            stop = min(int(repeats[start]), first + int(np.searchsorted(times[here], times[start] + limit)))
            stop = max(stop, start + 1)
            result[order[start:stop]] = number
            number, start = number + 1, stop
    return result


def _next_of_baseline(
    part: NDArray[np.int_], baseline: NDArray[np.int_], time: NDArray[np.float64]
) -> NDArray[np.int_]:
    """Return the index of the next row of the same baseline and part; the number of rows if there is none."""
    following = np.full(time.size, time.size)
    by_baseline = np.lexsort((time, baseline, part))
    before, after = by_baseline[:-1], by_baseline[1:]
    same = (part[before] == part[after]) & (baseline[before] == baseline[after])
    following[before[same]] = after[same]
    return following


def _integration_time(time: NDArray[np.float64], again: NDArray[np.int_], interval: NDArray[np.float64]) -> float:
    """Return the integration time of a part (s)."""
    repeated = again < time.size
    steps = time[again[repeated]] - time[repeated]
    known = [
        float(np.median(values))
        for values in (steps[steps > SAME_TIME], interval[np.isfinite(interval) & (interval > 0)])
        if values.size
    ]
    return min(known, default=SAME_TIME)


def count_integrations(time: NDArray[np.float64], interval: float) -> int:
    """Return the number of integrations of a scan and data description.

    Parameters
    ----------
    time : ndarray of float, shape (n_time,)
        The distinct times of its rows (s), sorted.
    interval : float
        Integration time (s); each time is an integration if it is not positive.
    """
    limit = _LARGEST_SPREAD * interval
    if not limit > 0 or np.all(np.diff(time) >= limit):
        return time.size
    number, start = 0, 0
    while start < time.size:
        number, start = number + 1, int(np.searchsorted(time, time[start] + limit))
    return number


def integration_times(columns: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    """Return one time for all rows of an integration: the mean of their times (s), shape (n_row,).

    The rows of an integration are found for each data description, whose integration times may differ; then the
    integrations of simultaneous data descriptions.

    Parameters
    ----------
    columns : mapping of str to ndarray, shape (n_row,)
        The columns of `OF_INTEGRATIONS`.
    """
    time, interval = columns["TIME"], columns["INTERVAL"]
    if _are_aligned(time, interval):
        return time
    description = columns["DATA_DESC_ID"]
    scan = _number(columns["SCAN_NUMBER"], columns["FIELD_ID"])
    baseline = _number(*np.sort([columns["ANTENNA1"], columns["ANTENNA2"]], axis=0))
    number = integrations(_number(scan, description), baseline, time, interval)
    lead = _row_of(number)
    joint = integrations(scan[lead], description[lead], _mean(number, time)[lead], interval[lead])
    return _mean(joint[number], time)


def with_flagged_rows(
    columns: Mapping[str, NDArray[Any]], times: NDArray[np.float64], good: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the times of integrations with flagged rows at the time of the integration that they lie in (s).

    It is the nearest one of their scan and field, up to half of the typical time between integrations. CASA solves for
    each distinct time, also if all its rows are flagged, and takes the first spw from the rows of that time.

    Parameters
    ----------
    columns : mapping of str to ndarray, shape (n_row,)
        The columns of `OF_INTEGRATIONS`.
    times : ndarray of float, shape (n_row,)
        The times of integrations for the good rows, and the times of the others.
    good : ndarray of bool, shape (n_row,)
        Rows that are not flagged.
    """
    result = times.copy()
    flagged = np.flatnonzero(~good)
    scan = _number(columns["SCAN_NUMBER"], columns["FIELD_ID"])
    for number in np.unique(scan[flagged]):
        known = np.unique(times[good & (scan == number)])
        if known.size == 0:
            continue
        rows = flagged[scan[flagged] == number]
        right = np.clip(np.searchsorted(known, times[rows]), 1, max(known.size - 1, 1))
        left, right = right - 1, np.minimum(right, known.size - 1)
        after_middle = times[rows] - known[left] > known[right] - times[rows]
        nearest = known[np.where(after_middle, right, left)]
        reach = np.median(np.diff(known)) if known.size > 1 else columns["INTERVAL"][rows]
        result[rows] = np.where(np.abs(nearest - times[rows]) <= reach / 2, nearest, times[rows])
    return result


def _are_aligned(time: NDArray[np.float64], interval: NDArray[np.float64]) -> bool:
    """Return whether the distinct times are so far apart that each is an integration of its own."""
    if time.size == 0:
        return True
    distinct = np.unique(time[np.flatnonzero(np.diff(time, prepend=np.nan) != 0)])
    longest = interval.max()
    return bool(longest > 0 and np.all(np.diff(distinct) >= _LARGEST_SPREAD * longest))


def _number(first: NDArray[np.int_], second: NDArray[np.int_]) -> NDArray[np.int_]:
    """Return a number for each pair of ids."""
    return (first.astype(int) * (int(second.max()) + 1)) + second


def _mean(group: NDArray[np.int_], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of the group of each row; exactly the value itself where a group has only one."""
    start = values[_row_of(group)][group]
    return start + (np.bincount(group, values - start) / np.bincount(group))[group]


def _row_of(group: NDArray[np.int_]) -> NDArray[np.int_]:
    """Return a row of each group; groups are counted from 0."""
    row = np.empty(int(group.max()) + 1, dtype=int)
    row[group] = np.arange(group.size)
    return row
