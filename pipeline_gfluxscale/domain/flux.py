"""Flux densities: derived from gains, measured on calibrated visibilities, and from a catalogue."""

from dataclasses import dataclass, field
from math import hypot, sqrt

from .json_shape import FLAT, in_json


@dataclass(frozen=True)
class StokesFlux:
    """Flux densities of the four Stokes parameters.

    Attributes
    ----------
    I, Q, U, V : float
        Jy
    """

    I: float
    Q: float = 0.0
    U: float = 0.0
    V: float = 0.0


@dataclass(frozen=True)
class DerivedFlux:
    """The flux density that fluxscale derives from amplitude gains.

    Attributes
    ----------
    stokes : StokesFlux
        Flux density (Jy); of Stokes I only, as the gains are of gaintype T.
    uncertainty : float
        Standard error of Stokes I (Jy), from the scatter between antennas.
    num_solutions : int
        Number of antennas from whose gains it is derived.
    """

    stokes: StokesFlux = field(metadata=FLAT)
    uncertainty: float
    num_solutions: int = 0


@dataclass(frozen=True)
class CalibratedFlux:
    """The vector-averaged amplitude of the calibrated visibilities.

    Attributes
    ----------
    stokes : StokesFlux
        Flux density (Jy).
    uncertainty : float
        Statistical uncertainty from the scatter of the field's visibilities (Jy), as in the ALMA Pipeline. It includes
        the difference between the polarisations' gains, which is no error of the mean.
    noise : float
        Error by the thermal noise of this field (Jy): the noise of the mean, from the differences between successive
        integrations, and the bias by phase solutions that follow the noise, which matters for faint fields only.
    scale_uncertainty : float
        Uncertainty of the flux scale that was transferred (Jy).
    shared_uncertainty : float
        The part of the total uncertainty that all spws of the field have in common (Jy).
    """

    stokes: StokesFlux = field(metadata=FLAT)
    uncertainty: float
    noise: float = 0.0
    scale_uncertainty: float = 0.0
    shared_uncertainty: float = 0.0

    @property
    @in_json
    def total_uncertainty(self) -> float:
        """Quadratic sum of the noise and the scale uncertainty (Jy): the standard error of the flux density."""
        return hypot(self.noise, self.scale_uncertainty)

    @property
    def own_uncertainty(self) -> float:
        """The part of the total uncertainty that is independent from spw to spw (Jy)."""
        total, shared = self.total_uncertainty, abs(self.shared_uncertainty)
        return sqrt(max(0.0, (total - shared) * (total + shared)))


@dataclass(frozen=True)
class CatalogueFlux:
    """An entry of flux.csv: the flux density of a field in a spw by a catalogue or by the user.

    Attributes
    ----------
    stokes : StokesFlux
        Flux density (Jy).
    spix : float or None
        Spectral index, S proportional to frequency**spix.
    origin : str
        The source of the entry, such as ``'DB'`` (ALMA calibrator catalogue) or ``'Source.xml'``.
    age_days : float or None
        Days between the catalogue's nearest monitoring observation and the data.
    """

    stokes: StokesFlux = field(metadata=FLAT)
    spix: float | None = None
    origin: str = ""
    age_days: float | None = None


@dataclass(frozen=True)
class FluxMeasurement:
    """The derived, the calibrated and the catalogue flux density of one field in one spw.

    Attributes
    ----------
    field : str
        Name of the field.
    field_id : int
        Id of the field.
    intents : tuple of str
        The intents that the field was used with; empty for data without intents.
    spw : int
        Id of the spw.
    frequency_hz, bandwidth_hz : float
        Mean frequency and total bandwidth of the spw (Hz).
    derived : DerivedFlux or None
        From the amplitude gains by fluxscale, and written to MODEL_DATA; None if it could not be derived.
    calibrated : CalibratedFlux or None
        The vector average of the calibrated visibilities; None if nothing was left to average.
    catalogue : CatalogueFlux or None
        The entry of the flux file; None without one.
    adopted_from : tuple of str
        The MSs of whose flux densities this one is the mean, if it was not measured in this MS.
    model_factor : float
        Ratio of the model to the derived flux density: 1, or the factor by ``equalize``.
    caveats : tuple of str
        Reasons why it is doubtful or wrong, in a few words, such as ``'no Tsys'``; empty if there are none.
    """

    field: str
    field_id: int
    intents: tuple[str, ...]
    spw: int
    frequency_hz: float
    bandwidth_hz: float
    derived: DerivedFlux | None = None
    calibrated: CalibratedFlux | None = None
    catalogue: CatalogueFlux | None = None
    adopted_from: tuple[str, ...] = ()
    model_factor: float = 1.0
    caveats: tuple[str, ...] = ()

    @property
    @in_json
    def ratio(self) -> float | None:
        """Calibrated / catalogue flux density; None if one of them is missing."""
        if self.calibrated is None or self.catalogue is None or self.catalogue.stokes.I == 0:
            return None
        return self.calibrated.stokes.I / self.catalogue.stokes.I

    @property
    @in_json
    def spix(self) -> float | None:
        """Spectral index of the catalogue; None if it has none."""
        return None if self.catalogue is None else self.catalogue.spix

    @property
    def snr(self) -> float | None:
        """Calibrated flux density over its statistical uncertainty; None if it was not measured."""
        if self.calibrated is None or self.calibrated.uncertainty <= 0:
            return None
        return self.calibrated.stokes.I / self.calibrated.uncertainty
