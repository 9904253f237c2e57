"""Read and flag the channel-averaged visibilities of the working copy."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from .tools import open_table, query, selected


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
    antenna1, antenna2, scan, observation, description : ndarray of int, shape (n_row,)
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
    description: np.ndarray
    time: np.ndarray
    uv_distance: np.ndarray

    @classmethod
    def joined(cls, parts: Sequence["Visibilities"]) -> "Visibilities":
        """Return the rows of several visibilities with the same correlations."""
        if len(parts) == 1:
            return parts[0]
        names = [each.name for each in fields(cls)]
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in names})

    def select(self, rows: np.ndarray) -> "Visibilities":
        """Return the rows for which `rows`, shape (n_row,), is true."""
        if rows.all():
            return self
        return Visibilities(**{each.name: getattr(self, each.name)[..., rows] for each in fields(self)})


@dataclass(frozen=True)
class RowIndex:
    """What the rows of the working copy are of; TaQL would go over the whole table to select rows.

    Attributes
    ----------
    field, spw, scan : ndarray of int, shape (n_row,)
    """

    field: np.ndarray
    spw: np.ndarray
    scan: np.ndarray

    @classmethod
    def read(cls, vis: Path) -> "RowIndex":
        """Read the ids of all rows."""
        with open_table(vis / "DATA_DESCRIPTION") as table:
            spw_of = table.getcol("SPECTRAL_WINDOW_ID")
        with open_table(vis) as table:
            return cls(table.getcol("FIELD_ID"), spw_of[table.getcol("DATA_DESC_ID")], table.getcol("SCAN_NUMBER"))

    def rows(self, field_id: int, spw_id: int, scans: Sequence[int]) -> np.ndarray:
        """Return the numbers of the rows of a field, spw and scans."""
        rows = np.flatnonzero((self.field == field_id) & (self.spw == spw_id))
        return rows[np.isin(self.scan[rows], list(scans))]


def read_visibilities(vis: Path, rows: np.ndarray) -> Visibilities:
    """Read the calibrated visibilities (CORRECTED_DATA, or DATA if there is none) of rows of one field and spw."""
    if rows.size == 0:
        nothing, ids, numbers = np.zeros((1, 0)), np.zeros(0, dtype=int), np.zeros(0)
        data, flag = nothing.astype(complex), nothing.astype(bool)
        return Visibilities(data, data, flag, nothing, ids, ids, ids, ids, ids, numbers, numbers)
    with open_table(vis) as table, selected(table, rows) as chosen:
        column = "CORRECTED_DATA" if "CORRECTED_DATA" in table.colnames() else "DATA"
        uvw = chosen.getcol("UVW")
        return Visibilities(
            data=chosen.getcol(column)[:, 0, :],
            model=chosen.getcol("MODEL_DATA")[:, 0, :],
            flag=_flag(chosen),
            weight=chosen.getcol("WEIGHT"),
            antenna1=chosen.getcol("ANTENNA1"),
            antenna2=chosen.getcol("ANTENNA2"),
            scan=chosen.getcol("SCAN_NUMBER"),
            observation=chosen.getcol("OBSERVATION_ID"),
            description=chosen.getcol("DATA_DESC_ID"),
            time=chosen.getcol("TIME"),
            uv_distance=np.hypot(uvw[0], uvw[1]),
        )


def read_flags(vis: Path, rows: np.ndarray) -> np.ndarray:
    """Read the flags of rows of one field and spw, shape (n_corr, n_row)."""
    if rows.size == 0:
        return np.zeros((1, 0), dtype=bool)
    with open_table(vis) as table, selected(table, rows) as chosen:
        return _flag(chosen)


def _flag(rows: Any) -> np.ndarray:
    return np.asarray(rows.getcol("FLAG")[:, 0, :] | rows.getcol("FLAG_ROW"))


def flag_antenna(vis: Path, antenna: int, field_id: int, spw_id: int, scan: int, start: float, end: float) -> None:
    """Flag an antenna's visibilities of a scan from `start` to `end` (MJD, s) in the working copy."""
    where = (
        f"FIELD_ID == {field_id} && DATA_DESC_ID in {_data_descriptions(vis, spw_id)} && SCAN_NUMBER == {scan} && "
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
