"""Check that a path leads to a MeasurementSet with the tables that the stages and CASA need."""

import os
from pathlib import Path

from ..errors import InputError, UnreadableDataError
from .ms_files import check_files, check_plain_table
from .tools import open_table

# Sub-tables without which the data cannot be interpreted.
_SUBTABLES = ("ANTENNA", "DATA_DESCRIPTION", "FIELD", "OBSERVATION", "POLARIZATION", "SPECTRAL_WINDOW")
# Sub-tables without which CASA's solvers refuse the data; all but FEED may be empty.
_OF_EVERY_MS = ("FEED", "FLAG_CMD", "HISTORY", "POINTING", "PROCESSOR", "STATE")


def check_is_measurementset(path: Path) -> None:
    """Raise `InputError` unless `path` is a MeasurementSet, `UnreadableDataError` if it is an incomplete one."""
    if not os.path.exists(path):  # unlike Path.exists it raises nothing for a name that is too long
        raise InputError("vis", str(path), "no such MeasurementSet")
    if "'" in str(path) or '"' in str(path):
        raise InputError("vis", str(path), "CASA cannot select data of a path with a quote in it: rename it")
    if not (path / "table.dat").is_file():
        raise InputError("vis", str(path), "not a CASA table, so not a MeasurementSet")
    check_plain_table(path)
    check_files(path, ())
    with open_table(path) as table:
        keywords, columns = table.keywordnames(), table.colnames()
        subtables = [name for name in keywords if str(table.getkeyword(name)).startswith("Table: ")]
    missing = [name for name in _SUBTABLES if name not in keywords or not (path / name / "table.dat").is_file()]
    if missing or "DATA" not in columns:
        lacks = ", ".join(missing) or "the DATA column"
        # Without the version it is some other table, such as a calibration table or a sub-table.
        kind = UnreadableDataError if "MS_VERSION" in keywords else InputError
        raise kind("vis", str(path), f"not a MeasurementSet of visibilities: it lacks {lacks}")
    check_files(path, {*subtables, *_OF_EVERY_MS})
    with open_table(path / "FEED") as table:
        if not table.nrows():
            raise InputError("vis", str(path), "its sub-table FEED has no rows; CASA's solves end the process then")
