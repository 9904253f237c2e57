"""Read the visibilities of a MeasurementSet at full resolution, in pieces."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..averaging.distinct import distinct
from .tools import open_table, selected

# Number of rows of the main table whose ids are read at once; it limits the memory that the ids need.
_BLOCK_ROWS = 200_000


@dataclass(frozen=True)
class RowKeys:
    """Ids of the rows of a block of the main table.

    Attributes
    ----------
    first : int
        Number of the first row.
    keys : ndarray of int, shape (n_key, 4)
        The distinct data descriptions, fields, scans and states.
    index : ndarray of int, shape (n_row,)
        The key of each row; -1 for autocorrelations.
    """

    first: int
    keys: np.ndarray
    index: np.ndarray


@dataclass(frozen=True)
class Visibilities:
    """Visibilities of rows of one data description.

    Attributes
    ----------
    data : ndarray of complex64, shape (n_row, n_corr, n_chan)
    flag : ndarray of bool, of the same shape, or None
        None if nothing is flagged.
    model : ndarray of complex64, of the same shape, or None
    """

    data: np.ndarray
    flag: np.ndarray | None
    model: np.ndarray | None


class FullResolution:
    """An open MeasurementSet."""

    def __init__(self, table: Any) -> None:
        self._table = table
        self.has_model = "MODEL_DATA" in table.colnames()

    def blocks(self) -> Iterator[RowKeys]:
        """Yield the keys of all rows, block by block."""
        for first in range(0, self._table.nrows(), _BLOCK_ROWS):
            yield self._keys(first, min(_BLOCK_ROWS, self._table.nrows() - first))

    def _keys(self, first: int, count: int) -> RowKeys:
        names = ("DATA_DESC_ID", "FIELD_ID", "SCAN_NUMBER", "STATE_ID")
        ids = np.stack([self._table.getcol(name, first, count) for name in names])
        starts = np.flatnonzero(np.any(np.diff(ids, axis=1, prepend=ids[:, :1] - 1), axis=0))
        keys, _, index = distinct(ids[:, starts])
        of_rows = np.repeat(index, np.diff(starts, append=count))
        autocorrelations = self._table.getcol("ANTENNA1", first, count) == self._table.getcol("ANTENNA2", first, count)
        return RowKeys(first, keys.T, np.where(autocorrelations, -1, of_rows))

    def columns(self, rows: np.ndarray, names: Sequence[str]) -> dict[str, np.ndarray]:
        """Read columns with a value or a small array in each row; rows are the last axis."""
        with selected(self._table, rows) as chosen:
            return {name: chosen.getcol(name) for name in names}

    def visibilities(self, rows: np.ndarray, *, has_model: bool) -> Visibilities:
        """Read visibilities of one data description, with MODEL_DATA if `has_model` and there is that column."""
        with selected(self._table, rows) as chosen:
            data = _by_row(chosen.getcol("DATA"), np.complex64)
            flag = chosen.getcol("FLAG") | chosen.getcol("FLAG_ROW")
            model = _by_row(chosen.getcol("MODEL_DATA"), np.complex64) if has_model and self.has_model else None
        return Visibilities(data, _by_row(flag, bool) if flag.any() else None, model)


@contextmanager
def full_resolution(vis: Path) -> Iterator[FullResolution]:
    """Open a MeasurementSet for reading."""
    with open_table(vis) as table:
        yield FullResolution(table)


def _by_row(values: np.ndarray, dtype: type) -> np.ndarray:
    """Transpose an array of shape (n_corr, n_chan, n_row) to (n_row, n_corr, n_chan), with contiguous channels."""
    return np.ascontiguousarray(values.transpose(2, 0, 1), dtype=dtype)
