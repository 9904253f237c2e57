"""SPECTRAL_WINDOW, DATA_DESCRIPTION and POLARIZATION as ALMA fills them."""

from pathlib import Path
from typing import Any

import numpy as np

from ..casa.tools import open_table
from .plan import SimulationPlan
from .spw_layout import LaidOutSpw, lay_out, spw_ids

_TOPO = 5  # casacore's code of the topocentric frame of frequencies
_NO_SIDEBAND, _LOWER, _UPPER, _BOTH = range(4)
# ALMA's water vapour radiometers: centre and width of their channels (Hz).
_WVR_FREQUENCIES = (184.55e9, 186.55e9, 188.80e9, 190.55e9)
_WVR_WIDTHS = (1.5e9, 2.5e9, 2.0e9, 1.5e9)
_XX = 9  # casacore's code


def write_spectral_windows(vis: Path, plan: SimulationPlan) -> None:
    """Replace the spws of the plan by ALMA's, with one data description per spw, and renumber the data."""
    spws = lay_out(plan)
    with open_table(vis / "SPECTRAL_WINDOW", write=True) as table:
        table.removerows(list(range(table.nrows())))
        table.addrows(len(spws))
        associated = {"ASSOC_SPW_ID": "int", "ASSOC_NATURE": "string"}
        table.addcols({name: {"valueType": kind, "ndim": 1, "option": 0} for name, kind in associated.items()})
        for spw in spws:
            _write_row(table, spw, plan)
            same = [other.id for other in spws if other.planned == spw.planned and other.id != spw.id]
            # As ALMA does, the radiometers refer to the spws that follow theirs.
            partners = same or [spw.id + 1, spw.id + 2]
            table.putcell("ASSOC_SPW_ID", spw.id, np.array(partners, dtype=np.int32))
            table.putcell("ASSOC_NATURE", spw.id, np.array([""] * len(partners)))
    _write_polarizations(vis)
    with open_table(vis / "DATA_DESCRIPTION", write=True) as table:
        table.addrows(len(spws) - table.nrows())
        table.putcol("SPECTRAL_WINDOW_ID", np.arange(len(spws), dtype=np.int32))
        table.putcol("POLARIZATION_ID", np.array([int(spw.kind == "WVR") for spw in spws], dtype=np.int32))
    with open_table(vis, write=True) as table:
        table.putcol("DATA_DESC_ID", np.array(spw_ids(plan), dtype=np.int32)[table.getcol("DATA_DESC_ID")])


def _write_row(table: Any, spw: LaidOutSpw, plan: SimulationPlan) -> None:
    centres, widths, sideband = _channels(spw, plan)
    values = {
        "MEAS_FREQ_REF": _TOPO,
        "NAME": spw.name,
        "NUM_CHAN": centres.size,
        "CHAN_FREQ": centres,
        "CHAN_WIDTH": widths,
        "EFFECTIVE_BW": np.abs(widths),
        "RESOLUTION": np.abs(widths),
        "REF_FREQUENCY": float(centres[0]),
        "TOTAL_BANDWIDTH": float(np.abs(widths).sum()),
        "NET_SIDEBAND": sideband,
        "BBC_NO": 0 if spw.kind == "WVR" else plan.baseband(spw.planned),
        "FLAG_ROW": False,
    }
    for column, value in values.items():
        table.putcell(column, spw.id, value)


def _channels(spw: LaidOutSpw, plan: SimulationPlan) -> tuple[np.ndarray, np.ndarray, int]:
    """Return centres and widths (Hz) of the channels, and the sideband."""
    if spw.kind == "WVR":
        return np.array(_WVR_FREQUENCIES), np.array(_WVR_WIDTHS), _BOTH
    sideband = _LOWER if plan.is_lower_sideband(spw.planned) else _UPPER
    centres = plan.channel_frequencies(spw.planned)
    widths = np.full(centres.size, plan.channel_width(spw.planned))
    if spw.kind == "FULL_RES":
        return centres, widths, sideband
    return np.array([centres.mean()]), np.array([abs(widths.sum())]), sideband


def _write_polarizations(vis: Path) -> None:
    """Keep the correlations of the plan in row 0, and give row 1 to the radiometers: XX only."""
    with open_table(vis / "POLARIZATION", write=True) as table:
        table.removerows(list(range(1, table.nrows())))
        table.addrows(1)
        table.putcell("NUM_CORR", 1, 1)
        table.putcell("CORR_TYPE", 1, np.array([_XX], dtype=np.int32))
        table.putcell("CORR_PRODUCT", 1, np.zeros((2, 1), dtype=np.int32))
