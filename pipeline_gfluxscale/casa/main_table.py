"""Rebuild the main table of a MeasurementSet, so that its description has no entries of removed columns."""

import shutil
from pathlib import Path

from . import runtime
from .tools import open_table

_DESCRIPTIONS = ("_define_hypercolumn_", "_keywords_", "_private_keywords_")


def renew_main_table(vis: Path) -> None:
    """Replace the main table by a copy of itself; the sub-tables stay as they are.

    The description of a table keeps the tiling of a removed column, and CASA's concat then fails:
    "Table column MODEL_DATA is unknown".
    """
    new = vis.with_name(f"{vis.name}.renewed")
    shutil.rmtree(new, ignore_errors=True)
    with open_table(vis) as table:
        description = table.getdesc()
        tilings = description.get("_define_hypercolumn_", {})
        columns = set(table.colnames())
        kept = {name: value for name, value in description.items() if name not in _DESCRIPTIONS}
        kept["_define_hypercolumn_"] = {n: t for n, t in tilings.items() if set(t["HCdatanames"]) <= columns}
        keywords, info = table.getkeywords(), table.info()
        created = runtime.casatools().table()
        created.create(str(new), kept, dminfo=table.getdminfo())
        created.putinfo(info)
        created.close()
        table.copyrows(str(new))
    for path in vis.iterdir():
        if path.is_dir():
            path.rename(new / path.name)
    with open_table(new, write=True) as table:
        for name, value in keywords.items():
            is_subtable = isinstance(value, str) and value.startswith("Table: ")
            table.putkeyword(name, f"Table: {new / name}" if is_subtable else value)
    shutil.rmtree(vis)
    new.rename(vis)
