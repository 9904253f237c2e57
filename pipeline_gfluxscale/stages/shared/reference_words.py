"""Sentences about the models of reference calibrators: set, replaced, not used, or from different sources."""

from collections.abc import Sequence

from ...domain.dates import utc
from ...domain.reference import ReferenceFlux
from ...files.catalogue import Catalogue
from ...heuristics.reference_models import Source
from .reference_models import ReferencePlan


def explain(
    plans: Sequence[ReferencePlan], fluxes: Sequence[ReferenceFlux], catalogue: Catalogue, *, only_doubts: bool = False
) -> list[str]:
    """Return sentences about models of one reference field that were set, replaced or assumed.

    With `only_doubts` there is none about a model that was set because the field had no model.
    """
    if not fluxes:
        return []
    words = [] if only_doubts else _set_in_words(plans, catalogue)
    return words + _replaced(fluxes, catalogue) + _unused(fluxes, catalogue) + _derived(fluxes) + _mixed(fluxes)


def _set_in_words(plans: Sequence[ReferencePlan], catalogue: Catalogue) -> list[str]:
    """Return sentences about models that were set without replacing a different one."""
    words = []
    for standard in dict.fromkeys(plan.standard for plan in plans if plan.standard):
        told = [plan.flux for plan in plans if plan.standard == standard]
        words.append(f"{told[0].field}: model of {standard} in spw {_spws(told)}")
    if new := [plan.flux for plan in plans if plan.stokes is not None and plan.flux.replaced is None]:
        words.append(f"{new[0].field}: flux densities of {catalogue.path} in spw {_spws(new)}")
    return words


def _replaced(fluxes: Sequence[ReferenceFlux], catalogue: Catalogue) -> list[str]:
    replaced = [flux for flux in fluxes if flux.replaced is not None]
    if not replaced:
        return []
    both = ", ".join(f"spw {flux.spw} {flux.I:.4g} Jy instead of {flux.replaced:.4g} Jy" for flux in replaced)
    return [
        f"{replaced[0].field}: the model was set to the flux densities of {catalogue.path} in place of those that "
        f"the MeasurementSet had: {both}; reffile='' keeps the MeasurementSet's"
    ]


def _unused(fluxes: Sequence[ReferenceFlux], catalogue: Catalogue) -> list[str]:
    unused = [f for f in fluxes if f.source != Source.FLUX_FILE and (f.field_id, f.spw) in catalogue.fluxes]
    if not unused:
        return []
    kind = "a solar-system object" if unused[0].is_solar_system else "not a point source"
    return [f"{unused[0].field}: {catalogue.path} is not used in spw {_spws(unused)}, as its model is {kind}"]


def _derived(fluxes: Sequence[ReferenceFlux]) -> list[str]:
    derived = [flux for flux in fluxes if flux.derived_on]
    if not derived:
        return []
    return [
        f"{derived[0].field}: the model in spw {_spws(derived)} was derived by an earlier run of hifa_gfluxscale on "
        f"{utc(derived[0].derived_on):%Y-%m-%d}, and has the flux scale of that run's reference"
    ]


def _mixed(fluxes: Sequence[ReferenceFlux]) -> list[str]:
    origins = dict.fromkeys(flux.source for flux in fluxes)
    if len(origins) < 2:
        return []
    parts = [f"{origin} for spw {_spws([f for f in fluxes if f.source == origin])}" for origin in origins]
    return [f"{fluxes[0].field}: its spws may differ in scale, as their models are from the {', the '.join(parts)}"]


def _spws(fluxes: Sequence[ReferenceFlux]) -> str:
    return ", ".join(str(flux.spw) for flux in fluxes)
