"""Read the parts of a MeasurementSet at full resolution; flag and count visibilities that cannot be used."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ...averaging.channel_average import Rows
from ...casa.full_resolution import FullResolution, Visibilities, full_resolution
from ...casa.model_rows import Spectra
from ...casa.ms_reader import Setups
from ...casa.working_copy import COPIED
from ...heuristics.integrations import OF_INTEGRATIONS, integration_times
from ...heuristics.left_out import UNFLAGGED, LeftOut, copies, unusable, usable_weight
from ...heuristics.user_flags import UserFlags
from ...solving.normal_equations import parallel_hands
from ...system.machine import available_memory
from .parts import Part

# Number of visibilities that are read at once, as a piece. A visibility needs about 50 bytes. A piece may use a
# twentieth of the free memory, as the next piece is read meanwhile; larger pieces are not faster.
_LEAST_VISIBILITIES, _MOST_VISIBILITIES = 50_000, 1_000_000
_BYTES_OF_VISIBILITY, _SHARE = 50, 0.05
# Rows whose averages are collected before they are written.
_BATCH_ROWS = 100_000
# Transposes an array of shape (n_row, n_corr, n_chan) to the order of axes in `heuristics`: (n_corr, n_chan, n_row).
_TO_HEURISTICS = (1, 2, 0)
_NO_SIGNS = np.uint64(0x7FFFFFFF_7FFFFFFF)


@dataclass(frozen=True)
class Exclusions:
    """Data to leave out besides the flagged data.

    Attributes
    ----------
    left_out : LeftOut
        Counts the visibilities that cannot be used.
    user_flags : UserFlags
        The user's flag commands, resolved for the MeasurementSet that is read.
    whole : frozenset of int
        Spws in which a visibility is left out if one of its parallel hands is flagged, as in the solves.
    """

    left_out: LeftOut = field(default_factory=LeftOut)
    user_flags: UserFlags = field(default_factory=lambda: UserFlags((), {}))
    whole: frozenset[int] = frozenset()


class Batch:
    """Rows of one data description.

    Attributes
    ----------
    rows : ndarray of int, shape (n_row,)
        Row numbers.
    part : ndarray of int, shape (n_row,)
        Index of the part that each row belongs to.
    ddid : int
    columns : dict of str to ndarray
        The columns of `COPIED`; rows are the last axis.
    weight : ndarray of float, shape (n_corr, n_row)
        WEIGHT, with zeros for invalid weights.
    """

    def __init__(
        self, source: FullResolution, rows: np.ndarray, part: np.ndarray, copy: np.ndarray, ddid: int, n_chan: int
    ) -> None:
        self.rows, self.part, self.ddid = rows, part, ddid
        self._source, self._copy, self._n_chan = source, copy, n_chan
        self.columns = source.columns(rows, (*COPIED, "WEIGHT"))
        self._raw_weight = self.columns.pop("WEIGHT")
        self.weight = usable_weight(self._raw_weight)

    def pieces(self) -> Iterator[np.ndarray]:
        """Yield pieces: indices of rows of one part and observation, in the order of time."""
        kind = np.stack([self.part, self.columns["OBSERVATION_ID"]])
        order = np.lexsort((self.columns["TIME"], *kind))
        starts = np.flatnonzero(np.any(np.diff(kind[:, order], axis=1, prepend=-1), axis=0))
        step = max(1, _piece_visibilities() // (len(self.weight) * self._n_chan))
        for start, end in zip(starts, [*starts[1:], order.size], strict=True):
            for first in range(start, end, step):
                yield order[first : min(first + step, end)]

    def integrations(self, piece: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the times of the integrations of a piece (MJD, s), and the index of each row's integration."""
        times = integration_times({name: self.columns[name][piece] for name in OF_INTEGRATIONS})
        distinct, index = np.unique(times, return_inverse=True)
        return distinct, index.reshape(-1)

    def read(self, piece: np.ndarray, part: Part, spectra: Spectra) -> Visibilities:
        """Read the visibilities of a piece; `spectra` has the models that are not in the MeasurementSet yet."""
        spectrum = spectra.get((part.field, self.ddid)) if part.has_model else None
        if spectrum is None:
            return self._source.visibilities(self.rows[piece], has_model=part.has_model)
        visibilities = self._source.visibilities(self.rows[piece], has_model=False)
        return replace(visibilities, model=np.full(visibilities.data.shape, spectrum.T, np.complex64))

    def rows_of(self, piece: np.ndarray, visibilities: Visibilities, part: Part, exclusions: Exclusions) -> Rows:
        """Return the rows of a piece; visibilities to leave out are flagged."""
        rows, data, flag = self.rows[piece], visibilities.data, visibilities.flag
        if exclusions.user_flags.applied:
            before = np.zeros(data.shape, dtype=bool) if flag is None else flag
            flag = _by_row(exclusions.user_flags.flag(before.transpose(_TO_HEURISTICS), rows, part.spw))
        weight, copy = self._raw_weight[:, piece], self._copy[piece]
        flag = _leave_out(data, flag, weight, copy, (part.field, part.spw), exclusions.left_out)
        if flag is not None and part.spw in exclusions.whole:
            flag = flag | flag[:, parallel_hands(flag.shape[1])].any(axis=1, keepdims=True)
        return Rows(
            data=data,
            flag=flag,
            integration=self.integrations(piece)[1],
            antenna1=self.columns["ANTENNA1"][piece],
            antenna2=self.columns["ANTENNA2"][piece],
            model=visibilities.model,
        )


