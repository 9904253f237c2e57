"""Write models that are the same for all rows of a field and data description, as fast as the table tool allows."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

#: Models (Jy) by field id and data description id, shape (n_chan, n_corr).
Spectra = Mapping[tuple[int, int], np.ndarray]

# Visibilities that are written at once; one needs about 50 bytes.
_PIECE_VISIBILITIES = 1_000_000
# Ids are read for this many rows at a time.
_BLOCK_ROWS = 200_000


def write_rows(table: Any, spectra: Spectra, others: Sequence[np.ndarray], *, fill: bool = False) -> None:
    """Write MODEL_DATA of the rows that have a spectrum, or of all rows.

    Rows are written in the order of the table, not field by field, in pieces of whole tiles of the column: CASA reads
    and writes a tile again for each piece that touches it.

    Parameters
    ----------
    table : table tool
        A main table, open for writing.
    spectra : mapping of (field id, data description id) to ndarray of complex, shape (n_chan, n_corr)
    others : sequence of ndarray of complex, shape (n_chan, n_corr)
        The model of all other fields, by data description id.
    fill : bool
        Whether to write `others`; otherwise the rows of other fields stay as they are.
    """
    models = [*others, *spectra.values()]
    tile, shapes = _tile(table), sorted({model.shape for model in others})
    pieces = [_rows_of_piece(n_chan, n_corr, tile) for n_chan, n_corr in shapes]
    kinds = np.array([shapes.index(model.shape) for model in others], dtype=int)
    seen = np.zeros(len(shapes), dtype=int)
    for start in range(0, table.nrows(), _BLOCK_ROWS):
        count = min(_BLOCK_ROWS, table.nrows() - start)
        field, ddid = (table.getcol(column, start, count) for column in ("FIELD_ID", "DATA_DESC_ID"))
        chosen = ddid.astype(int) if fill else np.full(count, -1)
        for number, (of_field, of_ddid) in enumerate(spectra, start=len(others)):
            chosen[(field == of_field) & (ddid == of_ddid)] = number
        for first, last in _pieces(kinds[ddid], chosen >= 0, seen, pieces):
            _write_piece(table, start + first, chosen[first:last], models, tile)


def _tile(table: Any) -> tuple[int, int]:
    """Return the channels and rows of a tile of MODEL_DATA; 1 and 1 if it is not tiled."""
    managers = [manager for manager in table.getdminfo().values() if "MODEL_DATA" in manager["COLUMNS"]]
    shape = list(managers[0]["SPEC"].get("DEFAULTTILESHAPE", ())) if managers else []
    return (int(shape[1]), int(shape[2])) if len(shape) == 3 else (1, 1)


def _rows_of_piece(n_chan: int, n_corr: int, tile: tuple[int, int]) -> int:
    """Return the rows of a piece: of as many tiles as are affordable, or of one whose channels are written in parts."""
    affordable = _PIECE_VISIBILITIES // (n_chan * n_corr)
    if affordable >= tile[1]:
        return affordable // tile[1] * tile[1]
    return min(tile[1], max(1, _PIECE_VISIBILITIES // (min(tile[0], n_chan) * n_corr)))


def _pieces(
    kind: np.ndarray, is_written: np.ndarray, seen: np.ndarray, rows_of_piece: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """Yield first and last (exclusive) row of the pieces to write.

    Parameters
    ----------
    kind : ndarray of int, shape (n_row,)
        The shape of each row; a column has tiles of its own for each shape.
    is_written : ndarray of bool, shape (n_row,)
    seen : ndarray of int, shape (n_shape,)
        The number of rows of each shape before these; the rows are added to it.
    rows_of_piece : sequence of int
        By shape.
    """
    piece = np.zeros(kind.size, dtype=int)
    for shape, rows in enumerate(rows_of_piece):
        mine = kind == shape
        number = int(np.count_nonzero(mine))
        piece[mine] = (seen[shape] + np.arange(number)) // rows
        seen[shape] += number
    keys = np.where(is_written, [kind, piece], -1)
    edges = np.flatnonzero(np.any(np.diff(keys, axis=1), axis=0)) + 1
    for first, last in pairwise([0, *edges.tolist(), kind.size]):
        if is_written[first]:
            yield first, last


def _write_piece(
    table: Any, start: int, chosen: np.ndarray, models: Sequence[np.ndarray], tile: tuple[int, int]
) -> None:
    numbers, index = np.unique(chosen, return_inverse=True)
    spectra = np.stack([models[number] for number in numbers])
    n_chan, n_corr = spectra.shape[1:]
    affordable = _PIECE_VISIBILITIES // (index.size * n_corr)
    if affordable >= n_chan:
        table.putcol("MODEL_DATA", spectra[index].T, start, index.size)
        return
    step = max(1, affordable // tile[0]) * tile[0]
    for first in range(0, n_chan, step):
        last = min(first + step, n_chan)
        values = spectra[:, first:last][index].T
        table.putcolslice("MODEL_DATA", values, [0, first], [n_corr - 1, last - 1], [1, 1], start, index.size)
