"""Find unflagged data that are left out of the working copy: invalid visibilities, and copies of visibilities.

A correlator writes zeros when it fails for some time. Measured visibilities are never exactly 0+0j, as they have noise.
If zeros are averaged with valid visibilities, the gains of their field are too small and the flux densities wrong.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..domain.qa import AppliesTo, QAScore

COPY, ZERO, NOT_FINITE, NO_WEIGHT, UNFLAGGED = "copy", "zero", "not finite", "no weight", "unflagged"

#: The reasons to leave a visibility out, in the order in which they take precedence.
REASONS = (COPY, ZERO, NOT_FINITE, NO_WEIGHT)
_SHORT = {COPY: "copies of others", ZERO: "exact zeros", NOT_FINITE: "no finite numbers", NO_WEIGHT: "without a weight"}
_WORDS = {
    ZERO: "are exactly zero, as a correlator writes them when it fails; they are left out",
    NOT_FINITE: "are infinite or not a number; they are left out",
    NO_WEIGHT: "have a WEIGHT of zero or less, or not a number; they are left out (CASA's initweights sets weights)",
}

# (fraction left out, score): more than 1 % is blue, more than 10 % yellow; the flux densities of the remaining data are
# right. Copies alone do no harm, but data that were concatenated wrongly may have other faults: blue.
_LOST, _SCORES = (0.0, 0.01, 0.1, 0.5, 1.0), (1.0, 0.9, 0.66, 0.33, 0.0)
_SCORE_OF_COPIES = 0.8

#: Times of a visibility and its copy agree within this (s): less than any integration, more than rounding errors.
SAME_TIME = 1e-3


def unusable(
    data: NDArray[np.complex128], weight: NDArray[np.float64], copy: NDArray[np.bool_] | None = None
) -> dict[str, NDArray[np.bool_]]:
    """Return the visibilities that cannot be used, by reason.

    Parameters
    ----------
    data : ndarray of complex, shape (n_corr, n_chan, n_row)
        Visibilities before calibration. Zeros in the cross hands count as data, as noise-free simulations of
        unpolarised sources have them.
    weight : ndarray of float, shape (n_corr, n_row)
    copy : ndarray of bool, shape (n_row,), optional
        Rows that repeat others, as `copies` finds them.

    Returns
    -------
    dict of str to ndarray of bool
        Masks that broadcast to the shape of `data`, by `COPY`, `ZERO`, `NOT_FINITE` or `NO_WEIGHT`; a reason that
        applies to nothing is missing. A visibility may have several reasons.
    """
    zero = data == 0
    if data.shape[0] == 4:
        zero[1:3] = False
    masks = {
        COPY: np.zeros((1, 1, 1), dtype=bool) if copy is None else copy[None, None, :],
        ZERO: zero,
        NOT_FINITE: ~np.isfinite(data),
        NO_WEIGHT: (usable_weight(weight) == 0)[:, None, :],
    }
    return {reason: mask for reason, mask in masks.items() if mask.any()}


def usable_weight(weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights with zeros in place of invalid ones: negative, infinite or not a number."""
    return np.where((weight > 0) & np.isfinite(weight), weight, 0.0)


def copies(
    key: NDArray[np.int_],
    time: NDArray[np.float64],
    observation: NDArray[np.int_],
    unusable_rows: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.bool_], NDArray[np.int_]]:
    """Find rows that repeat other rows: a baseline cannot have two visibilities of a spw at the same time.

    The row with the lowest OBSERVATION_ID counts as the original; of several, the one with the lowest row number. Rows
    without usable data count as originals only if there are no others.

    Parameters
    ----------
    key : ndarray of int, shape (n_key, n_row)
        Properties that a row and its copy have in common: antennas (in either order), feeds, field, data description.
    time : ndarray of float, shape (n_row,)
        s
    observation : ndarray of int, shape (n_row,)
        OBSERVATION_ID.
    unusable_rows : ndarray of bool, shape (n_row,), optional
        Rows without usable data. Default: none.

    Returns
    -------
    copy : ndarray of bool, shape (n_row,)
    first : ndarray of int, shape (n_row,)
        The row that each row repeats; its own number if it repeats no row.
    """
    copy, first = np.zeros(time.size, dtype=bool), np.arange(time.size)
    if time.size == 0:
        return copy, first
    order = np.lexsort((time, *key))
    new = np.any(np.diff(key[:, order], axis=1) != 0, axis=0) | (np.diff(time[order]) > SAME_TIME)
    group = np.empty(time.size, dtype=int)
    group[order] = np.concatenate([[0], np.cumsum(new)])
    if group.max() + 1 == time.size:
        return copy, first
    last = np.zeros_like(copy) if unusable_rows is None else unusable_rows
    ranked = np.lexsort((np.arange(time.size), observation, last, group))
    leads = np.concatenate([[True], np.diff(group[ranked]) > 0])
    copy[ranked] = ~leads
    first[ranked] = ranked[leads][group[ranked]]
    return copy, first


