"""Which rows of a table get which model, without CASA."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_gfluxscale.casa import model_rows

CHANNELS = (3, 1, 3, 2)  # of each data description


class Table:
    """A table tool of a main table whose rows lie in memory."""

    def __init__(self, rows: list[tuple[int, int]], tile: tuple[int, ...]) -> None:
        self.tile = tile
        self.ids = {"FIELD_ID": np.array([r[0] for r in rows]), "DATA_DESC_ID": np.array([r[1] for r in rows])}
        self.models = [np.full((2, CHANNELS[ddid]), -1.0 + 0j) for _, ddid in rows]
        self.written = [np.zeros(CHANNELS[ddid], dtype=int) for _, ddid in rows]

    def nrows(self) -> int:
        return len(self.models)

    def getcol(self, column: str, start: int, count: int) -> np.ndarray:
        return self.ids[column][start : start + count]

    def getdminfo(self) -> dict[str, dict[str, object]]:
        return {"*1": {"COLUMNS": ["MODEL_DATA"], "SPEC": {"DEFAULTTILESHAPE": self.tile}}}

    def putcol(self, column: str, values: np.ndarray, start: int, count: int) -> None:
        self.putcolslice(column, values, [0, 0], [1, self.models[start].shape[1] - 1], [1, 1], start, count)

    def putcolslice(
        self,
        column: str,
        values: np.ndarray,
        first: list[int],
        last: list[int],
        step: list[int],
        start: int,
        count: int,
    ) -> None:
        assert column == "MODEL_DATA"
        assert values.shape == (last[0] + 1, last[1] - first[1] + 1, count)
        for row in range(start, start + count):
            self.models[row][:, first[1] : last[1] + 1] = values[..., row - start]
            self.written[row][first[1] : last[1] + 1] += 1


@pytest.fixture(scope="module", autouse=True)
def small_pieces():
    """Let a few rows be several blocks and pieces."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model_rows, "_BLOCK_ROWS", 25)
        patch.setattr(model_rows, "_PIECE_VISIBILITIES", 12)
        yield


ROWS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, len(CHANNELS) - 1)), max_size=60)


@given(
    rows=ROWS,
    keys=st.sets(st.tuples(st.integers(0, 2), st.integers(0, 3))),
    all_rows=st.booleans(),
    tile=st.sampled_from([(), (2, 1, 1), (2, 3, 4), (2, 2, 50), (2, 100, 5)]),
)
def test_each_row_gets_its_own_model_once(rows, keys, all_rows, tile):
    def model(field: int, ddid: int) -> np.ndarray:
        return 100 * field + 10 * ddid + np.arange(2 * CHANNELS[ddid]).reshape(CHANNELS[ddid], 2) + 0j

    table = Table(rows, tile)
    others = [model(9, ddid) for ddid in range(len(CHANNELS))]
    model_rows.write_rows(table, {key: model(*key) for key in sorted(keys)}, others, fill=all_rows)
    for row, (field, ddid) in enumerate(rows):
        wanted = (field, ddid) in keys
        assert np.all(table.written[row] == (wanted or all_rows))
        if wanted or all_rows:
            np.testing.assert_array_equal(table.models[row], model(field if wanted else 9, ddid).T)


@given(rows=ROWS)
def test_each_tile_is_written_once(rows):
    tile_rows = 2
    table = Table(rows, (2, 3, tile_rows))
    pieces = []
    table.putcol = lambda _column, _values, start, count: pieces.append((start, count))
    table.putcolslice = lambda *arguments: pieces.append(arguments[-2:])
    spectra = {(field, 0): np.ones((3, 2)) for field in range(3)}
    model_rows.write_rows(table, spectra, [np.ones((n, 2)) for n in CHANNELS])
    ids = table.ids["DATA_DESC_ID"]
    mine = np.flatnonzero(np.isin(ids, (0, 2)))  # of the same shape
    tile_of_row = dict(zip(mine.tolist(), (np.arange(mine.size) // tile_rows).tolist(), strict=True))
    tiles = [{tile_of_row[row] for row in range(start, start + count)} for start, count in pieces]
    interruptions = np.count_nonzero(np.diff(np.flatnonzero(ids == 0)) > 1)  # by rows of other spws
    assert sum(map(len, tiles)) <= len(set().union(*tiles)) + interruptions
