"""The distinct combinations of values in several columns."""

import hypothesis.strategies as st
import numpy as np
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays

from pipeline_gfluxscale.averaging.distinct import distinct


@given(arrays(np.int32, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12), elements=st.integers(-2, 2)))
def test_it_is_numpys_unique_along_an_axis(columns):
    values, first, index = np.unique(columns, axis=1, return_index=True, return_inverse=True)
    found = distinct(columns)
    assert found.values.tolist() == values.tolist()
    assert found.first.tolist() == first.tolist()
    assert found.group.tolist() == index.ravel().tolist()


def test_a_table_without_rows_has_no_combination():
    found = distinct(np.zeros((3, 0), dtype=int))
    assert found.values.shape == (3, 0)
    assert found.first.size == found.group.size == 0