@dataclass
class LeftOut:
    """Counts of the visibilities that were left out, by reason, field and spw.

    Attributes
    ----------
    number : Counter
        Number of unflagged visibilities (one per channel and correlation), by reason, field id and spw: with the key
        `UNFLAGGED` all of them, with another reason the ones left out for it. If a visibility has several reasons, it
        is counted for the first of `REASONS`.
    overlaps : set of (int, int)
        Pairs of OBSERVATION_ID: of the rows that are used, and of the rows that repeat them; the two may be equal.
    """

    number: Counter[tuple[str, int, int]] = field(default_factory=Counter)
    overlaps: set[tuple[int, int]] = field(default_factory=set)

    def leave_out(
        self, masks: Mapping[str, NDArray[np.bool_]], flag: NDArray[np.bool_], field_id: NDArray[np.int_], spw: int
    ) -> NDArray[np.bool_]:
        """Count the visibilities of a piece of a spw, and return the flags with the visibilities left out added.

        Parameters
        ----------
        masks : mapping of str to ndarray of bool
            As `unusable` returns them.
        flag : ndarray of bool, shape (n_corr, n_chan, n_row)
        field_id : ndarray of int, shape (n_row,)
        spw : int
        """
        self._count(UNFLAGGED, ~flag, field_id, spw)
        for reason in REASONS:
            if reason in masks:
                self._count(reason, masks[reason] & ~flag, field_id, spw)
                flag = flag | masks[reason]
        return flag

    def _count(self, reason: str, counted: NDArray[np.bool_], field_id: NDArray[np.int_], spw: int) -> None:
        of_row = counted.sum(axis=(0, 1))
        for this_field in np.unique(field_id).tolist():
            if number := int(of_row[field_id == this_field].sum()):
                self.number[reason, this_field, spw] += number

    def update(self, other: "LeftOut") -> None:
        """Add the counts of other data."""
        self.number.update(other.number)
        self.overlaps |= other.overlaps

    @property
    def has_any(self) -> bool:
        """Whether anything was left out."""
        return any(reason != UNFLAGGED for reason, _, _ in self.number)

    def fraction(self, reason: str, field_id: int | None = None) -> float:
        """Return the fraction of the unflagged visibilities, of one field or of all, left out for a reason."""
        total, left = (
            sum(n for (why, f, _), n in self.number.items() if why == wanted and field_id in (None, f))
            for wanted in (UNFLAGGED, reason)
        )
        return left / total if total else 0.0

    def sentences(self, names: Mapping[int, str]) -> list[str]:
        """Return a sentence for each reason; `names` has the name of each field by its id."""
        return [self._sentence(reason, names) for reason in REASONS if self.fraction(reason)]

    def _sentence(self, reason: str, names: Mapping[int, str]) -> str:
        fields = sorted({f for why, f, _ in self.number if why == reason})
        parts = ", ".join(f"{names[f]} #{f} {_percent(self.fraction(reason, f))}" for f in fields)
        number = sum(n for (why, _, _), n in self.number.items() if why == reason)
        why = self._overlap() if reason == COPY else _WORDS[reason]
        return f"{number} visibilities that are not flagged {why} ({parts})"

    def _overlap(self) -> str:
        pairs = [(first, other) for first, other in sorted(self.overlaps) if first != other]
        between = [f"OBSERVATION_ID {other} repeats {first}" for first, other in pairs]
        where = f": {', '.join(between)}" if between else ""
        return f"repeat others of the same antennas, time, field and spw{where}; only the first of each is used"

    def score(self, vis: str) -> QAScore | None:
        """Score the fraction that was left out; None if nothing was."""
        left = {reason: fraction for reason in REASONS if (fraction := self.fraction(reason))}
        if not left:
            return None
        lost = sum(fraction for reason, fraction in left.items() if reason != COPY)
        score = min(float(np.interp(lost, _LOST, _SCORES)), _SCORE_OF_COPIES if COPY in left else 1.0)
        words = ", ".join(f"{_percent(fraction)} {_SHORT[reason]}" for reason, fraction in left.items())
        return QAScore(
            metric="usable_data",
            score=score,
            value=lost,
            units="fraction of the visibilities",
            shortmsg=f"left out: {words}",
            longmsg=f"{vis}: of the calibrators' unflagged visibilities were left out: {words}",
            applies_to=AppliesTo(vis=vis),
        )


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.3g} %"
