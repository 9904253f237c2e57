"""The content of a calibration table, and how to apply it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


class UnsupportedCalibrationError(Exception):
    """A table or an interpolation that only CASA can apply; the message names it."""


@dataclass(frozen=True)
class SpwSolutions:
    """The solutions of one spw, in the order of the table.

    Attributes
    ----------
    time : ndarray of float, shape (n,)
        MJD, s.
    antenna, field, observation : ndarray of int, shape (n,)
    values : ndarray of complex64 or float32, shape (n, n_par, n_chan)
    flag : ndarray of bool, shape (n, n_par, n_chan)
    frequency : ndarray of float, shape (n_chan,)
        Hz.
    """

    time: np.ndarray
    antenna: np.ndarray
    field: np.ndarray
    observation: np.ndarray
    values: np.ndarray
    flag: np.ndarray
    frequency: np.ndarray

    def select(self, wanted: np.ndarray) -> "SpwSolutions":
        """Return the solutions for which `wanted`, shape (n,), is true."""
        return SpwSolutions(
            self.time[wanted], self.antenna[wanted], self.field[wanted], self.observation[wanted],
            self.values[wanted], self.flag[wanted], self.frequency,
        )  # fmt: skip


@dataclass(frozen=True)
class SolutionTable:
    """A calibration table.

    Attributes
    ----------
    name : str
        Its path.
    kind : str
        CASA's name of the table's type, such as ``'B Jones'``.
    spws : mapping of int to SpwSolutions
        The spws that have solutions.
    reference_frequency : mapping of int to float
        Frequency (Hz) at which a delay changes no phase, by spw of the table.
    num_observations : int
        Number of rows of its OBSERVATION table.
    """

    name: str
    kind: str
    spws: Mapping[int, SpwSolutions]
    reference_frequency: Mapping[int, float] = field(default_factory=dict)
    num_observations: int = 1

    def of_fields(self, fields: frozenset[int]) -> "SolutionTable":
        """Return the table with the solutions of some fields only."""
        chosen = {spw: s.select(np.isin(s.field, list(fields))) for spw, s in self.spws.items()}
        kept = {spw: s for spw, s in chosen.items() if s.time.size}
        return SolutionTable(self.name, self.kind, kept, self.reference_frequency, self.num_observations)

    @property
    def fields(self) -> frozenset[int]:
        """The fields that have solutions."""
        return frozenset(int(f) for s in self.spws.values() for f in np.unique(s.field))

    @property
    def observations(self) -> frozenset[int]:
        """The observations that have solutions."""
        return frozenset(int(o) for s in self.spws.values() for o in np.unique(s.observation))


_TIME = {"nearest": False, "linear": False, "nearestPD": True, "linearPD": True}
_CHANNEL = {"nearest": False, "linear": False, "nearestflag": True, "linearflag": True}


@dataclass(frozen=True)
class Interpolation:
    """How solutions are interpolated.

    Attributes
    ----------
    time, channel : str
        ``'nearest'`` or ``'linear'``.
    phase_delay : bool
        Whether phases are scaled by frequency from the spw of the solutions to the spw of the data ('PD').
    per_observation : bool
        Whether solutions apply to their own observation only ('perobs').
    channel_flags : bool
        Whether channels that would be interpolated from a flagged channel are flagged ('flag'); otherwise they are
        interpolated from the nearest unflagged channels.
    """

    time: str
    channel: str
    phase_delay: bool = False
    per_observation: bool = False
    channel_flags: bool = False

    @classmethod
    def parse(cls, interp: str) -> "Interpolation":
        """Parse CASA's `interp`, such as ``'linearperobs,linearflag'``; a part that is left out means linear.

        Raises
        ------
        UnsupportedCalibrationError
            If this package cannot apply the interpolation.
        """
        time, _, channel = (part.strip() for part in interp.partition(","))
        kind = time.removesuffix("perobs") or "linear"
        channel = channel or "linear"
        if kind not in _TIME or channel not in _CHANNEL:
            raise UnsupportedCalibrationError(f"interpolation {interp!r}")
        return cls(
            time=kind.removesuffix("PD"),
            channel=channel.removesuffix("flag"),
            phase_delay=_TIME[kind],
            per_observation=time.endswith("perobs"),
            channel_flags=_CHANNEL[channel],
        )
