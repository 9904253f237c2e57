"""The MODEL_DATA column: made so that a kill at any moment leaves nothing that the next run cannot finish.

CASA's setjy adds the column by itself, but killed meanwhile it leaves zeros as the model of every field, and a table
that it refuses from then on. So the column is made here: while it is being filled it carries a mark.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .tools import open_table, query

_COLUMN = "MODEL_DATA"
_UNFINISHED = "GFLUXSCALE_UNFINISHED"

# Rows are written in pieces of about this many visibilities (64 MB of complex64).
_CHUNK_VISIBILITIES = 8_000_000
_DEFAULT_TILE = [1, 64, 1024]


def has_model_column(vis: Path) -> bool:
    """Return whether the MODEL_DATA column exists, and is no unfinished one of a run that was killed."""
    with open_table(vis) as table:
        return _COLUMN in table.colnames() and not _is_unfinished(table)


def prepare_model_column(vis: Path) -> None:
    """Make MODEL_DATA, or finish it, where there is none: as CASA does, 1 Jy for all data.

    Parameters
    ----------
    vis : Path
        A MeasurementSet; nothing happens if it has the column.
    """
    if has_model_column(vis):
        return
    with open_table(vis, write=True) as table:
        if _COLUMN not in table.colnames():
            _add_column(table)
            # The mark has to be on disk before anything else is.
            table.flush()
        for ddid, model in enumerate(_models_of_one_jansky(vis)):
            with query(table, f"DATA_DESC_ID == {ddid}") as rows:
                _fill(rows, model)
        table.flush()
        table.removecolkeyword(_COLUMN, _UNFINISHED)


def _is_unfinished(table: Any) -> bool:
    return _UNFINISHED in table.colkeywordnames(_COLUMN)


def _add_column(table: Any) -> None:
    description = table.getcoldesc("DATA")
    description.pop("shape", None)
    managers = table.getdminfo()
    tile = next((m["SPEC"].get("DEFAULTTILESHAPE", ()) for m in managers.values() if "DATA" in m["COLUMNS"]), ())
    names = {manager["NAME"] for manager in managers.values()}
    name = next(name for number in range(len(names) + 1) if (name := f"TiledModel{number or ''}") not in names)
    description |= {
        "option": 0,
        "ndim": 2,
        "dataManagerType": "TiledShapeStMan",
        "dataManagerGroup": name,
        "keywords": {_UNFINISHED: True},
    }
    manager = {
        "TYPE": "TiledShapeStMan",
        "NAME": name,
        "COLUMNS": [_COLUMN],
        "SPEC": {"DEFAULTTILESHAPE": list(tile) if len(tile) == 3 else _DEFAULT_TILE},
    }
    table.addcols({_COLUMN: description}, {"*1": manager})


def _models_of_one_jansky(vis: Path) -> Iterator[tuple[np.ndarray, int]]:
    """Yield the model of 1 Jy in each correlation, and the number of channels, of each data description."""
    with open_table(vis / "DATA_DESCRIPTION") as table:
        spws, polarizations = table.getcol("SPECTRAL_WINDOW_ID"), table.getcol("POLARIZATION_ID")
    with open_table(vis / "SPECTRAL_WINDOW") as table:
        channels = table.getcol("NUM_CHAN")
    with open_table(vis / "POLARIZATION") as table:
        for spw, polarization in zip(spws, polarizations, strict=True):
            n_corr = int(table.getcell("NUM_CORR", int(polarization)))
            one = np.ones(n_corr, dtype=np.complex64)
            if n_corr == 4:
                one[1:3] = 0
            yield one, int(channels[spw])


def _fill(rows: Any, model: tuple[np.ndarray, int]) -> None:
    one, n_chan = model
    step = max(1, _CHUNK_VISIBILITIES // (one.size * n_chan))
    for start in range(0, rows.nrows(), step):
        count = min(step, rows.nrows() - start)
        values = np.broadcast_to(one[:, None, None], (one.size, n_chan, count))
        rows.putcol(_COLUMN, np.asfortranarray(values), start, count)
