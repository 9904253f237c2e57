"""The SYSCAL table of a MeasurementSet: system temperatures as the telescope measured them."""

from pathlib import Path
from typing import Any

import numpy as np

from . import runtime
from .tools import open_table

_SCALARS = {"ANTENNA_ID": "int", "FEED_ID": "int", "SPECTRAL_WINDOW_ID": "int", "TIME": "double", "INTERVAL": "double"}
_UNITS = {"TIME": "s", "INTERVAL": "s", "TSYS_SPECTRUM": "K"}


def lack_of_system_temperatures(vis: Path) -> str:
    """Return why a MeasurementSet has no system temperatures that could be used; empty if it has some."""
    if not (vis / "SYSCAL" / "table.dat").is_file():
        return "it has no SYSCAL table"
    with open_table(vis / "SYSCAL") as table:
        columns = sorted({"TSYS_SPECTRUM", "TSYS"} & set(table.colnames()))
        if not table.nrows():
            return "its SYSCAL table is empty"
        if any(_has_positive(table, column) for column in columns):
            return ""
    return "all system temperatures of its SYSCAL table are missing, 0 or not a number"


def _has_positive(table: Any, column: str) -> bool:
    usable = table.query(f"isdefined({column}) && any({column} > 0 && isfinite({column}))")
    try:
        return bool(usable.nrows())
    finally:
        usable.close()


def write_system_temperatures(
    vis: Path, antenna: np.ndarray, spw: np.ndarray, time: np.ndarray, interval: np.ndarray, kelvin: np.ndarray
) -> None:
    """Give a MeasurementSet that has none a SYSCAL table.

    Parameters
    ----------
    vis : Path
    antenna, spw : ndarray of int, shape (n_row,)
    time, interval : ndarray of float, shape (n_row,)
        Centre (MJD, s) and length (s).
    kelvin : ndarray of float, shape (n_pol, n_chan, n_row)
        System temperatures (K).
    """
    columns = {name: {"valueType": kind, "option": 0, "maxlen": 0, "comment": ""} for name, kind in _SCALARS.items()}
    columns["TSYS_SPECTRUM"] = {"valueType": "float", "option": 0, "maxlen": 0, "ndim": 2, "comment": ""}
    for name, unit in _UNITS.items():
        columns[name]["keywords"] = {"QuantumUnits": np.array([unit])}
    columns["TIME"]["keywords"]["MEASINFO"] = {"type": "epoch", "Ref": "UTC"}  # type: ignore[index]
    path = vis / "SYSCAL"
    table = runtime.casatools().table()
    table.create(str(path), columns)
    try:
        table.addrows(antenna.size)
        values = (antenna, np.zeros_like(antenna), spw, time, interval)
        for name, value in zip(_SCALARS, values, strict=True):
            table.putcol(name, value.astype(np.int32) if _SCALARS[name] == "int" else value)
        table.putcol("TSYS_SPECTRUM", kelvin.astype(np.float32))
    finally:
        table.close()
    with open_table(vis, write=True) as main:
        main.putkeyword("SYSCAL", f"Table: {path}")
