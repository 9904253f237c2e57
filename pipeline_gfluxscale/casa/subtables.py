"""Copies of sub-tables with all that lies in them.

CASA keeps the ephemerides of a MeasurementSet as tables in the directory of its FIELD table (``EPHEM0_Uranus.tab``).
No keyword names them, so the table tool does not copy them.
"""

from pathlib import Path

from .tools import open_table


def copy_rows(source: Path, target: Path) -> None:
    """Copy the rows of a sub-table, and the tables that lie in its directory.

    Parameters
    ----------
    source, target : Path
        Tables of the same columns; `target` has no rows.
    """
    with open_table(source) as table:
        if table.nrows():
            table.copyrows(str(target))
    for nested in sorted(source.iterdir()):
        if (nested / "table.dat").is_file() and not (target / nested.name).exists():
            with open_table(nested) as table:
                table.copy(str(target / nested.name), deep=True, valuecopy=True).close()
