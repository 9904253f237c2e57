"""Which rows of a table get which model, without CASA."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_gfluxscale.casa import model_rows

CHANNELS = (3, 1, 3, 2)  # of each data description


class Table:
    """A table tool of a main table whose rows lie in memory."""

    def __init__(self, rows: list[tuple[int, int]]) -> None:
        self.ids = {"FIELD_ID": np.array([r[0] for r in rows]), "DATA_DESC_ID": np.array([r[1] for r in rows])}
        self.models = [np.full((2, CHANNELS[ddid]), -1.0 + 0j) for _, ddid in rows]
        self.written = [0] * len(rows)

    def nrows(self) -> int:
        return len(self.models)

    def getcol(self, column: str, start: int, count: int) -> np.ndarray:
        return self.ids[column][start : start + count]

    def putcol(self, column: str, values: np.ndarray, start: int, count: int) -> None:
        assert column == "MODEL_DATA"
        assert values.shape[2] == count
        for row in range(count):
            assert values[..., row].shape == self.models[start + row].shape
            self.models[start + row] = values[..., row]
            self.written[start + row] += 1


@pytest.fixture(scope="module", autouse=True)
def small_pieces():
    """Let a few rows be several blocks and pieces."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model_rows, "_BLOCK_ROWS", 25)
        patch.setattr(model_rows, "_PIECE_VISIBILITIES", 12)
        yield


ROWS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, len(CHANNELS) - 1)), max_size=60)


@given(rows=ROWS, keys=st.sets(st.tuples(st.integers(0, 2), st.integers(0, 3))), all_rows=st.booleans())
def test_each_row_gets_its_own_model_once(rows, keys, all_rows):
    def model(field: int, ddid: int) -> np.ndarray:
        return 100 * field + 10 * ddid + np.arange(2 * CHANNELS[ddid]).reshape(CHANNELS[ddid], 2) + 0j

    table = Table(rows)
    others = [model(9, ddid) for ddid in range(len(CHANNELS))] if all_rows else []
    model_rows.write_rows(table, {key: model(*key) for key in sorted(keys)}, others)
    for row, (field, ddid) in enumerate(rows):
        wanted = (field, ddid) in keys
        assert table.written[row] == (wanted or all_rows)
        if wanted or all_rows:
            np.testing.assert_array_equal(table.models[row], model(field if wanted else 9, ddid).T)
