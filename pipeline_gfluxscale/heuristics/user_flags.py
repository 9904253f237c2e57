"""Find the visibilities that the user's flag commands select."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..domain.flag_command import AppliedFlag, FlagCommand


@dataclass(frozen=True)
class FlaggedData:
    """The data that a flag command selects in a table.

    Attributes
    ----------
    rows : ndarray of int, shape (n_row,)
        Row numbers in the table, ascending.
    channels : mapping of int to sequence of (int, int, int)
        First channel, last channel and step of the ranges in each spw; a spw without an entry is selected as a whole.
    correlations : tuple of str
        Names such as ``'XX'``; empty for all.
    """

    rows: NDArray[np.int_]
    channels: Mapping[int, Sequence[tuple[int, int, int]]]
    correlations: tuple[str, ...] = ()

    def mask(
        self, rows: NDArray[np.int_], spw: int, correlations: Sequence[str], num_channels: int
    ) -> NDArray[np.bool_] | None:
        """Return a mask of the selected visibilities in rows of a spw.

        Parameters
        ----------
        rows : ndarray of int, shape (n_row,)
            Row numbers in the table.
        spw : int
        correlations : sequence of str
            The correlations of the spw, in the order of the data.
        num_channels : int

        Returns
        -------
        ndarray of bool, shape (n_corr, n_chan, n_row), or None
            None if none is selected.
        """
        of_rows = self._contains(rows)
        of_correlations = np.array([not self.correlations or name in self.correlations for name in correlations])
        of_channels = np.ones(num_channels, dtype=bool)
        if spw in self.channels:
            of_channels[:] = False
            for first, last, step in self.channels[spw]:
                of_channels[first : last + 1 : max(1, step)] = True
        if not (of_rows.any() and of_correlations.any() and of_channels.any()):
            return None
        return of_correlations[:, None, None] & of_channels[None, :, None] & of_rows[None, None, :]

    def _contains(self, rows: NDArray[np.int_]) -> NDArray[np.bool_]:
        if self.rows.size == 0:
            return np.zeros(rows.size, dtype=bool)
        index = np.minimum(np.searchsorted(self.rows, rows), self.rows.size - 1)
        return np.asarray(self.rows[index] == rows)


class UserFlags:
    """The flag commands for a MeasurementSet: flags visibilities piece by piece, and counts them.

    Parameters
    ----------
    commands : sequence of (FlagCommand, FlaggedData)
        Each command and the data that it selects.
    correlations : mapping of int to sequence of str
        The correlations of each spw, in the order of the data.
    """

    def __init__(
        self, commands: Sequence[tuple[FlagCommand, FlaggedData]], correlations: Mapping[int, Sequence[str]]
    ) -> None:
        self._commands = tuple(commands)
        self._correlations = correlations
        self._numbers = [0] * len(self._commands)

    def flag(self, flag: NDArray[np.bool_], rows: NDArray[np.int_], spw: int) -> NDArray[np.bool_]:
        """Return the flags of a piece of a spw with the flags of the commands added.

        Parameters
        ----------
        flag : ndarray of bool, shape (n_corr, n_chan, n_row)
        rows : ndarray of int, shape (n_row,)
            Row numbers in the MeasurementSet.
        spw : int
        """
        for i, (_, data) in enumerate(self._commands):
            mask = data.mask(rows, spw, self._correlations[spw], flag.shape[1])
            if mask is not None:
                self._numbers[i] += int(np.count_nonzero(mask & ~flag))
                flag = flag | mask
        return flag

    @property
    def applied(self) -> tuple[AppliedFlag, ...]:
        """The result of each command so far; a visibility counts for the first command that selects it."""
        return tuple(
            AppliedFlag(command, data.rows.size > 0, number)
            for (command, data), number in zip(self._commands, self._numbers, strict=True)
        )
