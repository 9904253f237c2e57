"""Combine derived, calibrated and catalogue flux densities, and fit spectra."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as declared
from itertools import groupby

import numpy as np

from ....domain.flux import CalibratedFlux, DerivedFlux, FluxMeasurement
from ....domain.json_shape import FLAT
from ....heuristics.spectral_fit import PowerLawFit, fit_power_law
from ..inputs import GFluxscaleInputs
from .selection import Selection


@dataclass(frozen=True)
class SpectralFit:
    """The power law through a field's calibrated flux densities.

    Attributes
    ----------
    field : str
        Name of the field.
    field_id : int
        Id of the field.
    fit : PowerLawFit
    catalogue_spix : float or None
        Spectral index of the catalogue.
    """

    field: str
    field_id: int
    fit: PowerLawFit = declared(metadata=FLAT)
    catalogue_spix: float | None = None


def assemble(
    inputs: GFluxscaleInputs,
    selection: Selection,
    derived: Mapping[tuple[int, int], DerivedFlux],
    calibrated: Mapping[tuple[int, int], CalibratedFlux],
    caveats: Mapping[tuple[int, int], tuple[str, ...]] | None = None,
) -> list[FluxMeasurement]:
    """Return a measurement for every (field id, spw) with a flux density, sorted."""
    measurements = []
    for field_id, spw_id in sorted(derived.keys() | calibrated.keys()):
        spw = inputs.ms.spw(spw_id)
        measurements.append(
            FluxMeasurement(
                field=inputs.ms.field(field_id).name,
                field_id=field_id,
                intents=selection.intents_of(field_id),
                spw=spw_id,
                frequency_hz=spw.mean_frequency,
                bandwidth_hz=spw.bandwidth,
                derived=derived.get((field_id, spw_id)),
                calibrated=calibrated.get((field_id, spw_id)),
                catalogue=inputs.catalogue.get((field_id, spw_id)),
                caveats=(caveats or {}).get((field_id, spw_id), ()),
            )
        )
    return measurements


def fit_spectra(measurements: Sequence[FluxMeasurement]) -> list[SpectralFit]:
    """Fit a power law to the calibrated flux densities of each field.

    The weights are from the errors that are independent from spw to spw. The error that all spws have in common is
    added to the error of the fitted flux density.
    """
    fits = []
    for field_id, members in groupby(measurements, key=lambda m: m.field_id):
        group = list(members)
        fluxes = [(m.frequency_hz, m.calibrated) for m in group if m.calibrated is not None]
        points = [(frequency, flux) for frequency, flux in fluxes if flux.own_uncertainty > 0 and flux.stokes.I > 0]
        if not points:
            continue
        shared = np.sqrt(np.mean([(flux.shared_uncertainty / flux.stokes.I) ** 2 for _, flux in points]))
        fit = fit_power_law(
            [frequency for frequency, _ in points],
            [flux.stokes.I for _, flux in points],
            [flux.own_uncertainty for _, flux in points],
            shared_error=float(shared),
        )
        if fit is not None:
            catalogue_spix = next((m.catalogue.spix for m in group if m.catalogue is not None), None)
            fits.append(SpectralFit(group[0].field, field_id, fit, catalogue_spix))
    return fits
