"""What is to be simulated, as plain data: an execution block of ALMA and what disturbs it."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ..domain.intents import INTENTS, intents_of
from ..errors import InputError
from .bands import BANDS

#: Correlations that can be simulated.
CORRELATIONS = ("XX", "YY", "XX YY", "XX XY YX YY", "RR", "LL", "RR LL", "RR RL LR LL")

#: ALMA's correlators deliver no more channels than this in a spw.
MAX_CHANNELS = 3840

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_START = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?")


@dataclass(frozen=True)
class SimulatedSpw:
    """A spectral window.

    Attributes
    ----------
    center_hz, bandwidth_hz : float
        Topocentric frequency of the centre, and width of all channels (Hz).
    n_channels : int
    band : int
        Receiver band, which stands in ALMA's name of the spw.
    baseband : int
        1 to 4.
    descending : bool
        Whether the frequency falls from channel to channel, as in ALMA's lower sideband.
    """

    center_hz: float
    bandwidth_hz: float = 1.875e9
    n_channels: int = 64
    band: int = 6
    baseband: int = 1
    descending: bool = False

    def __post_init__(self) -> None:
        _require_positive("center_hz", self.center_hz)
        _require_positive("bandwidth_hz", self.bandwidth_hz)
        _require_range("n_channels", self.n_channels, 1, MAX_CHANNELS)


@dataclass(frozen=True)
class SimulatedField:
    """A field with one source.

    Attributes
    ----------
    name : str
        A solar-system object that CASA has a model of (``'Uranus'``) is observed where it was and as it was.
        Any other name is a point source; one such as ``'J0350+2333'`` tells its position.
    intents : tuple of str
        Words of the pipeline (``'PHASE'``), or modes of ALMA (``'CALIBRATE_PHASE#ON_SOURCE'``); what a scan of the
        field is for, if the scan itself says nothing else.
    flux : float
        Stokes I (Jy) at `reference_hz`; ignored for a solar-system object.
    spix : float
        Spectral index: I is proportional to frequency**spix.
    spws : tuple of int, optional
        Spws that the field is observed in; by default all.
    direction : (float, float), optional
        J2000 right ascension and declination (degrees). By default the ephemeris, or what `name` says, or
        near the first field.
    source_offset : (float, float)
        Offset of the source from the phase centre to the east and north (arcsec).
    polarization : (float, float, float)
        Stokes Q, U and V as fractions of I.
    reference_hz : float, optional
        By default the mean frequency of all spws of the plan.
    """

    name: str
    intents: tuple[str, ...] = ("PHASE",)
    flux: float = 1.0
    spix: float = -0.6
    spws: tuple[int, ...] | None = None
    direction: tuple[float, float] | None = None
    source_offset: tuple[float, float] = (0.0, 0.0)
    polarization: tuple[float, float, float] = (0.0, 0.0, 0.0)
    reference_hz: float | None = None

    def __post_init__(self) -> None:
        _require_intents(self.intents)
        if not (math.isfinite(self.flux) and self.flux >= 0):
            raise InputError("flux", self.flux, "a flux density is a number from 0 up")


@dataclass(frozen=True)
class SimulatedScan:
    """A scan of one field.

    Attributes
    ----------
    field : int
        Position in the plan's `fields`, which is the field's id.
    intents : tuple of str, optional
        By default the field's.
    n_integrations : int
    spws : tuple of int, optional
        By default the field's.
    """

    field: int
    intents: tuple[str, ...] | None = None
    n_integrations: int = 5
    spws: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.intents is not None:
            _require_intents(self.intents)
        _require_range("n_integrations", self.n_integrations, 1, 100_000)


@dataclass(frozen=True)
class Disturbance:
    """A wrong amplitude gain of one antenna.

    Attributes
    ----------
    antenna : int or str
        Id or name.
    scan, spw : int, optional
        SCAN_NUMBER (from 1 up) and spw id; None for all.
    factor : float
        What the antenna's amplitude gain is multiplied by; 0 for a dead antenna.
    """

    antenna: int | str
    scan: int | None = None
    spw: int | None = None
    factor: float = 50.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.factor) and self.factor >= 0):
            raise InputError("factor", self.factor, "an amplitude is a number from 0 up")


@dataclass(frozen=True)
class FlagSelection:
    """Visibilities that are flagged; None means all.

    Attributes
    ----------
    antenna : int or str, optional
        Id or name.
    scan, spw, field : int, optional
        SCAN_NUMBER (from 1 up), spw id and field id.
    fraction : float
        Fraction of the selected rows that is flagged, chosen at random.
    """

    antenna: int | str | None = None
    scan: int | None = None
    spw: int | None = None
    field: int | None = None
    fraction: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.fraction <= 1:
            raise InputError("fraction", self.fraction, "a fraction is from 0 to 1")


@dataclass(frozen=True)
class SimulationPlan:
    """An execution block of ALMA.

    Attributes
    ----------
    config : str
        Antenna configuration of CASA's data (``alma/simmos``). In the default one, short baselines see most of a
        disk of 3.7 arcsec in Band 6 and long ones are beyond its first null.
    n_antennas : int
        Antennas are taken evenly from the configuration's centre outwards.
    band : int
        Receiver band of the standard spws.
    n_channels : int
        Channels of each standard spw.
    correlations : str
        One of `CORRELATIONS`.
    reference : str or None
        The amplitude calibrator of the standard fields: a solar-system object; the name of a quasar such as
        ``'J0237+2848'``; ``'quasar'`` for that one; ``'bandpass'`` if the bandpass calibrator is it, in the same
        scan; None for none.
    reference_flux, bandpass_flux, phase_flux, check_flux : float
        Flux densities of the standard fields (Jy). No check source is observed if `check_flux` is 0.
    n_phase_scans : int
        Scans of the phase calibrator, with the target between them.
    spws : tuple of SimulatedSpw, optional
        Instead of the four standard ones.
    fields : tuple of SimulatedField, optional
        Instead of the standard ones.
    scans : tuple of SimulatedScan, optional
        Instead of the standard ones; by default each of `fields` once, if these are given.
    date : str
        Day of the observation (UTC); it begins so that the reference (else the first field) transits halfway.
    start : str, optional
        Date and time (ISO, UTC) of the beginning, instead of `date`.
    integration_s, slew_s : float
        Integration time, and time between scans (s).
    tsys_k : float, optional
        System temperature (K); by default typical of the band.
    noise : float
        Factor on the thermal noise. 0 means no noise, with SIGMA as for 1.
    gains : bool
        Whether antennas have gains at all; without, visibilities are in Jy (and have no phase noise).
    gain_mean : float
        Mean amplitude gain of an antenna. The default turns Jy into the K of ALMA's data (40 Jy/K).
    gain_scatter, gain_drift : float
        Relative scatter of the amplitude gains between antennas, and of an antenna's between scans.
    gain_trend : float
        Relative change of all amplitude gains per minute.
    phase_noise_deg : float
        Step of each antenna's random walk in phase from integration to integration, at the mean frequency.
    bandpass : bool
        Whether the gains vary along the channels. Without, no bandpass table is needed.
    disturbances : tuple of Disturbance, optional
        By default one wild antenna in one spw of one phase scan; ``()`` for none.
    flags : tuple of FlagSelection
    catalogue_error : float
        Relative error (one sigma) of flux.csv. Entries of the amplitude calibrator have none: they define the scale.
    obs_modes : bool
        Whether STATE tells what the data are for.
    keep_model : bool
        Whether MODEL_DATA with the model of the solar-system objects remains.
    seed : int
        Equal seeds give equal gains and noise, whatever the disturbances and flags are.
    """

    config: str = "alma.cycle10.2"
    n_antennas: int = 12
    band: int = 6
    n_channels: int = 64
    correlations: str = "XX YY"
    reference: str | None = "Uranus"
    reference_flux: float = 1.8
    bandpass_flux: float = 3.3
    phase_flux: float = 0.6
    check_flux: float = 0.15
    n_phase_scans: int = 4
    spws: tuple[SimulatedSpw, ...] | None = None
    fields: tuple[SimulatedField, ...] | None = None
    scans: tuple[SimulatedScan, ...] | None = None
    date: str = "2023-11-20"
    start: str | None = None
    integration_s: float = 6.0
    slew_s: float = 12.0
    tsys_k: float | None = None
    noise: float = 1.0
    gains: bool = True
    gain_mean: float = 0.158
    gain_scatter: float = 0.1
    gain_drift: float = 0.0
    gain_trend: float = 0.0
    phase_noise_deg: float = 5.0
    bandpass: bool = True
    disturbances: tuple[Disturbance, ...] | None = None
    flags: tuple[FlagSelection, ...] = field(default=())
    catalogue_error: float = 0.03
    obs_modes: bool = True
    keep_model: bool = False
    seed: int = 1

    def __post_init__(self) -> None:
        _require_choice("band", self.band, BANDS)
        _require_choice("correlations", self.correlations, CORRELATIONS)
        _require_range("n_antennas", self.n_antennas, 2, 50)
        _require_range("n_channels", self.n_channels, 1, MAX_CHANNELS)
        _require_range("n_phase_scans", self.n_phase_scans, 1, 1000)
        _require_range("seed", self.seed, 0, 2**63 - 1)
        for name in ("integration_s", "gain_mean", "tsys_k"):
            if getattr(self, name) is not None:
                _require_positive(name, getattr(self, name))
        for name in (
            "slew_s", "noise", "gain_scatter", "gain_drift", "phase_noise_deg", "catalogue_error", "reference_flux",
            "bandpass_flux", "phase_flux", "check_flux",
        ):  # fmt: skip
            _require_not_negative(name, getattr(self, name))
        if not _DATE.fullmatch(self.date):
            raise InputError("date", self.date, "a date is written as 2023-11-20")
        if self.start is not None and not _START.fullmatch(self.start):
            raise InputError("start", self.start, "date and time are written as 2023-11-20T03:30:00")
        for name in ("spws", "fields", "scans"):
            if getattr(self, name) == ():
                raise InputError(name, (), "there must be at least one; None for the standard ones")
        if self.scans is not None and self.fields is None:
            raise InputError("scans", self.scans, "scans of your own need fields of your own")

    def perfect(self) -> "SimulationPlan":
        """Return the plan without anything between the sky and the data: no noise, gains, bandpass, disturbances."""
        return replace(self, noise=0.0, gains=False, bandpass=False, disturbances=())


def _require_positive(argument: str, value: float) -> None:
    if not (math.isfinite(value) and value > 0):
        raise InputError(argument, value, "must be above 0")


def _require_not_negative(argument: str, value: float) -> None:
    if not (math.isfinite(value) and value >= 0):
        raise InputError(argument, value, "must not be below 0")


def _require_range(argument: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise InputError(argument, value, f"must be from {low} to {high}")


def _require_choice(argument: str, value: object, choices: Iterable[object]) -> None:
    choices = list(choices)
    if value not in choices:
        raise InputError(argument, value, "not available", choices)


def _require_intents(intents: tuple[str, ...]) -> None:
    if isinstance(intents, str):
        raise InputError("intents", intents, "must be a tuple of intents", INTENTS)
    for intent in intents:
        if intent not in INTENTS and not intents_of(intent):
            raise InputError("intents", intent, "unknown intent", INTENTS)
