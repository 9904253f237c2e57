"""Create the MODEL_DATA column so that a MeasurementSet has the whole column or none, even if the process is killed.

CASA's setjy creates a missing column in the main table itself. If setjy is killed meanwhile, all models are zero, or
setjy refuses the table from then on, or CASA cannot open the table, as its description names a file that was not
written. Therefore this package creates the column in a second table, whose files are links to the files of the main
table, and one rename adds the column to the MeasurementSet.

The column is stored as CASA stores it, in tiles. Storage that holds a constant once for many rows (IncrementalStMan)
would be made at once, and CASA's tasks read and write it at the same speed. But when setjy was killed while it wrote
such a column, the column could not be read afterwards in 9 of 10 trials.
"""

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import CasaTaskError
from .allocation import reusing_memory
from .model_rows import Spectra, write_rows
from .tools import open_table

_COLUMN = "MODEL_DATA"
#: Directory in a MeasurementSet in which new columns are made, each in a directory of its own; `delete_unfinished`
#: deletes it.
UNFINISHED = "GFLUXSCALE_UNFINISHED"

_DEFAULT_TILE = [1, 64, 1024]


def has_model_column(vis: Path) -> bool:
    """Return whether the MODEL_DATA column exists."""
    with open_table(vis) as table:
        return _COLUMN in table.colnames()


def prepare_model_column(vis: Path) -> None:
    """Create MODEL_DATA if it is missing, filled with 1 Jy as CASA does.

    Parameters
    ----------
    vis : Path
        A MeasurementSet, which no other process may have locked.
    """
    write_spectra(vis, {})


def write_spectra(vis: Path, spectra: Spectra) -> None:
    """Write the same spectrum into MODEL_DATA for all rows of a field and data description.

    If the column is missing, it is created in the same pass, with 1 Jy for all other data.

    Parameters
    ----------
    vis : Path
        A MeasurementSet, which no other process may have locked.
    spectra : mapping of (field id, data description id) to ndarray of complex, shape (n_chan, n_corr)
        Jy.
    """
    if not has_model_column(vis) and _create_column(vis, spectra):
        return
    if spectra:
        with reusing_memory(), open_table(vis, write=True) as table:
            write_rows(table, spectra, list(_one_jansky(vis)))


def delete_unfinished(vis: Path) -> None:
    """Delete unfinished columns of killed runs; no other process may be making one."""
    shutil.rmtree(vis / UNFINISHED, ignore_errors=True)


def _create_column(vis: Path, spectra: Spectra) -> bool:
    """Create the column with the spectra in it; return False if another process has created it meanwhile."""
    linked = vis / UNFINISHED / f"{socket.gethostname()}-{os.getpid()}"
    try:
        link_table(vis, linked)
        with reusing_memory(), open_table(linked, write=True) as table:
            _add_column(table)
            write_rows(table, spectra, list(_one_jansky(vis)), fill=True)
        _check(linked)
        if has_model_column(vis):
            return False
        _add_to_main_table(vis, linked)
        return True
    finally:
        shutil.rmtree(linked, ignore_errors=True)
        with suppress(OSError):  # another process is making one
            linked.parent.rmdir()


def link_table(vis: Path, linked: Path) -> None:
    """Make a table of links to the main table's files; its description is a copy, which may change."""
    shutil.rmtree(linked, ignore_errors=True)
    linked.mkdir(parents=True)
    for path in vis.glob("table.*"):
        if path.name in ("table.dat", "table.info"):
            shutil.copy(path, linked)
        elif path.name != "table.lock":
            (linked / path.name).symlink_to(path.absolute())


def _check(linked: Path) -> None:
    """Raise `CasaTaskError` unless the column that was made can be read from the disk."""
    with open_table(linked) as table:
        last = table.nrows() - 1
        rows = {round(last * part) for part in (0, 0.25, 0.5, 0.75, 1)} if last >= 0 else set()
        for row in rows:
            model = table.getcell(_COLUMN, row)
            if not np.all(np.isfinite(model)):
                raise CasaTaskError(f"CASA did not write MODEL_DATA of {linked.parent.parent}: row {row} is wrong")


def _add_to_main_table(vis: Path, linked: Path) -> None:
    """Move the files of the column to the main table, and then the table's description, which names these files."""
    for path in linked.glob("table.f*"):
        if not path.is_symlink():
            path.replace(vis / path.name)
    # casacore stores the number of columns in the lock file, and would refuse a table with another number.
    if (vis / "table.lock").exists():
        os.truncate(vis / "table.lock", 0)
    shutil.copymode(vis / "table.dat", linked / "table.dat")
    (linked / "table.dat").replace(vis / "table.dat")


def _add_column(table: Any) -> None:
    description = table.getcoldesc("DATA")
    description.pop("shape", None)
    managers = table.getdminfo()
    tile = next((m["SPEC"].get("DEFAULTTILESHAPE", ()) for m in managers.values() if "DATA" in m["COLUMNS"]), ())
    names = {manager["NAME"] for manager in managers.values()}
    name = next(name for number in range(len(names) + 1) if (name := f"TiledModel{number or ''}") not in names)
    description |= {"option": 0, "ndim": 2, "dataManagerType": "TiledShapeStMan", "dataManagerGroup": name}
    manager = {
        "TYPE": "TiledShapeStMan",
        "NAME": name,
        "COLUMNS": [_COLUMN],
        "SPEC": {"DEFAULTTILESHAPE": list(tile) if len(tile) == 3 else _DEFAULT_TILE},
    }
    table.addcols({_COLUMN: description | {"keywords": {}}}, {"*1": manager})


def _one_jansky(vis: Path) -> Iterator[np.ndarray]:
    """Yield the model of 1 Jy for each data description, shape (n_chan, n_corr)."""
    with open_table(vis / "DATA_DESCRIPTION") as table:
        spws, polarizations = table.getcol("SPECTRAL_WINDOW_ID"), table.getcol("POLARIZATION_ID")
    with open_table(vis / "SPECTRAL_WINDOW") as table:
        channels = table.getcol("NUM_CHAN")
    with open_table(vis / "POLARIZATION") as table:
        for spw, polarization in zip(spws, polarizations, strict=True):
            one = np.ones(int(table.getcell("NUM_CORR", int(polarization))), dtype=complex)
            if one.size == 4:
                one[1:3] = 0
            yield np.broadcast_to(one, (int(channels[spw]), one.size))
