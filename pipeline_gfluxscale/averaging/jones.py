"""Corrections of antennas from a calibration table: the diagonals of their Jones matrices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .in_frequency import resample
from .in_time import Registration, cycles, interpolate, register, scale_phases
from .kinds import KINDS, Circumstances, Elements, Interpolated
from .solutions import Interpolation, SolutionTable, SpwSolutions, UnsupportedCalibrationError


@dataclass(frozen=True)
class Corrections:
    """Corrections of antennas: the visibilities of baseline i-j are multiplied by ``c_i * conj(c_j)``.

    Attributes
    ----------
    factor : ndarray of complex64, shape (n_state, n_ant, n_el, n_chan)
        One or two elements (receptors); a single channel if the factor is the same in all channels. The factor is 1 if
        there is no solution.
    ok : ndarray of bool, of the same shape
        False where there is no solution: such visibilities are flagged.
    state : ndarray of int, shape (n_time,)
        Index of the state that applies at each time.
    """

    factor: np.ndarray
    ok: np.ndarray
    state: np.ndarray


@dataclass(frozen=True)
class AppliedTable:
    """A calibration table, and how to apply it.

    Attributes
    ----------
    table : SolutionTable
        Reduced to the solutions of the fields that `gainfield` selects.
    how : Interpolation
    spwmap : tuple of int
        Spw of the table for each spw of the data; a single entry is for all spws, an empty map means the same spw.
    field_map : mapping of int to int, or None
        Field of the table for each field of the data; None if solutions of all fields are applied to all fields.
    """

    table: SolutionTable
    how: Interpolation
    spwmap: tuple[int, ...] = ()
    field_map: Mapping[int, int] | None = None

    def spw_of_table(self, spw: int) -> int:
        """Return the spw of the table that is applied to a spw of the data."""
        if self.spwmap in ((), (-1,)):
            return spw
        if len(self.spwmap) == 1:
            return self.spwmap[0]
        return self.spwmap[spw] if spw < len(self.spwmap) else spw

    def spw_of_pivot(self, spw: int) -> int:
        """Return the spw of the table at whose reference frequency the delays for a spw of the data change no phase.

        It is the spw of the solutions. If one spw of the table is applied to all spws, it is the spw of the data: CASA
        does not change the reference frequencies then.
        """
        return self.spwmap[spw] if spw < len(self.spwmap) and self.spwmap[spw] >= 0 else spw

    def has_solutions_for(self, spw: int) -> bool:
        """Return whether there are solutions, of any antenna and field, for a spw of the data."""
        return self.spw_of_table(spw) in self.table.spws


@dataclass(frozen=True)
class Setting:
    """Data of one or more integrations with the same field and spw.

    Attributes
    ----------
    spw, field, observation : int
    times : ndarray of float, shape (n_time,)
        MJD, s; ascending, each once.
    frequency : ndarray of float, shape (n_chan,)
        Hz.
    num_antennas : int
    towards : ndarray of float, shape (n_time, 3), or None
        Unit vectors to the phase centre, in the frame of the antennas' positions; see `PriorCalibration.of_positions`.
    """

    spw: int
    field: int
    observation: int
    times: np.ndarray
    frequency: np.ndarray
    num_antennas: int
    towards: np.ndarray | None = None


class PriorCalibration:
    """Tables that are applied together.

    Parameters
    ----------
    tables : sequence of AppliedTable
    """

    def __init__(self, tables: Sequence[AppliedTable]) -> None:
        self.tables = tables
        self._series: dict[tuple[int, int, int | None, int | None], list[_Series]] = {}
        self._last: dict[tuple[int, int], tuple[tuple[object, ...], Elements]] = {}

    def applies_to(self, spw: int) -> bool:
        """Return whether all tables have solutions for a spw; CASA applies either all tables to it or none."""
        return all(applied.has_solutions_for(spw) for applied in self.tables)

    @property
    def of_positions(self) -> bool:
        """Whether a table corrects the antennas' positions: the directions of the data are needed then."""
        return any(KINDS[applied.table.kind].of_positions for applied in self.tables)

    def corrections(self, data: Setting) -> list[Corrections]:
        """Return the corrections of each table."""
        return [self._of_table(number, applied, data) for number, applied in enumerate(self.tables)]

    def _of_table(self, number: int, applied: AppliedTable, data: Setting) -> Corrections:
        """Return the corrections of a table; the cached ones if the solutions are the same."""
        observation = data.observation if per_observation(applied) else None
        mapped = None if applied.field_map is None else applied.field_map[data.field]
        of_table = (number, applied.spw_of_table(data.spw), mapped, observation)
        if of_table not in self._series:
            self._series[of_table] = _series_of(applied.table.spws[of_table[1]], mapped, observation)
        series = self._series[of_table]
        registrations = [register(each.time, data.times, applied.how.time) for each in series]
        towards = data.towards if KINDS[applied.table.kind].of_positions else None
        chosen, state = _states(registrations, towards, data.times.size)
        towards = None if towards is None else towards[chosen]
        states = [Registration(each.first[chosen], each.fraction[chosen]) for each in registrations]
        needed = [array for each in states for array in (each.first, each.fraction)]
        needed += [] if towards is None else [towards]
        key = (of_table, *(array.tobytes() for array in needed))
        last = self._last.get((number, data.spw))
        if last is None or last[0] != key:
            last = (key, _elements(applied, data, series, states, towards, chosen.size))
            self._last[number, data.spw] = last
        return Corrections(*last[1], state)


