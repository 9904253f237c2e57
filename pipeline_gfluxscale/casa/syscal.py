"""The SYSCAL table of a MeasurementSet: system temperatures as the telescope measured them."""

from pathlib import Path
from typing import Any

import numpy as np

from .subtables import create_subtable
from .tools import open_table

_COLUMNS = {
    "ANTENNA_ID": ("int", ""),
    "FEED_ID": ("int", ""),
    "SPECTRAL_WINDOW_ID": ("int", ""),
    "TIME": ("double", "s"),
    "INTERVAL": ("double", "s"),
    "TSYS_SPECTRUM": ("float", "K"),
}


def lack_of_system_temperatures(vis: Path) -> str:
    """Return why a MeasurementSet has no usable system temperatures; empty if it has some."""
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
    """Add a SYSCAL table to a MeasurementSet without one.

    Parameters
    ----------
    vis : Path
    antenna, spw : ndarray of int, shape (n_row,)
    time, interval : ndarray of float, shape (n_row,)
        Centre (MJD, s) and length (s).
    kelvin : ndarray of float, shape (n_pol, n_chan, n_row)
        System temperatures (K).
    """
    values = {
        "ANTENNA_ID": antenna.astype(np.int32),
        "FEED_ID": np.zeros(antenna.size, dtype=np.int32),
        "SPECTRAL_WINDOW_ID": spw.astype(np.int32),
        "TIME": time,
        "INTERVAL": interval,
        "TSYS_SPECTRUM": kelvin.astype(np.float32),
    }
    create_subtable(vis, "SYSCAL", _COLUMNS, values)
