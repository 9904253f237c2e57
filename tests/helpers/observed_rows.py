"""The plans that the tests of the simulator share, and the rows of a MeasurementSet as arrays."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline_gfluxscale.casa.tools import open_table
from pipeline_gfluxscale.simulation import SimulationPlan, standard_plan

PLAN: SimulationPlan = standard_plan(
    "Uranus", wild=False, spw_frequencies=(224e9, 240e9), channels=8, antennas=6, phase_scans=2
)
# Field ids of standard_plan.
BANDPASS, PHASE, TARGET, REFERENCE, CHECK = range(5)

#: What stands between the sky and the data, switched off; static phases remain.
NO_AMPLITUDE_ERRORS: dict[str, Any] = {"noise_jy": 0.0, "gain_scatter": 0.0, "bandpass": False}

_COLUMNS = ("FIELD_ID", "DATA_DESC_ID", "SCAN_NUMBER", "STATE_ID", "ANTENNA1", "ANTENNA2", "TIME")


@dataclass(frozen=True)
class Rows:
    """The main table.

    Attributes
    ----------
    data : ndarray of complex, shape (n_corr, n_chan, n_row)
    flag : ndarray of bool, shape (n_corr, n_chan, n_row)
    weight, sigma : ndarray, shape (n_corr, n_row)
    uvw : ndarray, shape (3, n_row)
    field, spw, scan, state, antenna1, antenna2, time : ndarray, shape (n_row,)
    """

    data: np.ndarray
    flag: np.ndarray
    weight: np.ndarray
    sigma: np.ndarray
    uvw: np.ndarray
    field: np.ndarray
    spw: np.ndarray
    scan: np.ndarray
    state: np.ndarray
    antenna1: np.ndarray
    antenna2: np.ndarray
    time: np.ndarray

    def of(self, antenna: int) -> np.ndarray:
        """Return which rows have an antenna."""
        return (self.antenna1 == antenna) | (self.antenna2 == antenna)


def read_rows(vis: Path) -> Rows:
    """Read the main table of an observation whose spws have equally many channels."""
    with open_table(vis) as table:
        first = [table.getcol(column) for column in ("DATA", "FLAG", "WEIGHT", "SIGMA", "UVW")]
        return Rows(*first, *(table.getcol(column) for column in _COLUMNS))


def column(path: Path, name: str) -> list[Any]:
    """Read a column of a subtable, row by row."""
    with open_table(path) as table:
        return [table.getcell(name, row) for row in range(table.nrows())]
