"""The content of a MeasurementSet that the stages need, without CASA."""

import math
from dataclasses import dataclass
from pathlib import Path

# Correlations whose mean is Stokes I.
_PARALLEL_HANDS = frozenset({"XX", "YY", "RR", "LL", "I"})

# Distances from the centre of the Earth (m) at which antennas can be. Simulated antennas may have invented positions,
# and an antenna that does not exist may have none (zeros, NaN).
_RADII = 6e6, 7e6


@dataclass(frozen=True)
class Antenna:
    """An antenna; `position` is ITRF x, y, z in m."""

    id: int
    name: str
    station: str
    position: tuple[float, float, float]
    diameter: float

    @property
    def is_on_earth(self) -> bool:
        """Whether the position is one on Earth."""
        return _RADII[0] < math.hypot(*self.position) < _RADII[1]


@dataclass(frozen=True)
class SpectralWindow:
    """A spectral window; frequencies in Hz."""

    id: int
    name: str
    num_channels: int
    min_frequency: float
    max_frequency: float
    mean_frequency: float
    bandwidth: float
    baseband: int
    correlations: tuple[str, ...]

    @property
    def parallel_hands(self) -> list[int]:
        """Indices of the correlations whose mean is Stokes I, and from which gains are solved for."""
        return [index for index, name in enumerate(self.correlations) if name in _PARALLEL_HANDS]


@dataclass(frozen=True)
class Ephemeris:
    """The ephemeris that a field refers to.

    Attributes
    ----------
    id : int
        FIELD.EPHEMERIS_ID.
    table : str
        Name of the table in the directory of FIELD; empty if the MeasurementSet lacks it.
    start, end : float
        First and last entry (MJD, s).
    """

    id: int
    table: str = ""
    start: float = 0.0
    end: float = 0.0

    def covers(self, start: float, end: float) -> bool:
        """Return whether the times from `start` to `end` (MJD, s) lie between the first and the last entry."""
        return bool(self.table) and self.start <= start and end <= self.end


@dataclass(frozen=True)
class Field:
    """A field; `ra` and `dec` (rad) are the phase centre at the start of its first scan.

    For a moving field they are computed from `ephemeris`.
    """

    id: int
    name: str
    ra: float
    dec: float
    intents: frozenset[str]
    ephemeris: Ephemeris | None = None


@dataclass(frozen=True)
class Scan:
    """The part of a scan in which one field was observed with one set of intents.

    `start` and `end` are MJD in s; `num_integrations` is the largest of the spws' counts of distinct times. Only spws
    of the correlator at full resolution count, if there are any.
    """

    id: int
    field_id: int
    intents: frozenset[str]
    spw_ids: frozenset[int]
    start: float
    end: float
    num_integrations: int


@dataclass(frozen=True)
class MeasurementSet:
    """An imported MeasurementSet.

    Attributes
    ----------
    path : Path
        Absolute path of the MeasurementSet.
    telescope : str
        Name of the observatory, such as ``'ALMA'``.
    science_spw_ids : frozenset of int
        Ids of the science spws.
    obs_modes : tuple of str
        STATE.OBS_MODE of the data, sorted; empty for data without intents.
    """

    path: Path
    telescope: str
    antennas: tuple[Antenna, ...]
    spectral_windows: tuple[SpectralWindow, ...]
    fields: tuple[Field, ...]
    scans: tuple[Scan, ...]
    science_spw_ids: frozenset[int]
    obs_modes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of the MeasurementSet without its directory."""
        return self.path.name

    @property
    def has_intents(self) -> bool:
        """Whether any scan has an intent."""
        return any(scan.intents for scan in self.scans)

    @property
    def site(self) -> tuple[float, float, float] | None:
        """Mean position of the antennas on Earth (ITRF, m); None if there are none."""
        positions = [antenna.position for antenna in self.antennas if antenna.is_on_earth]
        if not positions:
            return None
        x, y, z = (sum(axis) / len(positions) for axis in zip(*positions, strict=True))
        return x, y, z

    @property
    def max_baselines(self) -> int:
        """The greatest number of baselines in an integration, including autocorrelations."""
        return len(self.antennas) * (len(self.antennas) + 1) // 2

    def max_rows(self, spw_id: int) -> int:
        """Return the greatest number of rows of a spw."""
        return self.max_baselines * sum(scan.num_integrations for scan in self.scans if spw_id in scan.spw_ids)

    @property
    def start(self) -> float:
        """Start of the observation (MJD, s)."""
        return min(scan.start for scan in self.scans)

    def field(self, field_id: int) -> Field:
        """Return the field with this id."""
        return next(f for f in self.fields if f.id == field_id)

    def spw(self, spw_id: int) -> SpectralWindow:
        """Return the spectral window with this id."""
        return next(s for s in self.spectral_windows if s.id == spw_id)
