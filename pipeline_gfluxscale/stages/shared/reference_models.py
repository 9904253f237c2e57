"""Plan the models of reference calibrators from what is known about them, and set them.

hif_setmodels and hifa_gfluxscale both use this module, so that both give a reference the same model.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...casa import models
from ...casa.solar_system import is_solar_system_object
from ...domain.dates import utc
from ...domain.flux import CatalogueFlux, StokesFlux
from ...domain.flux_standards import SOLAR_SYSTEM_STANDARD, flux_standard_of
from ...domain.measurementset import Field, MeasurementSet
from ...domain.reference import ReferenceFlux, StoredModel
from ...errors import InputError
from ...files.catalogue import Catalogue
from ...heuristics.reference_models import Known, Source, agrees, choose_source, replaced_flux
from .stored_models import read_stored_models


@dataclass(frozen=True)
class ReferencePlan:
    """The model of a field in a spw, before anything is set.

    Attributes
    ----------
    flux : ReferenceFlux
        The model as it will be reported; if a standard is to be set, its flux density is not known yet.
    stokes : StokesFlux or None
        The flux density to set; None if nothing, or a standard, is to be set.
    spix : float
        Spectral index to set.
    standard : str
        The standard to set; blank for none.
    """

    flux: ReferenceFlux
    stokes: StokesFlux | None = None
    spix: float = 0.0
    standard: str = ""


def plan_reference(
    ms: MeasurementSet,
    field: Field,
    spws: Sequence[int],
    stored: Mapping[int, StoredModel],
    catalogue: Catalogue,
) -> list[ReferencePlan]:
    """Choose the model of a reference field in each spw, by `heuristics.reference_models.PRECEDENCE`.

    Parameters
    ----------
    ms : MeasurementSet
    field : Field
    spws : sequence of int
    stored : mapping of int to StoredModel
        The usable models in the MS, by spw.
    catalogue : Catalogue
        The flux file.

    Raises
    ------
    InputError
        Nothing is known of the flux density in a spw.
    """
    is_solar_system = is_solar_system_object(field.name)
    standard = SOLAR_SYSTEM_STANDARD if is_solar_system else flux_standard_of(field.name)
    known = {
        spw: Known(is_solar_system, stored.get(spw), catalogue.fluxes.get((field.id, spw)), standard) for spw in spws
    }
    sources = {spw: choose_source(each) for spw, each in known.items()}
    if unknown := [spw for spw, source in sources.items() if source is None]:
        raise InputError("reference", field.name, _why_unknown(ms, unknown, catalogue))
    return [_plan(ms, field, spw, known[spw], source, catalogue) for spw, source in sources.items() if source]


def _why_unknown(ms: MeasurementSet, spws: Sequence[int], catalogue: Catalogue) -> str:
    listed = ", ".join(map(str, spws))
    return (
        f"no flux density is known for spw {listed}: {ms.name} has no model of it (1 Jy in all channels "
        "is CASA's default), it is neither a solar-system object nor a flux standard, and the flux file "
        f"({catalogue.path or 'none given'}) has no entry. Run setjy, or name a flux file with reffile"
    )


def _plan(
    ms: MeasurementSet, field: Field, spw: int, known: Known, source: Source, catalogue: Catalogue
) -> ReferencePlan:
    frequency = ms.spw(spw).mean_frequency
    told = ReferenceFlux(
        field.name, field.id, spw, frequency, None, source.value, "", is_solar_system=known.is_solar_system
    )
    if source is Source.FLUX_FILE and known.entry is not None:
        return _of_file(told, known.entry, known.stored, catalogue)
    if source is Source.STORED and known.stored is not None:
        return _of_ms(told, known.stored, ms)
    standard = known.standard or ""
    return ReferencePlan(replace(told, origin=standard, is_resolved=known.is_solar_system), standard=standard)


def _of_file(
    told: ReferenceFlux, entry: CatalogueFlux, stored: StoredModel | None, catalogue: Catalogue
) -> ReferencePlan:
    told = replace(
        told,
        I=entry.stokes.I,
        origin=f"{catalogue.path.name if catalogue.path else 'flux file'}{_details(entry)}",
        replaced=replaced_flux(stored, entry),
        catalogue_origin=entry.origin,
        age_days=entry.age_days,
    )
    if agrees(stored, entry, told.frequency_hz):
        return ReferencePlan(told)
    return ReferencePlan(told, entry.stokes, entry.spix or 0.0)


def _of_ms(told: ReferenceFlux, stored: StoredModel, ms: MeasurementSet) -> ReferencePlan:
    origin = f"model in {ms.name}"
    if stored.derived_on:
        origin += f", derived by hifa_gfluxscale on {utc(stored.derived_on):%Y-%m-%d}"
    is_resolved = not stored.is_point
    return ReferencePlan(
        replace(told, I=stored.flux, origin=origin, is_resolved=is_resolved, derived_on=stored.derived_on)
    )


def _details(entry: CatalogueFlux) -> str:
    """Return origin and age of an entry in words."""
    age = "" if entry.age_days is None else f"{entry.age_days:g} days old"
    words = ", ".join(word for word in (entry.origin, age) if word)
    return f" ({words})" if words else ""


def carry_out(ms: MeasurementSet, plans: Sequence[ReferencePlan], output_dir: Path) -> list[ReferenceFlux]:
    """Set the models that have to be set, and return the flux densities of all models.

    The flux density of a standard is read from the model after setjy, as setjy returns that of the first channel.

    Parameters
    ----------
    ms : MeasurementSet
    plans : sequence of ReferencePlan
        Of one field.
    output_dir : Path
        Where virtual models are evaluated.

    Raises
    ------
    MeasurementSetLockedError
        If another process keeps the MeasurementSet locked.
    CasaTaskError
        If a model could not be set.
    """
    of_standards = [plan for plan in plans if plan.standard]
    for standard in dict.fromkeys(plan.standard for plan in of_standards):
        told = [plan.flux for plan in of_standards if plan.standard == standard]
        # CASA has no virtual models of solar-system objects.
        virtual = models.keeps_virtual(ms.path) and standard != SOLAR_SYSTEM_STANDARD
        models.set_standard_model(ms.path, told[0].field_id, [flux.spw for flux in told], standard, virtual=virtual)
    models.set_point_models(ms.path, point_models(plans), virtual=models.keeps_virtual(ms.path))
    if not of_standards:
        return [plan.flux for plan in plans]
    field = ms.field(of_standards[0].flux.field_id)
    stored = read_stored_models(ms, field, [plan.flux.spw for plan in of_standards], output_dir)
    return [_with_flux(plan.flux, stored.get(plan.flux.spw)) if plan.standard else plan.flux for plan in plans]


def point_models(plans: Sequence[ReferencePlan]) -> list[models.PointModel]:
    """Return the models of point sources that have to be set."""
    return [
        models.PointModel(plan.flux.field_id, plan.flux.spw, plan.stokes, plan.spix, plan.flux.frequency_hz)
        for plan in plans
        if plan.stokes is not None
    ]


def can_wait(ms: MeasurementSet, plans: Sequence[ReferencePlan]) -> bool:
    """Return whether the models can be written together with those of other fields when MODEL_DATA is made.

    A new column has to be written for all rows of the MeasurementSet, and it is written only once if all models are
    known by then.
    """
    if models.has_model_column(ms.path) or models.keeps_virtual(ms.path):
        return False
    points = point_models(plans)
    return len(points) == len(plans) and all(models.can_compute(ms.path, point) for point in points)


def _with_flux(told: ReferenceFlux, stored: StoredModel | None) -> ReferenceFlux:
    return told if stored is None else replace(told, I=stored.flux, is_resolved=not stored.is_point)
