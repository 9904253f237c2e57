"""Read the gains of a caltable and mark solutions as flagged in it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .tools import open_table


@dataclass(frozen=True)
class Gains:
    """The solutions of a gain table, one row per (time, antenna, spw).

    Attributes
    ----------
    gain : ndarray of complex, shape (n_pol, n_row)
    flag : ndarray of bool, shape (n_pol, n_row)
    field, spw, antenna, scan : ndarray of int, shape (n_row,)
    time, interval : ndarray of float, shape (n_row,)
        Centre (MJD, s) and length (s); CASA leaves the length 0 where it does not know it.
    """

    gain: np.ndarray
    flag: np.ndarray
    field: np.ndarray
    spw: np.ndarray
    antenna: np.ndarray
    scan: np.ndarray
    time: np.ndarray
    interval: np.ndarray

    @property
    def amplitude(self) -> np.ndarray:
        """Modulus of the first polarisation's gains, shape (n_row,); gaintype T has no second one."""
        modulus: np.ndarray = np.abs(self.gain[0])
        return modulus

    @property
    def good(self) -> np.ndarray:
        """Unflagged solutions of the first polarisation, shape (n_row,)."""
        good: np.ndarray = ~self.flag[0]
        return good

    def select(self, rows: np.ndarray) -> "Gains":
        """Return the rows where the mask `rows` is true."""
        return Gains(
            self.gain[:, rows],
            self.flag[:, rows],
            self.field[rows],
            self.spw[rows],
            self.antenna[rows],
            self.scan[rows],
            self.time[rows],
            self.interval[rows],
        )


def read_gains(caltable: Path) -> Gains:
    """Read all solutions of a gain table with one channel per spw."""
    with open_table(caltable) as table:
        column = {
            name: table.getcol(name)
            for name in (
                "CPARAM", "FLAG", "FIELD_ID", "SPECTRAL_WINDOW_ID", "ANTENNA1", "SCAN_NUMBER", "TIME",
                "INTERVAL",
            )
        }  # fmt: skip
    return Gains(
        gain=column["CPARAM"][:, 0, :],
        flag=column["FLAG"][:, 0, :],
        field=column["FIELD_ID"],
        spw=column["SPECTRAL_WINDOW_ID"],
        antenna=column["ANTENNA1"],
        scan=column["SCAN_NUMBER"],
        time=column["TIME"],
        interval=column["INTERVAL"],
    )


def flag_solutions(caltable: Path, rows: np.ndarray) -> None:
    """Flag the solutions in `rows` (row numbers) of a caltable, through the table itself.

    flagdata in list mode refuses a single command for a caltable's antenna.
    """
    with open_table(caltable, write=True) as table:
        for row in rows:
            table.putcell("FLAG", int(row), np.ones_like(table.getcell("FLAG", int(row))))


def multiply_gains(caltable: Path, factor: np.ndarray) -> None:
    """Multiply the solutions of a gain table and their errors; the signal-to-noise ratios stay the same.

    Parameters
    ----------
    caltable : Path
    factor : ndarray of float, shape (n_row,)
    """
    with open_table(caltable, write=True) as table:
        for column in ("CPARAM", "PARAMERR"):
            values = table.getcol(column)
            table.putcol(column, (values * factor).astype(values.dtype))


def median_snr(caltable: Path) -> dict[int, float]:
    """Return the median SNR of the solutions of each spw of a gain table; a flagged solution counts as SNR 0.

    A table has two polarisations even if the data have one: a polarisation without any solution is left out.
    """
    with open_table(caltable) as table:
        snr, flag, spw = table.getcol("SNR"), table.getcol("FLAG"), table.getcol("SPECTRAL_WINDOW_ID")
    observed = ~flag.all(axis=(1, 2))
    if not observed.any():
        return dict.fromkeys(np.unique(spw).tolist(), 0.0)
    snr = np.where(flag, 0.0, snr)[observed]
    return {spw_id: float(np.median(snr[..., spw == spw_id])) for spw_id in np.unique(spw).tolist()}
