"""Read caltables that have channels: bandpasses and system temperatures."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .tools import open_table, query


@dataclass(frozen=True)
class SpectralSolutions:
    """The solutions of one spw of a caltable, one row per antenna and time.

    Attributes
    ----------
    spw : int
    frequency : ndarray of float, shape (n_chan,)
        Hz
    antennas : tuple of str, length n_row
        Names.
    scan, field : ndarray of int, shape (n_row,)
    value : ndarray, shape (n_pol, n_chan, n_row)
        Complex gains of a bandpass table, K of a table of system temperatures.
    flag : ndarray of bool, shape (n_pol, n_chan, n_row)
    """

    spw: int
    frequency: np.ndarray
    antennas: tuple[str, ...]
    scan: np.ndarray
    field: np.ndarray
    value: np.ndarray
    flag: np.ndarray

    @property
    def solved(self) -> set[str]:
        """Names of the antennas that have a solution that is not flagged."""
        return {name for row, name in enumerate(self.antennas) if not self.flag[..., row].all()}


def read_spectral_table(caltable: Path) -> list[SpectralSolutions]:
    """Read all solutions of a caltable that has channels, by spw in ascending order."""
    with open_table(caltable / "ANTENNA") as table:
        names = [str(name) for name in table.getcol("NAME")]
    all_solutions = []
    with open_table(caltable) as table, open_table(caltable / "SPECTRAL_WINDOW") as windows:
        column = "CPARAM" if "CPARAM" in table.colnames() else "FPARAM"
        for spw in np.unique(table.getcol("SPECTRAL_WINDOW_ID")).tolist():
            with query(table, f"SPECTRAL_WINDOW_ID == {spw}") as rows:
                solutions = SpectralSolutions(
                    spw=spw,
                    frequency=windows.getcell("CHAN_FREQ", spw),
                    antennas=tuple(names[antenna] for antenna in rows.getcol("ANTENNA1")),
                    scan=rows.getcol("SCAN_NUMBER"),
                    field=rows.getcol("FIELD_ID"),
                    value=rows.getcol(column),
                    flag=rows.getcol("FLAG"),
                )
            all_solutions.append(solutions)
    return all_solutions
