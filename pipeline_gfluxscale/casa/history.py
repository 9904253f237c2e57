"""How a MeasurementSet was made, according to its HISTORY."""

import re
from pathlib import Path

from .tools import open_table

_TASK = re.compile(r"taskname\s*=\s*(?P<name>\w+)")
_OF_CORRECTED = re.compile(r"datacolumn\s*=\s*[\"']?corrected[\"']?", re.IGNORECASE)
_COPYING = ("split", "mstransform", "cvel2", "hanningsmooth", "partition", "uvcontsub")


def was_split_off_calibrated(vis: Path) -> bool:
    """Return whether DATA of a MeasurementSet were copied from CORRECTED_DATA of another MeasurementSet."""
    if not (vis / "HISTORY" / "table.dat").is_file():
        return False
    with open_table(vis / "HISTORY") as table:
        messages = [str(message) for message in table.getcol("MESSAGE")] if table.nrows() else []
    task = ""
    for message in messages:
        if match := _TASK.match(message.strip()):
            task = match["name"]
        elif task in _COPYING and _OF_CORRECTED.match(message.strip()):
            return True
    return False
