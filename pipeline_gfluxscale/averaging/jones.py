"""The corrections that a calibration table has for antennas: the diagonal of their Jones matrices."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from .in_frequency import resample
from .in_time import Registration, cycles, interpolate, register, scale_phases
from .solutions import Interpolation, SolutionTable, SpwSolutions, UnsupportedCalibrationError


@dataclass(frozen=True)
class Corrections:
    """What the visibilities of antennas are multiplied with: those of baseline i-j with ``c_i * conj(c_j)``.

    Attributes
    ----------
    factor : ndarray of complex64, shape (n_state, n_ant, n_el, n_chan)
        One or two elements (receptors); one channel if all are the same. One where there is no solution.
    ok : ndarray of bool, of the same shape
        False where there is no solution: such visibilities are flagged.
    state : ndarray of int, shape (n_time,)
        Which of the states holds at each time.
    """

    factor: np.ndarray
    ok: np.ndarray
    state: np.ndarray


@dataclass(frozen=True)
class AppliedTable:
    """A table, and how it is applied.

    Attributes
    ----------
    table : SolutionTable
        With the solutions of the wanted fields only.
    how : Interpolation
    spwmap : tuple of int
        Spw of the table for each spw of the data; one for all, or none for the same.
    field_map : mapping of int to int, or None
        Field of the table for each field of the data; None if the solutions of all serve all.
    """

    table: SolutionTable
    how: Interpolation
    spwmap: tuple[int, ...] = ()
    field_map: Mapping[int, int] | None = None

    def spw_of_table(self, spw: int) -> int:
        """Return the spw of the table that serves a spw of the data."""
        if self.spwmap in ((), (-1,)):
            return spw
        if len(self.spwmap) == 1:
            return self.spwmap[0]
        return self.spwmap[spw] if spw < len(self.spwmap) else spw

    def serves(self, spw: int) -> bool:
        """Return whether there are solutions, of any antenna and field, for a spw of the data."""
        return self.spw_of_table(spw) in self.table.spws


@dataclass(frozen=True)
class Setting:
    """Data of one integration, or of more with the same field and spw.

    Attributes
    ----------
    spw, field, observation : int
    times : ndarray of float, shape (n_time,)
        MJD, s; ascending, each once.
    frequency : ndarray of float, shape (n_chan,)
        Hz.
    num_antennas : int
    """

    spw: int
    field: int
    observation: int
    times: np.ndarray
    frequency: np.ndarray
    num_antennas: int


@dataclass(frozen=True)
class Kind:
    """A type of table.

    Attributes
    ----------
    elements : callable
        Makes factors and flags of the interpolated amplitudes, phases and flags, shape
        (n_state, n_ant, n_par, n_chan).
    by_channel : bool
        Whether there are solutions for channels.
    is_complex : bool
        Whether its solutions are complex.
    """

    elements: Callable[[np.ndarray, np.ndarray | None, np.ndarray, SolutionTable, int, Setting], "Elements"]
    by_channel: bool = False
    is_complex: bool = True


Elements = tuple[np.ndarray, np.ndarray]


def _gains(
    amplitude: np.ndarray, phase: np.ndarray | None, flag: np.ndarray, _table: SolutionTable, _spw: int, _data: Setting
) -> Elements:
    """Gains are divided by; one that is zero counts as flagged."""
    assert phase is not None
    ok = ~flag & (amplitude > 0)
    inverse = np.divide(1, amplitude, out=np.ones_like(amplitude), where=ok)
    factor = inverse * np.exp(-1j * phase.astype(np.float64))
    return np.where(ok, factor, 1).astype(np.complex64), ok


def _system_temperatures(
    amplitude: np.ndarray, _phase: np.ndarray | None, flag: np.ndarray, _table: SolutionTable, _spw: int, _data: Setting
) -> Elements:
    """Correlation coefficients are multiplied with the geometric mean of the two system temperatures."""
    ok = ~flag & (amplitude >= 0)
    return np.where(ok, np.sqrt(np.maximum(amplitude, 0)), 1).astype(np.complex64), ok


def _delays(
    amplitude: np.ndarray, _phase: np.ndarray | None, flag: np.ndarray, table: SolutionTable, spw: int, data: Setting
) -> Elements:
    """Delays are in ns; they change no phase at the reference frequency of the table's spw."""
    offset = (data.frequency - table.reference_frequency[spw]) / 1e9
    turns = amplitude.astype(np.float64) * offset
    ok = np.broadcast_to(~flag, turns.shape)
    return np.where(ok, np.exp(-2j * np.pi * turns), 1).astype(np.complex64), ok


