"""The plan of a simulation: an observation as data, with disturbances for tests."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..domain.intents import INTENTS
from ..errors import InputError

BANDS = {
    3: (90.5e9, 92.4e9, 102.5e9, 104.4e9),
    6: (224.0e9, 226.0e9, 240.0e9, 242.0e9),
    7: (336.5e9, 338.4e9, 348.5e9, 350.4e9),
}
"""Centres of the usual four spws (Hz), by ALMA band."""
ATMOSPHERE_SUBSCANS = ("OFF_SOURCE", "AMBIENT", "HOT")
"""The sky and the two loads, on which ALMA measures system temperatures one after another."""
TDM_CHANNELS = 128
"""Channels of the spws in which ALMA measures pointing and system temperatures."""
TDM_BANDWIDTH = 2e9
"""Bandwidth of these spws (Hz)."""
CORRELATIONS = ("XX", "YY", "XX YY", "XX XY YX YY", "RR", "LL", "RR LL", "RR RL LR LL")

_START = re.compile(r"\d{4}/\d{2}/\d{2}/\d{2}:\d{2}:\d{2}(\.\d+)?")


@dataclass(frozen=True)
class SimulatedField:
    """A field.

    Attributes
    ----------
    name : str
        Name; the model and the position of a solar-system object are from CASA.
    flux_jy : float
        Flux density at 230 GHz (Jy) of other sources.
    spix : float
        Spectral index of other sources.
    offset_deg : tuple of float
        Offset in right ascension and declination from the centre of the observation (degrees).
    """

    name: str
    flux_jy: float = 1.0
    spix: float = -0.7
    offset_deg: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class SimulatedScan:
    """A scan: index of the field, intents of the pipeline, number of integrations, and spws (None means all)."""

    field: int
    intents: tuple[str, ...]
    integrations: int = 5
    spws: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Disturbance:
    """Amplitude gains that are multiplied by `factor`; None means all antennas, scans (numbers) or spws."""

    antenna: int | None = None
    scan: int | None = None
    spw: int | None = None
    factor: float = 50.0


@dataclass(frozen=True)
class FlagSelection:
    """Data to flag; None means all. Of the integrations, the first ones are flagged, a `fraction` of all."""

    antenna: int | None = None
    scan: int | None = None
    spw: int | None = None
    field: int | None = None
    fraction: float = 1.0


@dataclass(frozen=True)
class SimulationPlan:
    """An observation.

    Attributes
    ----------
    fields, scans : tuple
        The fields, and the scans in order; `standard_plan` makes the usual ones.
    spw_frequencies : tuple of float
        Centre of each spw (Hz).
    bandwidth : float
        Bandwidth of each spw (Hz).
    channels, antennas : int
    configuration : str
        Antenna configuration of CASA's simulation data, of which the innermost antennas are taken.
    spread : float
        Factor on the distances between the antennas.
    correlations : str
        In the syntax of CASA's simulator: ``'XX YY'``, ``'XX'``, ``'XX XY YX YY'``, ``'RR LL'``.
    integration : float
        Length of an integration (s).
    noise_jy : float
        Standard deviation of the real and the imaginary part of a calibrated visibility (Jy), in channels of 31.25 MHz
        and integrations of 6 s. For others it is scaled by the radiometer equation. 0 means no noise, with the weights
        for 0.1 Jy.
    gain_scatter : float
        Fractional scatter of the amplitude gains between antennas.
    gain_drift : float
        Fractional scatter of an antenna's amplitude gain from scan to scan.
    phase_noise : float
        Standard deviation of an antenna's phase change from one integration to the next (rad).
    bandpass : bool
        Whether to simulate bandpass shapes; otherwise the bandpass is flat.
    catalogue_error : float
        Fractional error of the flux densities in flux.csv.
    system_temperature : float
        Mean system temperature (K) with which the data have to be calibrated; 0 for calibrated data. See
        `with_system_temperatures`.
    spw_kinds : tuple of str
        ``'SCIENCE'``, ``'TSYS'`` or ``'POINTING'`` for each spw, in ALMA's form only: see `with_alma_form`.
    compact_antennas : int
        Number of antennas of the Compact Array, the last ones of the array: 7 m dishes, named CM01 and so on.
    observation_rows : int
        Number of rows of OBSERVATION, among which the scans are divided, as in a concatenation.
    """

    fields: tuple[SimulatedField, ...]
    scans: tuple[SimulatedScan, ...]
    spw_frequencies: tuple[float, ...] = BANDS[6]
    bandwidth: float = 1.875e9
    channels: int = 64
    antennas: int = 12
    configuration: str = "alma.cycle9.1"
    spread: float = 1.0
    correlations: str = "XX YY"
    telescope: str = "ALMA"
    start: str = "2023/11/20/04:00:00"
    integration: float = 6.0
    noise_jy: float = 0.1
    gain_scatter: float = 0.1
    gain_drift: float = 0.0
    phase_noise: float = 0.1
    bandpass: bool = True
    catalogue_error: float = 0.03
    system_temperature: float = 0.0
    spw_kinds: tuple[str, ...] = ()
    compact_antennas: int = 0
    observation_rows: int = 1
    disturbances: tuple[Disturbance, ...] = ()
    flags: tuple[FlagSelection, ...] = ()
    with_intents: bool = True
    seed: int = 1

    def __post_init__(self) -> None:
        if not self.fields or not self.scans:
            raise InputError("plan", (len(self.fields), len(self.scans)), "at least one field and scan are needed")
        self._check_numbers()
        if self.correlations not in CORRELATIONS:
            raise InputError("correlations", self.correlations, "cannot be simulated", CORRELATIONS)
        if not _START.fullmatch(self.start):
            raise InputError("start", self.start, "a time is written as 2023/11/20/04:00:00")

    def _check_numbers(self) -> None:
        for name in ("channels", "integration", "bandwidth", "spread"):
            if not 0 < getattr(self, name) < math.inf:
                raise InputError(name, getattr(self, name), "a number greater than 0 is needed")
        for name in ("noise_jy", "gain_scatter", "gain_drift", "phase_noise", "catalogue_error", "system_temperature"):
            if not 0 <= getattr(self, name) < math.inf:
                raise InputError(name, getattr(self, name), "a number of 0 or more is needed")
        if isinstance(self.seed, bool) or not 0 <= self.seed < 2**63:
            raise InputError("seed", self.seed, "a whole number of 0 or more is needed")
        if self.antennas < 3:
            raise InputError("antennas", self.antennas, "at least 3 are needed to solve for gains")
        if not 0 <= self.compact_antennas <= self.antennas:
            raise InputError("compact_antennas", self.compact_antennas, f"there are {self.antennas} antennas")
        if not 1 <= self.observation_rows <= len(self.scans):
            raise InputError("observation_rows", self.observation_rows, f"there are {len(self.scans)} scans")

    def check_references(self) -> None:
        """Raise `InputError` if an id in a scan, disturbance or flag does not exist, or if a needed scan is missing.

        This is not checked when a plan is created, so that its attributes can be changed one after another.
        """
        self._check_scans()
        self._check_selections()
        if self.system_temperature and not any(scan.intents == ("ATMOSPHERE",) for scan in self.scans):
            problem = "no ATMOSPHERE scan measures it; with_system_temperatures adds such scans"
            raise InputError("system_temperature", self.system_temperature, problem)

    def _check_scans(self) -> None:
        for scan in self.scans:
            _check_id("scans", scan, scan.field, "field", range(len(self.fields)))
            for spw in self.spws_of(scan):
                _check_id("scans", scan, spw, "spw", range(len(self.spw_frequencies)))
            if scan.integrations < 1 or not self.spws_of(scan):
                raise InputError("scans", scan, "a scan needs at least one integration and one spw")
            if unknown := [intent for intent in scan.intents if intent not in INTENTS]:
                raise InputError("intents", unknown[0], "unknown intent", INTENTS)

    def _check_selections(self) -> None:
        there = {
            "antenna": range(self.antennas),
            "scan": range(1, len(self.scans) + 1),
            "spw": range(len(self.spw_frequencies)),
            "field": range(len(self.fields)),
        }
        for argument, selections in (("disturbances", self.disturbances), ("flags", self.flags)):
            for selection in selections:
                for what, ids in there.items():
                    if (wanted := getattr(selection, what, None)) is not None:
                        _check_id(argument, selection, wanted, what, ids)

    def with_(self, **changes: object) -> "SimulationPlan":
        """Return the plan with `changes` made."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def baseband(self, spw: int) -> int:
        """Return the number of the baseband of a spw; spws with the same frequency have the same baseband."""
        return list(dict.fromkeys(self.spw_frequencies)).index(self.spw_frequencies[spw]) % 4 + 1

    def spws_of(self, scan: SimulatedScan) -> tuple[int, ...]:
        """Return the spws of a scan."""
        return tuple(range(len(self.spw_frequencies))) if scan.spws is None else scan.spws

    @property
    def is_alma_form(self) -> bool:
        """Whether the MeasurementSet is in ALMA's form; otherwise it has only the spws and scans of the plan."""
        return bool(self.spw_kinds)

    @property
    def correlation_count(self) -> int:
        """Number of correlations."""
        return len(self.correlations.split())

    def channels_of(self, spw: int) -> int:
        """Return the number of channels of a spw."""
        return self.channels if self._is_science(spw) else TDM_CHANNELS

    def channel_frequencies(self, spw: int) -> NDArray[np.float64]:
        """Return the frequency of each channel of a spw (Hz); in ALMA's form they decrease in the lower sideband."""
        channels = self.channels_of(spw)
        offsets = np.arange(channels) - (channels - 1) / 2
        return np.asarray(self.spw_frequencies[spw] + self.channel_width(spw) * offsets)

    def channel_width(self, spw: int) -> float:
        """Return the width of the channels of a spw (Hz); it is negative if the frequencies decrease."""
        width = (self.bandwidth if self._is_science(spw) else TDM_BANDWIDTH) / self.channels_of(spw)
        return -width if self.is_lower_sideband(spw) else width

    def is_lower_sideband(self, spw: int) -> bool:
        """Return whether a spw is in the lower sideband, where the frequencies of ALMA's channels decrease."""
        middle = (min(self.spw_frequencies) + max(self.spw_frequencies)) / 2
        return self.is_alma_form and self.spw_frequencies[spw] < middle

    def is_measured(self, scan: SimulatedScan) -> bool:
        """Return whether a scan measures flux densities; pointing and atmosphere scans do not."""
        return not {"ATMOSPHERE", "POINTING"} & set(scan.intents)

    def diameters(self) -> list[float]:
        """Return the diameter of each antenna (m)."""
        return [12.0] * (self.antennas - self.compact_antennas) + [7.0] * self.compact_antennas

    def _is_science(self, spw: int) -> bool:
        return not self.is_alma_form or self.spw_kinds[spw] == "SCIENCE"


def _check_id(argument: str, value: object, wanted: int, what: str, ids: Sequence[int]) -> None:
    if wanted not in ids:
        raise InputError(argument, value, f"there is no {what} {wanted}", ids)
