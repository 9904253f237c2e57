"""Write tables of gains that this package has solved for, in CASA's form."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import runtime
from .tools import open_table


@dataclass(frozen=True)
class GainRows:
    """Solutions of one field and spw.

    Attributes
    ----------
    gain : ndarray of complex, shape (n_interval, n_par, n_ant)
    good : ndarray of bool, of the same shape
        Solutions that are not flagged.
    error, snr : ndarray of float, of the same shape
    time : ndarray of float, shape (n_interval,)
        MJD, s.
    scan, observation, refant : ndarray of int, shape (n_interval,)
        `refant` is -1 without a reference antenna.
    field, spw : int
    """

    gain: np.ndarray
    good: np.ndarray
    error: np.ndarray
    snr: np.ndarray
    time: np.ndarray
    scan: np.ndarray
    observation: np.ndarray
    refant: np.ndarray
    field: int
    spw: int


def write_gains(vis: Path, caltable: Path, gaintype: str, rows: list[GainRows], combined: Collection[int] = ()) -> None:
    """Append solutions to a gain table, which is created if it is not there.

    Parameters
    ----------
    vis : Path
        The MeasurementSet that the solutions are of.
    caltable : Path
    gaintype : str
        ``'G'``, with two parameters, or ``'T'``, with one.
    rows : list of GainRows
        A table of type G has two parameters even for data of one polarisation: the second one is flagged.
    combined : collection of int, optional
        The spws that the solutions were solved for together.
    """
    if not caltable.exists():
        tool = runtime.casatools().calibrater()
        tool.open(str(vis), addcorr=False, addmodel=False)
        try:
            tool.createcaltable(str(caltable), "Complex", f"{gaintype} Jones", True)
        finally:
            tool.close()
    with open_table(caltable, write=True) as table:
        for each in rows:
            n_interval, _, n_ant = each.gain.shape
            first, count = table.nrows(), n_interval * n_ant
            table.addrows(count)
            by_interval = {
                "TIME": each.time, "SCAN_NUMBER": each.scan, "OBSERVATION_ID": each.observation, "ANTENNA2": each.refant
            }  # fmt: skip
            columns = {name: np.repeat(values, n_ant) for name, values in by_interval.items()}
            columns["ANTENNA1"] = np.tile(np.arange(n_ant), n_interval)
            for name, value in (("FIELD_ID", each.field), ("SPECTRAL_WINDOW_ID", each.spw), ("INTERVAL", 0.0)):
                columns[name] = np.full(count, value)
            for name, cells in (
                ("CPARAM", each.gain),
                ("FLAG", ~each.good),
                ("PARAMERR", each.error),
                ("SNR", each.snr),
            ):
                columns[name] = _cells(cells)
            for name, values in columns.items():
                table.putcol(name, values.astype(np.int32) if values.dtype == np.int64 else values, first, count)
    if len(combined) > 1:
        _set_frequency(vis, caltable, sorted(combined))


def _set_frequency(vis: Path, caltable: Path, spws: list[int]) -> None:
    """Set the frequency of the lowest spw to the centroid of combined spws, as gaincal does.

    CASA scales phases from this frequency to those of the data if `interp` has 'PD'.
    """
    with open_table(vis / "SPECTRAL_WINDOW") as windows:
        frequency, width = (np.array([windows.getcell(n, spw) for spw in spws]) for n in ("CHAN_FREQ", "CHAN_WIDTH"))
    width = np.abs(width)
    total, mean_width = width.sum(axis=0), np.average(width, axis=0, weights=width)
    cells = {
        "CHAN_FREQ": frequency[0] + np.average(frequency - frequency[0], axis=0, weights=width),
        "CHAN_WIDTH": mean_width,
        "RESOLUTION": mean_width,
        "EFFECTIVE_BW": total,
    }
    with open_table(caltable / "SPECTRAL_WINDOW", write=True) as windows:
        for name, values in cells.items():
            windows.putcell(name, spws[0], values)
        windows.putcell("TOTAL_BANDWIDTH", spws[0], float(total.sum()))


def _cells(values: np.ndarray) -> np.ndarray:
    """Return values of shape (n_interval, n_par, n_ant) as a column of cells (n_par, 1 channel)."""
    return np.ascontiguousarray(values.transpose(1, 0, 2).reshape(values.shape[1], 1, -1))
