"""Find the distinct combinations of values in several columns."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Distinct(NamedTuple):
    """The distinct combinations of values, in the order of the values of the first column, then of the second, ...

    Attributes
    ----------
    values : ndarray, shape (n_column, n_distinct)
    first : ndarray of int, shape (n_distinct,)
        The first row with each combination.
    group : ndarray of int, shape (n_row,)
        The combination of each row.
    """

    values: NDArray[np.generic]
    first: NDArray[np.intp]
    group: NDArray[np.intp]


def distinct(columns: NDArray[np.generic]) -> Distinct:
    """Return the distinct combinations of values in the rows of a table.

    The result is that of `numpy.unique` along an axis, which takes five to ten times as long for columns of ids.

    Parameters
    ----------
    columns : ndarray of int or float, shape (n_column, n_row)
    """
    varying = columns[np.any(columns != columns[:, :1], axis=1)]
    # Without a varying column, the rows are in order already.
    order = np.lexsort(varying[::-1]) if len(varying) else np.arange(columns.shape[1])
    is_new = np.ones(order.size, dtype=bool)
    is_new[1:] = np.any(varying[:, order[1:]] != varying[:, order[:-1]], axis=0)
    group = np.empty_like(order)
    group[order] = np.cumsum(is_new) - 1
    first = order[is_new]
    return Distinct(columns[:, first], first, group)
