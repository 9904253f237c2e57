"""Average visibilities over each scan, as gaincal does for a solution interval of 'inf'."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .distinct import distinct

# Rows that gaincal averages for one solution; feeds, observations and subarrays are solved for separately.
_KEYS = ("FIELD_ID", "SCAN_NUMBER", "OBSERVATION_ID", "ARRAY_ID", "FEED1", "FEED2", "ANTENNA1", "ANTENNA2")
_SUMS = frozenset({"EXPOSURE", "INTERVAL"})
_MEANS = frozenset({"TIME", "TIME_CENTROID", "UVW"})


@dataclass(frozen=True)
class ScanAverage:
    """Averages of rows of one data description.

    Attributes
    ----------
    columns : dict of str to ndarray
        Other columns of the main table; rows are the last axis.
    data, model : ndarray of complex64, shape (n_corr, n_row)
    weight : ndarray of float, shape (n_corr, n_row)
        Zero without unflagged data.
    """

    columns: dict[str, np.ndarray]
    data: np.ndarray
    model: np.ndarray
    weight: np.ndarray

    def select(self, rows: np.ndarray) -> "ScanAverage":
        """Return the rows where the mask `rows` is true."""
        columns = {name: values[..., rows] for name, values in self.columns.items()}
        return ScanAverage(columns, self.data[:, rows], self.model[:, rows], self.weight[:, rows])


def average_scans(
    columns: Mapping[str, np.ndarray], data: np.ndarray, model: np.ndarray, weight: np.ndarray
) -> ScanAverage:
    """Average the rows of each baseline and scan, with their weights.

    Parameters
    ----------
    columns : mapping of str to ndarray
        Columns of the main table, of one data description; rows are the last axis.
    data, model : ndarray of complex, shape (n_corr, n_row)
    weight : ndarray of float, shape (n_corr, n_row)
        Zero where data are flagged.

    Returns
    -------
    ScanAverage
        All baselines of a scan have the same time: the mean of its rows.
    """
    keys = np.stack([columns[name] for name in _KEYS])
    _, first, group = distinct(keys)

    def total(values: np.ndarray) -> np.ndarray:
        if np.iscomplexobj(values):
            return total(values.real) + 1j * total(values.imag)
        rows = np.atleast_2d(values)
        return np.stack([np.bincount(group, row, first.size) for row in rows]).reshape(*values.shape[:-1], first.size)

    number, weights = total(np.ones(group.size)), total(weight)
    divisor = np.where(weights > 0, weights, 1)
    averaged = {name: values[..., first] for name, values in columns.items()}
    averaged |= {name: total(columns[name]) for name in _SUMS}
    averaged |= {name: total(columns[name]) / number for name in _MEANS}
    of_scan = distinct(keys[:4][:, first]).group
    for name in ("TIME", "TIME_CENTROID"):
        times = np.bincount(of_scan[group], columns[name]) / np.bincount(of_scan[group])
        averaged[name] = times[of_scan]
    return ScanAverage(
        averaged,
        (total(data * weight) / divisor).astype(np.complex64),
        (total(model * weight) / divisor).astype(np.complex64),
        weights,
    )
