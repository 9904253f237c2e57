"""Read and flag the channel-averaged visibilities of the working copy."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .tools import open_table, query


@dataclass(frozen=True)
class Visibilities:
    """Channel-averaged visibilities of one field and spw.

    Attributes
    ----------
    data : ndarray of complex, shape (n_corr, n_row)
        Jy, once calibrated.
    model : ndarray of complex, shape (n_corr, n_row)
    flag : ndarray of bool, shape (n_corr, n_row)
    weight : ndarray of float, shape (n_corr, n_row)
    antenna1, antenna2, scan, observation : ndarray of int, shape (n_row,)
    time : ndarray of float, shape (n_row,)
        MJD, s.
    uv_distance : ndarray of float, shape (n_row,)
        m
    """

    data: np.ndarray
    model: np.ndarray
    flag: np.ndarray
    weight: np.ndarray
    antenna1: np.ndarray
    antenna2: np.ndarray
    scan: np.ndarray
    observation: np.ndarray
    time: np.ndarray
    uv_distance: np.ndarray


def read_visibilities(vis: Path, field_id: int, spw_id: int, scans: Sequence[int]) -> Visibilities:
    """Read the calibrated visibilities (CORRECTED_DATA, or DATA if there is none) of a field, spw and scans."""
    where = _where(vis, field_id, spw_id, scans)
    with open_table(vis) as table, query(table, where) as rows:
        column = "CORRECTED_DATA" if "CORRECTED_DATA" in rows.colnames() else "DATA"
        if rows.nrows() == 0:
            nothing, ids, numbers = np.zeros((1, 0)), np.zeros(0, dtype=int), np.zeros(0)
            data, flag = nothing.astype(complex), nothing.astype(bool)
            return Visibilities(data, data, flag, nothing, ids, ids, ids, ids, numbers, numbers)
        uvw = rows.getcol("UVW")
        return Visibilities(
            data=rows.getcol(column)[:, 0, :],
            model=rows.getcol("MODEL_DATA")[:, 0, :],
            flag=rows.getcol("FLAG")[:, 0, :] | rows.getcol("FLAG_ROW"),
            weight=rows.getcol("WEIGHT"),
            antenna1=rows.getcol("ANTENNA1"),
            antenna2=rows.getcol("ANTENNA2"),
            scan=rows.getcol("SCAN_NUMBER"),
            observation=rows.getcol("OBSERVATION_ID"),
            time=rows.getcol("TIME"),
            uv_distance=np.hypot(uvw[0], uvw[1]),
        )


def flag_antenna(vis: Path, antenna: int, field_id: int, spw_id: int, scan: int, start: float, end: float) -> None:
    """Flag an antenna's visibilities of a scan from `start` to `end` (MJD, s) in the working copy."""
    where = (
        f"{_where(vis, field_id, spw_id, [scan])} && "
        f"(ANTENNA1 == {antenna} || ANTENNA2 == {antenna}) && TIME >= {start!r} && TIME <= {end!r}"
    )
    with open_table(vis, write=True) as table, query(table, where) as rows:
        if rows.nrows():
            rows.putcol("FLAG", np.ones_like(rows.getcol("FLAG")))


def flag_correlation(vis: Path, spw_id: int, correlation: int) -> None:
    """Flag a correlation (its index) of a spw in the working copy."""
    where = f"DATA_DESC_ID in {_data_descriptions(vis, spw_id)}"
    with open_table(vis, write=True) as table, query(table, where) as rows:
        if rows.nrows():
            flag = rows.getcol("FLAG")
            flag[correlation] = True
            rows.putcol("FLAG", flag)


def _data_descriptions(vis: Path, spw_id: int) -> list[int]:
    with open_table(vis / "DATA_DESCRIPTION") as table:
        return np.flatnonzero(table.getcol("SPECTRAL_WINDOW_ID") == spw_id).tolist()


def _where(vis: Path, field_id: int, spw_id: int, scans: Sequence[int]) -> str:
    ddids = _data_descriptions(vis, spw_id)
    if not ddids or not scans:
        return "FALSE"  # an empty set is an error of TaQL
    return f"FIELD_ID == {field_id} && DATA_DESC_ID in {ddids} && SCAN_NUMBER in {sorted(scans)}"