def _piece_visibilities() -> int:
    """Return the number of visibilities per piece that the free memory allows."""
    affordable = int(_SHARE * available_memory() / _BYTES_OF_VISIBILITY)
    return min(max(affordable, _LEAST_VISIBILITIES), _MOST_VISIBILITIES)


def batches(vis: Path, setups: Setups, parts: Sequence[Part], left_out: LeftOut) -> Iterator[Batch]:
    """Yield the rows of the parts of a MeasurementSet, by data description.

    Parameters
    ----------
    vis : Path
    setups : Setups
        The meaning of the ids of the MeasurementSet.
    parts : sequence of Part
    left_out : LeftOut
        Receives the observations that overlap.
    """
    with full_resolution(vis) as source:
        wanted = _wanted(source, setups, parts)
        copies_in = _copies_in(source, setups, {ddid: rows for ddid, (rows, _) in wanted.items()}, left_out)
        for ddid, (rows, part) in sorted(wanted.items()):
            copy = copies_in[ddid]
            for start in range(0, rows.size, _BATCH_ROWS):
                here = slice(start, start + _BATCH_ROWS)
                yield Batch(source, rows[here], part[here], copy[here], ddid, setups.frequency[ddid].size)


def _wanted(source: FullResolution, setups: Setups, parts: Sequence[Part]) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Return the row numbers of the parts, and the index of each row's part, by data description."""

    def part_of(ddid: int, field: int, scan: int, state: int) -> int:
        spw, obs_mode = setups.spw[ddid], setups.obs_modes.get(state, "")
        return max((n for n, part in enumerate(parts) if part.contains(field, spw, scan, obs_mode)), default=-1)

    blocks: dict[int, list[tuple[np.ndarray, np.ndarray]]] = {}
    for block in source.blocks():
        part_of_key = np.array([*(part_of(*key) for key in block.keys.tolist()), -1], dtype=np.int32)
        part, ddid = part_of_key[block.index], np.append(block.keys[:, 0], -1)[block.index]
        for wanted in np.unique(ddid[part >= 0]).tolist():
            rows = np.flatnonzero((part >= 0) & (ddid == wanted))
            blocks.setdefault(wanted, []).append((block.first + rows, part[rows]))
    return {
        ddid: (np.concatenate([rows for rows, _ in members]), np.concatenate([part for _, part in members]))
        for ddid, members in blocks.items()
    }