def _states(
    registrations: Sequence[Registration], towards: np.ndarray | None, num_times: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the times whose corrections differ, and for each time the index of the one whose corrections it has."""
    keys = [each.first + each.fraction.astype(np.float64) for each in registrations]
    keys += [] if towards is None else list(towards.T)
    if all(np.all(key == key[0]) for key in keys):
        return np.zeros(1, dtype=int), np.zeros(num_times, dtype=int)
    every = np.arange(num_times)
    return every, every


def _elements(
    applied: AppliedTable,
    data: Setting,
    all_series: "Sequence[_Series]",
    states: Sequence[Registration],
    towards: np.ndarray | None,
    n_state: int,
) -> Elements:
    """Return the factors of all antennas, shape (n_state, n_ant, n_el, n_chan), and where solutions exist."""
    kind, solutions = KINDS[applied.table.kind], applied.table.spws[applied.spw_of_table(data.spw)]
    n_chan = data.frequency.size if kind.by_channel else 1
    shape = (n_state, data.num_antennas, solutions.values.shape[1], n_chan)
    amplitude = np.zeros(shape, dtype=np.float32)
    phase = np.zeros_like(amplitude) if kind.is_complex else None
    flag = np.ones(shape, dtype=bool)
    for series, where in zip(all_series, states, strict=True):
        known = series.antennas < data.num_antennas
        found = _interpolated(applied, data, series, where)
        for result, values in zip((amplitude, phase, flag), found, strict=True):
            if result is not None and values is not None:
                result[:, series.antennas[known]] = values[:, known]
    pivot = applied.table.reference_frequency.get(applied.spw_of_pivot(data.spw), np.nan)
    return kind.elements(Interpolated(amplitude, phase, flag), Circumstances(data.frequency, pivot, towards))


def _interpolated(
    applied: AppliedTable, data: Setting, series: "_Series", where: Registration
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    amplitude, phase, flag = interpolate(series.values, series.flag, where)
    known = applied.table.spws[applied.spw_of_table(data.spw)].frequency
    if KINDS[applied.table.kind].by_channel:
        method, keep_flags = applied.how.channel, applied.how.channel_flags
        return resample(amplitude, phase, flag, known, data.frequency, method, keep_flags=keep_flags)
    if phase is not None and applied.how.phase_delay:
        ratio = data.frequency[data.frequency.size // 2] / known[known.size // 2]
        phase = scale_phases(phase, cycles(np.angle(series.values[where.first])), float(ratio))
    return amplitude, phase, flag


def check(applied: AppliedTable) -> None:
    """Check that this package can apply a table.

    Raises
    ------
    UnsupportedCalibrationError
        If only CASA can apply it.
    """
    kind = KINDS.get(applied.table.kind)
    if kind is None:
        raise UnsupportedCalibrationError(f"tables of the type {applied.table.kind}")
    for spw, solutions in applied.table.spws.items():
        if np.iscomplexobj(solutions.values) != kind.is_complex:
            raise UnsupportedCalibrationError(f"tables of the type {applied.table.kind} with other numbers")
        if not kind.by_channel and solutions.values.shape[-1] > 1:
            raise UnsupportedCalibrationError(f"tables of the type {applied.table.kind} with channels in spw {spw}")
        fields = [None] if applied.field_map is None else sorted(set(applied.field_map.values()))
        observations = sorted(applied.table.observations) if per_observation(applied) else [None]
        for of_field in fields:
            for observation in observations:
                for series in _series_of(solutions, of_field, observation):
                    register(series.time, series.time, applied.how.time)


def per_observation(applied: AppliedTable) -> bool:
    """Return whether solutions apply to their own observation only: like CASA, if all observations have solutions."""
    observations = applied.table.observations
    return applied.how.per_observation and len(observations) > 1 and len(observations) == applied.table.num_observations


@dataclass(frozen=True)
class _Series:
    """Solutions of antennas that have them at the same times."""

    antennas: np.ndarray  # (n_ant,)
    time: np.ndarray  # (n_sol,)
    values: np.ndarray  # (n_sol, n_ant, n_par, n_chan)
    flag: np.ndarray


def _series_of(solutions: SpwSolutions, of_field: int | None, observation: int | None) -> list[_Series]:
    wanted = np.ones(solutions.time.size, dtype=bool)
    if of_field is not None:
        wanted &= solutions.field == of_field
    if observation is not None:
        wanted &= solutions.observation == observation
    chosen = solutions.select(wanted)
    alike: dict[bytes, list[tuple[int, np.ndarray]]] = {}
    for antenna in np.unique(chosen.antenna):
        rows = np.flatnonzero(chosen.antenna == antenna)
        alike.setdefault(chosen.time[rows].tobytes(), []).append((int(antenna), rows))
    return [
        _Series(
            antennas=np.array([antenna for antenna, _ in members]),
            time=chosen.time[members[0][1]],
            values=np.stack([chosen.values[rows] for _, rows in members], axis=1),
            flag=np.stack([chosen.flag[rows] for _, rows in members], axis=1),
        )
        for members in alike.values()
    ]
