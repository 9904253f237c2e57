"""Check that no file of a MeasurementSet is missing or cut off, as after a broken download or on a full disk.

casacore opens a table without looking at its data files. The later failure depends on the file: casacore names a
temporary object in its error, or reads zeros, or the process dies of a bus error if a file is too short.
"""

import math
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ..errors import InputError, UnreadableDataError
from . import terminal
from .tools import open_table

# A word near the start of table.dat names the kind of the table.
_HEAD_BYTES = 200


def check_plain_table(path: Path) -> None:
    """Raise `InputError` if the main table has no data itself: a multi-MS, or a reference to rows of another table.

    CASA's tasks make multi-MSs of a multi-MS, and MODEL_DATA of a view lies in another MeasurementSet.
    """
    with (path / "table.dat").open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if b"ConcatTable" in head:
        what = "it is a multi-MS (a virtual concatenation of several MeasurementSets)"
    elif b"RefTable" in head:
        what = "it is a reference to rows of another MeasurementSet"
    else:
        return
    remedy = f"split(vis='{path.name}', outputvis='plain.ms', datacolumn='all', keepmms=False)"
    raise InputError("vis", str(path), f"{what}, and the stage needs a plain one: CASA's {remedy} makes it")


def check_files(vis: Path, subtables: Iterable[str]) -> None:
    """Raise `UnreadableDataError` if a file of the main table or of a sub-table is missing or too short.

    Parameters
    ----------
    vis : Path
        The MeasurementSet.
    subtables : iterable of str
        Names of its sub-tables.
    """
    for name in ["", *sorted(subtables)]:
        table = vis / name
        if not (table / "table.dat").is_file():
            if name.startswith("ASDM_"):
                continue  # the observatory's own tables, which excerpts of its data leave out and CASA does not open
            raise _incomplete(vis, f"its sub-table {name} is missing, which CASA needs even without rows")
        try:
            with terminal.kept_in_log(), open_table(table) as opened:
                managers = list(opened.getdminfo().values())
        except RuntimeError as error:
            raise _incomplete(vis, _in_words(table, vis, str(error))) from None
        for manager in managers:
            _check_manager(vis, table, manager)


def _in_words(table: Path, vis: Path, error: str) -> str:
    """Return a sentence about CASA's error, with the state of the file that the error names."""
    named = re.search(re.escape(f"{table}/") + r"(table\.\w+)", error)
    if named is None:
        return f"CASA cannot open {table.relative_to(vis.parent)}: {error}"
    file = (table / named[1]).relative_to(vis)
    return f"its file {file} is {'cut off or damaged' if (vis / file).is_file() else 'missing'} (CASA: {error})"


def _check_manager(vis: Path, table: Path, manager: dict[str, Any]) -> None:
    for file, size in _files(table, manager):
        name = file.relative_to(vis)
        if not file.is_file():
            raise _incomplete(vis, f"its file {name} is missing")
        if file.stat().st_size < size:
            actual = file.stat().st_size
            raise _incomplete(vis, f"its file {name} is cut off: it has {actual} of at least {size} bytes")


def _incomplete(vis: Path, problem: str) -> UnreadableDataError:
    remedy = "the MeasurementSet is incomplete: copy or download it again"
    return UnreadableDataError("vis", str(vis), f"{problem}; {remedy}")


def _files(table: Path, manager: dict[str, Any]) -> Iterator[tuple[Path, int]]:
    """Yield the files of a storage manager, with the smallest size (bytes) that is complete."""
    name = f"table.f{manager['SEQNR']}"
    if "StMan" not in str(manager["TYPE"]):
        return  # a virtual column has no file
    yield table / name, 1
    cubes = [cube for cube in manager["SPEC"].get("HYPERCUBES", {}).values() if len(cube["TileShape"])]
    if not cubes:
        return
    sizes = [_num_tiles(cube) * int(cube["BucketSize"]) for cube in cubes]
    present = sorted(table.glob(f"{name}_TSM*"), key=lambda file: int(file.name.rpartition("_TSM")[2]))
    if not present:
        yield table / f"{name}_TSM{int(manager['TYPE'] == 'TiledShapeStMan')}", 1
    elif len(present) == len(sizes):  # cubes of a fixed size may share a file
        yield from zip(present, sizes, strict=True)


def _num_tiles(cube: dict[str, Any]) -> int:
    return math.prod(-(-int(n) // int(of)) for n, of in zip(cube["CubeShape"], cube["TileShape"], strict=True))