def _leave_out(
    data: np.ndarray,
    flag: np.ndarray | None,
    weight: np.ndarray,
    copy: np.ndarray,
    pair: tuple[int, int],
    left_out: LeftOut,
) -> np.ndarray | None:
    """Add visibilities that cannot be used to the flags, and count them.

    Parameters
    ----------
    data : ndarray of complex64, shape (n_row, n_corr, n_chan)
    flag : ndarray of bool, of the same shape, or None
    weight : ndarray of float, shape (n_corr, n_row)
    copy : ndarray of bool, shape (n_row,)
    pair : tuple of int
        Field id and spw.
    left_out : LeftOut
        The counts are added to it.
    """
    parts = data.view(np.uint64) & _NO_SIGNS  # the zeros of the real and the imaginary part may have a sign
    usual = bool(np.isfinite(data.view(np.float32)).all() and parts.all())
    if usual and flag is None and not copy.any() and np.all(usable_weight(weight) > 0):
        left_out.number[UNFLAGGED, *pair] += data.size
        return None
    shape = tuple(data.shape[axis] for axis in _TO_HEURISTICS)
    before = np.zeros(shape, dtype=bool) if flag is None else flag.transpose(_TO_HEURISTICS)
    checked = np.ones((shape[0], 1, shape[2]), dtype=complex) if usual else data.transpose(_TO_HEURISTICS)
    masks = unusable(checked, weight, copy)
    after = left_out.leave_out(masks, before, np.full(len(data), pair[0]), pair[1])
    return _by_row(after)


def _by_row(flag: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(flag.transpose(2, 0, 1))


def _copies_in(
    source: FullResolution, setups: Setups, rows: Mapping[int, np.ndarray], left_out: LeftOut
) -> dict[int, np.ndarray]:
    """Return which rows of each data description repeat other rows, of the same or of an equal data description.

    CASA's concat makes several data descriptions of the same spw and correlations.
    """
    alike: dict[tuple[int, tuple[str, ...]], list[int]] = {}
    for ddid in sorted(rows):
        alike.setdefault((setups.spw[ddid], setups.correlations[ddid]), []).append(ddid)
    found: dict[int, np.ndarray] = {}
    for ddids in alike.values():
        copy = _copies(source, np.concatenate([rows[d] for d in ddids]), left_out, setups.frequency[ddids[0]].size)
        starts = np.cumsum([rows[ddid].size for ddid in ddids])[:-1]
        found |= dict(zip(ddids, np.split(copy, starts), strict=True))
    return found


def _copies(source: FullResolution, rows: np.ndarray, left_out: LeftOut, n_chan: int) -> np.ndarray:
    """Return which rows of a spw repeat other rows; add the observations that overlap to `left_out`.

    Of a row and its copies, the first one with usable data is not a copy: the original may be flagged, for example.
    """
    names = ("ANTENNA1", "ANTENNA2", "FIELD_ID", "FEED1", "FEED2", "OBSERVATION_ID", "TIME")
    columns = source.columns(rows, names)
    antennas = np.sort([columns["ANTENNA1"], columns["ANTENNA2"]], axis=0)
    others = [columns[name] for name in ("FIELD_ID", "FEED1", "FEED2")]
    observation = columns["OBSERVATION_ID"]
    key, time = np.array([*antennas, *others]), columns["TIME"]
    copy, first = copies(key, time, observation)
    if not copy.any():
        return copy
    several = np.flatnonzero(np.bincount(first, minlength=rows.size)[first] > 1)
    lost = np.zeros_like(copy)
    lost[several] = _without_data(source, rows[several], n_chan)
    copy, first = copies(key, time, observation, lost)
    pairs = np.unique([observation[first[copy]], observation[copy]], axis=1)
    left_out.overlaps |= {(int(used), int(other)) for used, other in pairs.T}
    return copy


def _without_data(source: FullResolution, rows: np.ndarray, n_chan: int) -> np.ndarray:
    """Return which rows of a data description have no usable visibility, shape (n_row,)."""
    step = max(1, _LEAST_VISIBILITIES // n_chan)
    lost = np.zeros(rows.size, dtype=bool)
    for start in range(0, rows.size, step):
        here = slice(start, start + step)
        read = source.visibilities(rows[here], has_model=False)
        weight = usable_weight(source.columns(rows[here], ["WEIGHT"])["WEIGHT"]).T
        usable = np.isfinite(read.data) & (read.data != 0) & (weight > 0)[..., None]
        lost[here] = ~(usable if read.flag is None else usable & ~read.flag).any(axis=(1, 2))
    return lost
