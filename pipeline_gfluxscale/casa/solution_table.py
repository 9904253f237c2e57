"""Read all solutions of a calibration table, to apply them while the data are averaged."""

from pathlib import Path
from typing import Any

import numpy as np

from ..averaging.solutions import SolutionTable, SpwSolutions, UnsupportedCalibrationError
from .tools import open_table, query

# CASA 5.3 and later write their version into the table. In earlier tables, delays have another reference frequency.
_VERSION = "CASA_Version"
# Tables of antennas' positions may also correct the VLA's delays of 2016, by an amount that depends on azimuth.
_VLA_DELAYS = "VLATrDelCorr"


def read_solution_table(caltable: Path) -> SolutionTable:
    """Read the solutions of a calibration table.

    Raises
    ------
    UnsupportedCalibrationError
        If it is not a table of solutions of antennas.
    """
    with open_table(caltable) as table:
        kind, columns = str(table.getkeyword("VisCal")), table.colnames()
        made_by = str(table.getkeyword(_VERSION)) if _VERSION in table.keywordnames() else ""
        if _VLA_DELAYS in table.keywordnames() and float(table.getkeyword(_VLA_DELAYS)):
            raise UnsupportedCalibrationError("corrections of the VLA's model of the troposphere")
        values = next((name for name in ("CPARAM", "FPARAM") if name in columns), None)
        if values is None:
            raise UnsupportedCalibrationError(f"tables of the type {kind}")
        frequency = _frequencies(caltable)
        spws = {}
        for spw in np.unique(table.getcol("SPECTRAL_WINDOW_ID")).tolist() if table.nrows() else ():
            with query(table, f"SPECTRAL_WINDOW_ID == {spw}") as rows:
                spws[spw] = _solutions(rows, values, frequency[spw])
    with open_table(caltable / "OBSERVATION") as table:
        num_observations = int(table.nrows())
    if kind == "K Jones" and not made_by:
        raise UnsupportedCalibrationError("delays of CASA before 5.3, of another reference frequency")
    centres = {spw: float(channels[channels.size // 2]) for spw, channels in frequency.items()}
    return SolutionTable(str(caltable), kind, spws, centres, num_observations)


def _frequencies(caltable: Path) -> dict[int, np.ndarray]:
    with open_table(caltable / "SPECTRAL_WINDOW") as table:
        return {row: np.atleast_1d(table.getcell("CHAN_FREQ", row)) for row in range(table.nrows())}


def _solutions(rows: Any, column: str, frequency: np.ndarray) -> SpwSolutions:
    values = rows.getcol(column)
    single = np.complex64 if np.iscomplexobj(values) else np.float32
    if values.shape[1] not in (1, frequency.size):
        raise UnsupportedCalibrationError("tables with more or fewer channels than their spws")
    observations = rows.getcol("OBSERVATION_ID") if "OBSERVATION_ID" in rows.colnames() else np.zeros(rows.nrows(), int)
    return SpwSolutions(
        time=rows.getcol("TIME"),
        antenna=rows.getcol("ANTENNA1"),
        field=rows.getcol("FIELD_ID"),
        observation=observations,
        values=np.ascontiguousarray(values.transpose(2, 0, 1), dtype=single),
        flag=np.ascontiguousarray(rows.getcol("FLAG").transpose(2, 0, 1)),
        frequency=frequency,
    )


def read_field_names(caltable: Path) -> list[tuple[int, str]]:
    """Return the ids and names of the fields in the FIELD table of a calibration table."""
    with open_table(caltable / "FIELD") as table:
        return [(row, str(name)) for row, name in enumerate(table.getcol("NAME"))]


def read_field_directions(caltable: Path) -> np.ndarray:
    """Return the directions (rad) of the fields of a calibration table, shape (n_field, 2).

    For a moving field it is the direction that CASA wrote into the table.
    """
    with open_table(caltable / "FIELD") as table:
        return np.array([np.asarray(table.getcell("PHASE_DIR", row))[:, 0] for row in range(table.nrows())])
