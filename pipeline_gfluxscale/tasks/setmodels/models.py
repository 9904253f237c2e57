"""What model each calibrator gets: decided for all of them before any is set."""

from dataclasses import dataclass

from ...casa.solar_system import is_solar_system_object
from ...domain.flux import CatalogueFlux, StokesFlux
from ...domain.flux_standards import SOLAR_SYSTEM_STANDARD, flux_standard_of
from ...domain.measurementset import Field, MeasurementSet
from ...errors import InputError
from .inputs import SetModelsInputs


@dataclass(frozen=True)
class FieldModel:
    """The model of a field in a spw.

    Attributes
    ----------
    field : Field
    spw : int
    origin : str
        Where it is from: a standard, the flux file with what it says of the origin, or an assumption.
    flux : StokesFlux or None
        Flux density (Jy); None where the standard knows it.
    spix : float
        Spectral index.
    standard : str
        A standard of CASA's setjy.
    is_assumed : bool
        Whether nothing is known of the spectrum, which is then taken to be flat.
    """

    field: Field
    spw: int
    origin: str
    flux: StokesFlux | None = None
    spix: float = 0.0
    standard: str = ""
    is_assumed: bool = False


def choose_models(inputs: SetModelsInputs) -> list[FieldModel]:
    """Choose the models of all fields.

    Raises
    ------
    InputError
        The flux density of a reference field is not known.
    """
    catalogue = inputs.catalogue().fluxes
    reference = [
        _of_reference(inputs, field, spw, catalogue.get((field.id, spw)))
        for field in inputs.reference_fields
        for spw in science_spws_of(inputs.ms, field)
    ]
    transfer = [
        _of_transfer(inputs, field, spw, catalogue.get((field.id, spw)))
        for field in inputs.transfer_fields
        for spw in science_spws_of(inputs.ms, field)
    ]
    return reference + transfer


def science_spws_of(ms: MeasurementSet, field: Field) -> list[int]:
    """Return the science spws that a field was observed in."""
    spws = {spw for scan in ms.scans if scan.field_id == field.id for spw in scan.spw_ids}
    return sorted(spws & ms.science_spw_ids)


def _of_reference(inputs: SetModelsInputs, field: Field, spw: int, entry: CatalogueFlux | None) -> FieldModel:
    """Return the model of a reference field: a solar-system object's, the flux file's, or a standard's."""
    if is_solar_system_object(field.name):
        return FieldModel(field, spw, SOLAR_SYSTEM_STANDARD, standard=SOLAR_SYSTEM_STANDARD)
    if entry is not None:
        return FieldModel(field, spw, _origin(entry), entry.stokes, entry.spix or 0.0)
    standard = flux_standard_of(field.name)
    if standard:
        return FieldModel(field, spw, standard, standard=standard)
    raise InputError(
        "reffile",
        str(inputs.catalogue_file or inputs.reffile),
        f"no flux density of the reference {field.name} in spw {spw}: it is neither a solar-system object nor a flux "
        "standard, and the flux file has no entry for it",
    )


def _of_transfer(inputs: SetModelsInputs, field: Field, spw: int, entry: CatalogueFlux | None) -> FieldModel:
    """Return the model of a field of which the shape of the spectrum matters."""
    if entry is None:
        return FieldModel(field, spw, "not known: a flat spectrum is assumed", StokesFlux(1.0), is_assumed=True)
    flux = entry.stokes
    if inputs.normfluxes:
        flux = StokesFlux(1.0, flux.Q / flux.I, flux.U / flux.I, flux.V / flux.I)
    return FieldModel(field, spw, _origin(entry), flux, entry.spix or 0.0)


def _origin(entry: CatalogueFlux) -> str:
    return f"flux file ({entry.origin})" if entry.origin else "flux file"
