"""Copy sub-tables with all tables in their directories.

CASA keeps the ephemerides of a MeasurementSet as tables in the directory of its FIELD table (``EPHEM0_Uranus.tab``).
No keyword refers to these tables, so the table tool does not copy them.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from . import runtime
from .tools import open_table


def copy_rows(source: Path, target: Path) -> None:
    """Copy the rows of a sub-table, and the tables in its directory.

    Parameters
    ----------
    source, target : Path
        Tables with the same columns; `target` has no rows.
    """
    with open_table(source) as table:
        if table.nrows():
            table.copyrows(str(target))
    for nested in sorted(source.iterdir()):
        if (nested / "table.dat").is_file() and not (target / nested.name).exists():
            with open_table(nested) as table:
                table.copy(str(target / nested.name), deep=True, valuecopy=True).close()


def create_table(path: Path, columns: Mapping[str, tuple[str, str]], values: Mapping[str, np.ndarray]) -> None:
    """Create a table.

    Parameters
    ----------
    path : Path
    columns : mapping of str to (str, str)
        Type and unit of each column, such as ``('double', 's')``; an empty unit means none.
    values : mapping of str to ndarray
        Rows are the last axis; a column of arrays has more axes.
    """
    description: dict[str, dict[str, Any]] = {}
    for name, (kind, unit) in columns.items():
        description[name] = {"valueType": kind, "option": 0, "maxlen": 0, "comment": ""}
        if np.ndim(values[name]) > 1:
            description[name]["ndim"] = np.ndim(values[name]) - 1
        if unit:
            description[name]["keywords"] = {"QuantumUnits": np.array([unit])}
    if "TIME" in description:
        description["TIME"]["keywords"]["MEASINFO"] = {"type": "epoch", "Ref": "UTC"}
    table = runtime.casatools().table()
    table.create(str(path), description)
    try:
        table.addrows(np.shape(next(iter(values.values())))[-1])
        for name, value in values.items():
            table.putcol(name, value.tolist() if columns[name][0] == "string" else value)
    finally:
        table.close()


def create_subtable(vis: Path, name: str, columns: Mapping[str, tuple[str, str]], values: Mapping[str, Any]) -> None:
    """Create a sub-table of a MeasurementSet that does not have it yet; see `create_table`."""
    create_table(vis / name, columns, values)
    with open_table(vis, write=True) as main:
        main.putkeyword(name, f"Table: {vis / name}")
