"""Estimate starting gains, and multiply the models of the working copy with them, to solve for gains near 1.

gaincal minimises ``w |V - g_i g_j* M|**2`` iteratively, and converges only for gains near 1 (CASA 6.7.0). With 5
antennas of gain 6 and a reference antenna, only one antenna kept its solution. An antenna with 10 times the gain of the
others made the other gains 10 % too large; with 1000 times the gain, 10 times too large. If the model is multiplied
with starting gains, ``a_i a_j M``, the minimum is at ``g / a``, near 1. Multiplied with ``a``, the solutions are the
same, with the same signal-to-noise ratio. Solves for phases do not depend on the modulus of the model.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..averaging.distinct import distinct
from ..solving.normal_equations import parallel_hands
from .tools import open_table, query

_CHUNK_ROWS = 100_000


class Group(NamedTuple):
    """The data that share starting gains."""

    field: int
    spw: int
    scan: int


@dataclass
class BaselineAmplitudes:
    """Ratios of the moduli of visibilities and models, by baseline, from which starting gains are estimated.

    Attributes
    ----------
    log_ratio : ndarray of float, shape (n_ant, n_ant)
        Mean of ln|V / M|, Stokes I; symmetric.
    weight : ndarray of float, shape (n_ant, n_ant)
        Sum of w |M|**2; symmetric, 0 where there are no data.
    whole : ndarray of float, shape (n_ant, n_ant)
        Number of visibilities that gaincal uses: it flags both parallel hands if one is flagged; symmetric.
    """

    log_ratio: np.ndarray
    weight: np.ndarray
    whole: np.ndarray

    @property
    def antennas(self) -> np.ndarray:
        """Whether each antenna has unflagged data, shape (n_ant,)."""
        return np.asarray(self.weight.sum(axis=1) > 0)

    @property
    def solvable(self) -> np.ndarray:
        """Whether each antenna has data that gaincal uses, shape (n_ant,)."""
        return np.asarray(self.whole.sum(axis=1) > 0)


def read_amplitudes(vis: Path) -> dict[Group, BaselineAmplitudes]:
    """Return the amplitudes of the unflagged visibilities of a working copy, in units of their model.

    Parameters
    ----------
    vis : Path
        MS with one channel per spw and with MODEL_DATA.
    """
    with open_table(vis / "ANTENNA") as antennas:
        n = antennas.nrows()
    sums: dict[Group, np.ndarray] = {}
    for spw, rows in _spws(vis):
        for start, count in _chunks(rows):
            group, index = _groups(rows, start, count)
            baseline = rows.getcol("ANTENNA1", start, count) * n + rows.getcol("ANTENNA2", start, count)
            logarithm, weight, is_whole = _log_ratio(rows, start, count)
            for i, (field, scan) in enumerate(group):
                mine = (index == i) & (weight > 0)
                total = sums.setdefault(Group(field, spw, scan), np.zeros((3, n * n)))
                total[0] += np.bincount(baseline[mine], weight[mine] * logarithm[mine], n * n)
                total[1] += np.bincount(baseline[mine], weight[mine], n * n)
                total[2] += np.bincount(baseline[mine & is_whole], minlength=n * n)
    return {group: _symmetric(*total.reshape(3, n, n)) for group, total in sums.items() if total[1].any()}


def multiply_models(vis: Path, gains: Mapping[Group, np.ndarray]) -> None:
    """Multiply the models of a working copy with the product of its antennas' gains.

    Parameters
    ----------
    vis : Path
    gains : mapping of Group to ndarray of float, shape (n_ant,)
        Models of data in no group stay as they are.
    """
    for spw, rows in _spws(vis, write=True):
        for start, count in _chunks(rows):
            group, index = _groups(rows, start, count)
            antenna1, antenna2 = rows.getcol("ANTENNA1", start, count), rows.getcol("ANTENNA2", start, count)
            factor = np.ones(count)
            for i, (field, scan) in enumerate(group):
                gain = gains.get(Group(field, spw, scan))
                if gain is not None:
                    mine = index == i
                    factor[mine] = gain[antenna1[mine]] * gain[antenna2[mine]]
            model = rows.getcol("MODEL_DATA", start, count) * factor
            rows.putcol("MODEL_DATA", model.astype(np.complex64), start, count)


def _symmetric(log_ratio: np.ndarray, weight: np.ndarray, whole: np.ndarray) -> BaselineAmplitudes:
    total, weights = log_ratio + log_ratio.T, weight + weight.T
    mean = np.divide(total, weights, out=np.zeros_like(total), where=weights > 0)
    wholes = whole + whole.T
    for matrix in (weights, wholes):
        np.fill_diagonal(matrix, 0.0)  # autocorrelations
    return BaselineAmplitudes(mean, weights, wholes)


def _spws(vis: Path, *, write: bool = False) -> Iterator[tuple[int, Any]]:
    """Yield the rows of each data description with its spw."""
    with open_table(vis / "DATA_DESCRIPTION") as table:
        spw_of = table.getcol("SPECTRAL_WINDOW_ID").tolist()
    with open_table(vis, write=write) as table:
        for ddid, spw in enumerate(spw_of):
            with query(table, f"DATA_DESC_ID == {ddid}") as rows:
                yield spw, rows


def _chunks(rows: Any) -> Iterator[tuple[int, int]]:
    for start in range(0, rows.nrows(), _CHUNK_ROWS):
        yield start, min(_CHUNK_ROWS, rows.nrows() - start)


def _groups(rows: Any, start: int, count: int) -> tuple[list[tuple[int, int]], np.ndarray]:
    """Return the distinct (field, scan) pairs of some rows, and the index of the pair of each row."""
    pairs = np.stack([rows.getcol(name, start, count) for name in ("FIELD_ID", "SCAN_NUMBER")])
    found = distinct(pairs)
    return [(int(field), int(scan)) for field, scan in found.values.T.tolist()], found.group


def _log_ratio(rows: Any, start: int, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return ln|V / M| of Stokes I, its weight (0 without unflagged data), and whether both hands are unflagged.

    A hand without any unflagged data was left out of the whole spw, and is ignored.
    """
    data = rows.getcol("DATA", start, count)[:, 0]
    hands = parallel_hands(len(data))
    modulus = np.abs(data[hands])
    model = np.abs(rows.getcol("MODEL_DATA", start, count)[hands, 0])
    flag = rows.getcol("FLAG", start, count)[hands, 0] | rows.getcol("FLAG_ROW", start, count)
    weight = rows.getcol("WEIGHT", start, count)[hands]
    good = ~flag & np.isfinite(modulus) & np.isfinite(model) & (modulus > 0) & (model > 0) & (weight > 0)
    total = np.sum(weight * model**2, axis=0, where=good)
    amplitude = np.sum(weight * model * modulus, axis=0, where=good)
    usable = (total > 0) & (amplitude > 0) & np.isfinite(total) & np.isfinite(amplitude)
    ratio = np.divide(amplitude, total, out=np.ones_like(total), where=usable)
    is_whole = np.all(good[good.any(axis=1)], axis=0)
    return np.log(ratio), np.where(usable, total, 0.0), is_whole
