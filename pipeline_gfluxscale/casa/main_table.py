"""Make the main table of a MeasurementSet anew, without what columns that were removed have left in its description."""

import shutil
from pathlib import Path

from . import runtime
from .tools import open_table

_DESCRIPTIONS = ("_define_hypercolumn_", "_keywords_", "_private_keywords_")


def renew_main_table(vis: Path) -> None:
    """Copy the main table to a new one in its place; the sub-tables stay as they are.

    The description of a table keeps the tiling of a column that was removed, and CASA's concat fails on it:
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
