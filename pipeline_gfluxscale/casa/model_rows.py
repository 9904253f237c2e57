"""Write models that are the same for all rows of a field and data description, as fast as the table tool allows."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

#: Models (Jy) by field id and data description id, shape (n_chan, n_corr).
Spectra = Mapping[tuple[int, int], np.ndarray]

# Rows are written in pieces of about this many visibilities: arrays of this size (2 MB of complex128) reuse the memory
# of the piece before. Pieces of 8 000 000 take three times as long, as the system provides new memory for each.
_PIECE_VISIBILITIES = 131_072
# Ids are read for this many rows at a time.
_BLOCK_ROWS = 200_000


def write_rows(table: Any, spectra: Spectra, others: Sequence[np.ndarray] = ()) -> None:
    """Write MODEL_DATA of the rows that have a spectrum.

    Rows are written in the order of the table, not field by field, so that each tile of the column is written once.

    Parameters
    ----------
    table : table tool
        A main table, open for writing.
    spectra : mapping of (field id, data description id) to ndarray of complex, shape (n_chan, n_corr)
    others : sequence of ndarray of complex, shape (n_chan, n_corr), optional
        The model of all other fields, by data description id. If it is empty, the rows of other fields stay as they
        are.
    """
    models = [*others, *spectra.values()]
    for start in range(0, table.nrows(), _BLOCK_ROWS):
        count = min(_BLOCK_ROWS, table.nrows() - start)
        field, ddid = (table.getcol(column, start, count) for column in ("FIELD_ID", "DATA_DESC_ID"))
        chosen = ddid.astype(int) if others else np.full(count, -1)
        for number, (of_field, of_ddid) in enumerate(spectra, start=len(others)):
            chosen[(field == of_field) & (ddid == of_ddid)] = number
        for first, last in _runs_of_one_shape(chosen, models):
            _write_run(table, start + first, chosen[first:last], models)


def _runs_of_one_shape(chosen: np.ndarray, models: Sequence[np.ndarray]) -> Iterator[tuple[int, int]]:
    """Yield first and last (exclusive) row of consecutive rows to write with models of the same shape."""
    shapes = sorted({model.shape for model in models})
    shape_of_row = np.array([*(shapes.index(model.shape) for model in models), -1])[chosen]  # -1 for the last one
    edges = np.flatnonzero(np.diff(shape_of_row)) + 1
    for first, last in pairwise([0, *edges.tolist(), chosen.size]):
        if shape_of_row[first] >= 0:
            yield first, last


def _write_run(table: Any, start: int, chosen: np.ndarray, models: Sequence[np.ndarray]) -> None:
    step = max(1, _PIECE_VISIBILITIES // models[chosen[0]].size)
    for first in range(0, chosen.size, step):
        numbers, index = np.unique(chosen[first : first + step], return_inverse=True)
        values = np.stack([models[number] for number in numbers])[index]
        table.putcol("MODEL_DATA", values.T, start + first, index.size)
