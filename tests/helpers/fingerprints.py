"""What is in a MeasurementSet, as checksums that can be compared."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from pipeline_gfluxscale.casa.model_column import UNFINISHED
from pipeline_gfluxscale.casa.tools import open_table, query

#: What the issue names, first of all.
SACRED = ("DATA", "FLAG", "FLAG_ROW", "WEIGHT", "SIGMA", "CORRECTED_DATA")


def fingerprint(vis: Path) -> dict[str, str]:
    """Return a checksum of everything in an MS but HISTORY: each column, MODEL_DATA by field, each subtable.

    What a run that was killed may leave in it for the next one to delete is no part of it.

    The list of flag versions, and of whatever else lies beside the MS and has its name, is an entry too.
    """
    found = {"beside": str(sorted(path.name for path in vis.parent.glob(f"{vis.name}.flagversions*")))}
    with open_table(vis) as table:
        found["nrows"] = str(table.nrows())
        found["keywords"] = str(sorted(name for name in table.keywordnames()))
        for column in table.colnames():
            if column == "MODEL_DATA":
                fields = np.unique(table.getcol("FIELD_ID")).tolist()
                found |= {f"MODEL_DATA {field}": _model(table, field) for field in fields}
            else:
                found[column] = _column(table, column)
    for subtable in sorted(path.parent for path in vis.glob("*/table.dat")):
        if subtable.name not in ("HISTORY", UNFINISHED):
            found[subtable.name] = _subtable(subtable)
    return found


def changes(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """Return the names of the parts that differ."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def _model(table: Any, field: int) -> str:
    with query(table, f"FIELD_ID == {field}") as rows:
        return _column(rows, "MODEL_DATA")


def _column(table: Any, column: str) -> str:
    """Return the checksum of a column cell by cell where it has to be: cells may differ in shape, or be undefined."""
    try:
        return _digest(table.getcol(column))
    except RuntimeError:
        cells = [table.getcell(column, row) for row in range(table.nrows()) if table.iscelldefined(column, row)]
        return _digest(*cells)


def _subtable(path: Path) -> str:
    with open_table(path) as table:
        columns = sorted(table.colnames())
        return _digest(columns, *(_column(table, column) for column in columns))


def _digest(*values: Any) -> str:
    checksum = hashlib.sha256()
    for value in values:
        array = np.ascontiguousarray(np.asarray(value, dtype=None if not isinstance(value, list) else str))
        checksum.update(repr((array.dtype, array.shape)).encode())
        checksum.update(array.tobytes())
    return checksum.hexdigest()
