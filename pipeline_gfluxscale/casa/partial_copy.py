"""Copy the rows of some fields of a MeasurementSet, with all columns and models."""

import shutil
from pathlib import Path

from ..errors import NotEnoughDiskSpaceError
from .subtables import copy_rows
from .tasks import log_command
from .tools import open_table, query

# Sub-tables that may be large, and that are not needed to solve or to set models.
_EMPTY = ("POINTING", "SYSCAL", "WEATHER", "CALDEVICE")


def copy_fields(vis: Path, copy: Path, field_ids: list[int]) -> None:
    """Copy the rows of fields; all ids stay as they are.

    Parameters
    ----------
    vis, copy : Path
        The MeasurementSet, and the path of the copy.
    field_ids : list of int

    Raises
    ------
    NotEnoughDiskSpaceError
        If the disk has too little free space for the copy.
    """
    log_command("from pathlib import Path; from pipeline_gfluxscale.casa.partial_copy import copy_fields")
    log_command(f"copy_fields(Path({str(vis)!r}), Path({str(copy)!r}), {field_ids})")
    with open_table(vis) as table, query(table, f"FIELD_ID in {field_ids}") as rows:
        _check_space(vis, copy, rows.nrows() / max(1, table.nrows()))
        table.copy(str(copy), deep=True, valuecopy=True, norows=True).close()
        if rows.nrows():
            rows.copyrows(str(copy))
    for subtable in sorted(path.parent.name for path in copy.glob("*/table.dat")):
        if subtable not in _EMPTY and not subtable.startswith("ASDM_"):
            copy_rows(vis / subtable, copy / subtable)


def _check_space(vis: Path, copy: Path, fraction: float) -> None:
    needed = fraction * sum(path.stat().st_size for path in vis.glob("table.f*"))
    free = shutil.disk_usage(copy.parent).free
    if free < needed:
        what = f"a dry run's copy of the calibrators of {vis.name}"
        raise NotEnoughDiskSpaceError(
            f"{copy.parent} has {free / 1e9:.2f} GB free, and {what} needs {needed / 1e9:.2f} GB"
        )
