"""Choose the models of all calibrators, before any model is set."""

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as declared

from ...domain.flux import CatalogueFlux, StokesFlux
from ...domain.json_shape import FLAT, in_json, in_json_as, named
from ...domain.measurementset import Field, MeasurementSet
from ...domain.reference import ReferenceFlux
from ...files.catalogue import Catalogue
from ..shared.reference_models import ReferencePlan, plan_reference
from ..shared.stored_models import read_stored_models
from .inputs import SetModelsInputs


@dataclass(frozen=True)
class FieldModel:
    """The model of a field in a spw.

    Attributes
    ----------
    field : Field
    spw : int
    origin : str
        The source of the model: the MS, a standard, the flux file with the origin that it states, or an assumption.
    flux : StokesFlux or None
        Flux density (Jy); None if it is not known.
    spix : float or None
        Spectral index; None if the model has a spectrum of its own.
    is_assumed : bool
        Whether the spectrum is not known, and is assumed to be flat.
    is_normalised : bool
        Whether the flux density is 1 Jy instead of the flux density of the source.
    replaced : float or None
        The flux density (Jy) of the model in the MS that was replaced, if the two differ.
    """

    field: Field = declared(metadata=named("observed_field"))
    spw: int
    origin: str
    flux: StokesFlux | None = declared(default=None, metadata=FLAT)
    spix: float | None = 0.0
    is_assumed: bool = False
    is_normalised: bool = False
    replaced: float | None = None

    @property
    @in_json_as("field")
    def field_name(self) -> str:
        """Name of the field."""
        return self.field.name

    @property
    @in_json
    def field_id(self) -> int:
        """Id of the field."""
        return self.field.id

    @classmethod
    def of_reference(cls, ms: MeasurementSet, plan: ReferencePlan, flux: ReferenceFlux) -> "FieldModel":
        """Return the model of a reference field, from the plan and the flux density after the plan was carried out."""
        stokes = plan.stokes or (None if flux.I is None else StokesFlux(flux.I))
        spix = None if plan.stokes is None else plan.spix
        return cls(ms.field(flux.field_id), flux.spw, flux.origin, stokes, spix, replaced=flux.replaced)


@dataclass(frozen=True)
class ChosenModels:
    """The plans for each reference field, the models of the transfer fields, and the flux file."""

    reference: Sequence[Sequence[ReferencePlan]]
    transfer: Sequence[FieldModel]
    catalogue: Catalogue


def choose_models(inputs: SetModelsInputs) -> ChosenModels:
    """Choose the models of all fields.

    Raises
    ------
    InputError
        The flux density of a reference field is not known.
    """
    catalogue = inputs.catalogue
    reference = [_of_reference(inputs, field, catalogue) for field in inputs.reference_fields]
    transfer = [
        _of_transfer(inputs, field, spw, catalogue.fluxes.get((field.id, spw)))
        for field in inputs.transfer_fields
        for spw in science_spws_of(inputs.ms, field)
    ]
    return ChosenModels([plans for plans in reference if plans], transfer, catalogue)


def science_spws_of(ms: MeasurementSet, field: Field) -> list[int]:
    """Return the science spws that a field was observed in."""
    spws = {spw for scan in ms.scans if scan.field_id == field.id for spw in scan.spw_ids}
    return sorted(spws & ms.science_spw_ids)


def _of_reference(inputs: SetModelsInputs, field: Field, catalogue: Catalogue) -> list[ReferencePlan]:
    spws = science_spws_of(inputs.ms, field)
    stored = read_stored_models(inputs.ms, field, spws, inputs.context.output_dir)
    return plan_reference(inputs.ms, field, spws, stored, catalogue)


def _of_transfer(inputs: SetModelsInputs, field: Field, spw: int, entry: CatalogueFlux | None) -> FieldModel:
    """Return the model of a transfer field in a spw."""
    if entry is None:
        return FieldModel(
            field, spw, "not known: a flat spectrum is assumed", StokesFlux(1.0), is_assumed=True, is_normalised=True
        )
    flux = entry.stokes
    if inputs.normfluxes:
        flux = StokesFlux(1.0, flux.Q / flux.I, flux.U / flux.I, flux.V / flux.I)
    return FieldModel(field, spw, _origin(entry), flux, entry.spix or 0.0, is_normalised=inputs.normfluxes)


def _origin(entry: CatalogueFlux) -> str:
    return f"flux file ({entry.origin})" if entry.origin else "flux file"