#: The types of tables that are known here, by CASA's names.
KINDS: Mapping[str, Kind] = {
    "G Jones": Kind(_gains),
    "T Jones": Kind(_gains),
    "B Jones": Kind(_gains, by_channel=True),
    "B TSYS": Kind(_system_temperatures, by_channel=True, is_complex=False),
    "K Jones": Kind(_delays, is_complex=False),
}


@dataclass
class PriorCalibration:
    """Tables that are applied together.

    Attributes
    ----------
    tables : sequence of AppliedTable
    """

    tables: Sequence[AppliedTable]
    _series: dict[tuple[int, int, int | None, int | None], "list[_Series]"] = field(default_factory=dict)

    def applies_to(self, spw: int) -> bool:
        """Return whether all tables serve a spw; CASA applies all of them to it, or none."""
        return all(applied.serves(spw) for applied in self.tables)

    def corrections(self, data: Setting) -> list[Corrections]:
        """Return the corrections of each table.

        Raises
        ------
        UnsupportedCalibrationError
            If only CASA can apply one of them.
        """
        return [self._of_table(number, applied, data) for number, applied in enumerate(self.tables)]

    def _of_table(self, number: int, applied: AppliedTable, data: Setting) -> Corrections:
        kind, spw = KINDS[applied.table.kind], applied.spw_of_table(data.spw)
        found = _Found(applied.table.spws[spw], data)
        for series in self._all_series(number, applied, data):
            found.fill(series, applied, kind)
        factor, ok = kind.elements(found.amplitude, found.phase, found.flag, applied.table, spw, data)
        return Corrections(factor, ok, found.state)

    def _all_series(self, number: int, applied: AppliedTable, data: Setting) -> "list[_Series]":
        observation = data.observation if per_observation(applied) else None
        mapped = None if applied.field_map is None else applied.field_map[data.field]
        key = (number, applied.spw_of_table(data.spw), mapped, observation)
        if key not in self._series:
            self._series[key] = _series_of(applied.table.spws[key[1]], mapped, observation)
        return self._series[key]


def check(applied: AppliedTable) -> None:
    """Check that this package can apply a table.

    Raises
    ------
    UnsupportedCalibrationError
        If only CASA can.
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
    """Return whether solutions serve their own observation only: if all observations have some, as in CASA."""
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


class _Found:
    """Interpolated solutions of all antennas; flagged where there are none."""

    def __init__(self, solutions: SpwSolutions, data: Setting) -> None:
        self.data, self.solutions = data, solutions
        self.state = np.zeros(data.times.size, dtype=int)
        self._complex = np.iscomplexobj(solutions.values)
        self._parts: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None, np.ndarray]] = []

    def fill(self, series: _Series, applied: AppliedTable, kind: Kind) -> None:
        """Interpolate the solutions of some antennas."""
        where = register(series.time, self.data.times, applied.how.time)
        states, index = np.unique(np.stack([where.first, where.fraction]), axis=1, return_inverse=True)
        distinct = Registration(states[0].astype(int), states[1].astype(np.float32))
        amplitude, phase, flag = interpolate(series.values, series.flag, distinct)
        if kind.by_channel:
            amplitude, phase, flag = resample(
                amplitude, phase, flag, self.solutions.frequency, self.data.frequency, applied.how.channel,
                keep_flags=applied.how.channel_flags,
            )  # fmt: skip
        elif phase is not None and applied.how.phase_delay:
            whole = cycles(np.angle(series.values[distinct.first]))
            centre = self.solutions.frequency[self.solutions.frequency.size // 2]
            phase = scale_phases(phase, whole, float(self.data.frequency[self.data.frequency.size // 2] / centre))
        self._parts.append((series.antennas, index.reshape(-1), amplitude, phase, flag))
        self.state = index.reshape(-1) if len(self._parts) == 1 else np.arange(self.data.times.size)

    @property
    def _shape(self) -> tuple[int, int, int, int]:
        shape = self._parts[0][2].shape if self._parts else (1, 0, self.solutions.values.shape[1], 1)
        return (int(self.state.max(initial=0)) + 1, self.data.num_antennas, shape[2], shape[3])

    def _assembled(self, which: int, empty: float, dtype: type) -> np.ndarray:
        result: np.ndarray = np.full(self._shape, empty, dtype=dtype)
        for part in self._parts:
            antennas, index, values = part[0], part[1], part[which]
            known = antennas < self.data.num_antennas
            assert values is not None
            chosen = values if len(self._parts) == 1 else values[index]
            result[:, antennas[known]] = chosen[:, known]
        return result

    @property
    def amplitude(self) -> np.ndarray:
        return self._assembled(2, 0, np.float32)

    @property
    def phase(self) -> np.ndarray | None:
        return self._assembled(3, 0, np.float32) if self._complex else None

    @property
    def flag(self) -> np.ndarray:
        return self._assembled(4, True, bool)
