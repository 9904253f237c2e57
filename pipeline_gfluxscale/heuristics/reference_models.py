"""Choose the model of a reference calibrator, by the same rule in hif_setmodels and hifa_gfluxscale."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from ..domain.flux import CatalogueFlux
from ..domain.reference import StoredModel

DIFFERENT = 0.01
"""If two flux densities differ by more than this fraction, both are reported."""

_SAME = 1e-5
"""MODEL_DATA has single precision: a model that differs by less than this fraction is the same."""


class Source(StrEnum):
    """The source of a model."""

    STORED = "MeasurementSet"
    FLUX_FILE = "flux file"
    STANDARD = "standard"


@dataclass(frozen=True)
class Known:
    """What is known about a field in a spw before its model is chosen.

    Attributes
    ----------
    is_solar_system : bool
        Whether the field has the name of a solar-system object that CASA has a model of.
    stored : StoredModel or None
        The usable model in the MS.
    entry : CatalogueFlux or None
        The entry of the flux file.
    standard : str or None
        The flux standard that includes the field.
    """

    is_solar_system: bool = False
    stored: StoredModel | None = None
    entry: CatalogueFlux | None = None
    standard: str | None = None


@dataclass(frozen=True)
class Rule:
    """A line of `PRECEDENCE`: the source of the model, its description, and whether it is available."""

    source: Source
    words: str
    applies: Callable[[Known], bool]


#: The first rule that applies decides. docs/results.md has the same table.
PRECEDENCE: tuple[Rule, ...] = (
    Rule(
        Source.STORED,
        "an extended source: the model in the MeasurementSet",
        lambda known: known.stored is not None and not known.stored.is_point,
    ),
    Rule(
        Source.STORED,
        "a solar-system object: the model in the MeasurementSet",
        lambda known: known.is_solar_system and known.stored is not None,
    ),
    Rule(
        Source.STANDARD,
        "a solar-system object without a model: the model of Butler-JPL-Horizons 2012",
        lambda known: known.is_solar_system and known.standard is not None,
    ),
    Rule(Source.FLUX_FILE, "the entry of the flux file", lambda known: known.entry is not None),
    Rule(Source.STORED, "the model in the MeasurementSet", lambda known: known.stored is not None),
    Rule(Source.STANDARD, "the flux standard", lambda known: known.standard is not None),
)


def choose_source(known: Known) -> Source | None:
    """Return the source of the model; None if nothing is known."""
    return next((rule.source for rule in PRECEDENCE if rule.applies(known)), None)


def agrees(stored: StoredModel | None, entry: CatalogueFlux, frequency_hz: float) -> bool:
    """Return whether a stored model equals the entry's point source and spectral index, to single precision.

    Parameters
    ----------
    stored : StoredModel or None
    entry : CatalogueFlux
    frequency_hz : float
        Frequency of the entry's flux density: the mean frequency of the spw (Hz).
    """
    polarised = entry.stokes.Q or entry.stokes.U or entry.stokes.V
    if stored is None or not stored.is_point or polarised or not stored.edges:
        return False
    return all(
        abs(flux / (entry.stokes.I * (frequency / frequency_hz) ** (entry.spix or 0.0)) - 1) < _SAME
        for frequency, flux in stored.edges
    )


def replaced_flux(stored: StoredModel | None, entry: CatalogueFlux) -> float | None:
    """Return the stored flux density that an entry replaces (Jy), if the two differ by more than `DIFFERENT`."""
    if stored is None or abs(stored.flux / entry.stokes.I - 1) <= DIFFERENT:
        return None
    return stored.flux
