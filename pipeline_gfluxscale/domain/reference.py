"""The models of reference calibrators: in an MS, and as used by a run."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: The notes that this package's setjy calls leave in HISTORY, as `note` of the argument `fluxdict`.
DERIVED = "derived by hifa_gfluxscale"
NORMALISED = "normalised to 1 Jy"


@dataclass(frozen=True)
class ModelSample:
    """The model in one channel.

    Attributes
    ----------
    frequency_hz : float
    visibilities : ndarray of complex, shape (n_row,)
        Stokes I (Jy) of each cross-correlation.
    uv_m : ndarray, shape (2, n_row)
        u and v (m).
    """

    frequency_hz: float
    visibilities: NDArray[np.complex128]
    uv_m: NDArray[np.float64]


@dataclass(frozen=True)
class StoredModel:
    """The usable model of a field in a spw of an MS.

    Attributes
    ----------
    flux : float
        Flux density at the mean frequency of the spw (Jy); for an extended source, the total flux density.
    is_point : bool
        Whether it is a point source at the phase centre.
    edges : tuple of (float, float)
        Frequency (Hz) and flux density (Jy) in the first and the last channel.
    derived_on : float
        Time at which an earlier run of hifa_gfluxscale derived it (MJD, s); 0 if no such run is known.
    """

    flux: float
    is_point: bool = True
    edges: tuple[tuple[float, float], ...] = ()
    derived_on: float = 0.0


@dataclass(frozen=True)
class SetjyRecord:
    """A flux density that this package set by setjy, from the HISTORY of an MS.

    Attributes
    ----------
    note : str
        `DERIVED` or `NORMALISED`.
    field : str
        Name of the field.
    flux : float
        Stokes I (Jy) at `frequency_hz`.
    frequency_hz : float
    time : float
        Time at which it was set (MJD, s).
    """

    note: str
    field: str
    flux: float
    frequency_hz: float
    time: float


@dataclass(frozen=True)
class ReferenceFlux:
    """The flux density that a reference calibrator had in a run.

    Attributes
    ----------
    field : str
        Name of the field.
    field_id, spw : int
        Ids of the field and the spw.
    frequency_hz : float
        Mean frequency of the spw.
    I : float or None
        Flux density (Jy), for an extended source the total flux density; None if it is not known.
    source : str
        The source of the model: a value of `heuristics.reference_models.Source`.
    origin : str
        The source of the model in words, with origin and age of the catalogue's entry.
    replaced : float or None
        The flux density of the model in the MS that was replaced (Jy), if the two differ by more than 1 %.
    catalogue_origin : str
        Origin of the entry in the flux file, if the model is from the flux file.
    age_days : float or None
        Days between the observation of the entry's flux density and the data.
    is_resolved : bool
        Whether the model is extended.
    is_solar_system : bool
        Whether it is an object of the solar system.
    derived_on : float
        Time at which an earlier run derived the model (MJD, s); 0 if no such run is known.
    """

    field: str
    field_id: int
    spw: int
    frequency_hz: float
    I: float | None
    source: str
    origin: str
    replaced: float | None = None
    catalogue_origin: str = ""
    age_days: float | None = None
    is_resolved: bool = False
    is_solar_system: bool = False
    derived_on: float = 0.0
