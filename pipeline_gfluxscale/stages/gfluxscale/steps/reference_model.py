"""Before the solves: choose the model of each reference field, and set it unless the MS already has this model."""

import logging
from dataclasses import dataclass, field

from ....domain.reference import ReferenceFlux
from ....system.logs import IN_RESULTS
from ...shared.reference_models import carry_out, plan_reference
from ...shared.reference_words import explain
from ...shared.stored_models import read_stored_models
from ..inputs import GFluxscaleInputs
from .selection import Selection

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReferenceModels:
    """The flux densities of the reference fields, and the assumptions about them in words."""

    fluxes: list[ReferenceFlux] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)


def set_reference_models(inputs: GFluxscaleInputs, selection: Selection) -> ReferenceModels:
    """Set the model of every reference field, by the rules of `heuristics.reference_models.PRECEDENCE`.

    Raises
    ------
    InputError
        If the flux density of a reference field is not known; then no model is set.
    """
    ms, catalogue = inputs.ms, inputs.catalogue_file
    plans = []
    for reference in selection.reference:
        spws = selection.spws_of(reference.id)
        stored = read_stored_models(ms, reference, spws, inputs.context.output_dir)
        plans.append(plan_reference(ms, reference, spws, stored, catalogue))
    result = ReferenceModels(assumptions=list(catalogue.notes))
    for of_field in plans:
        fluxes = carry_out(ms, of_field, inputs.context.output_dir)
        result.fluxes.extend(fluxes)
        result.assumptions.extend(explain(of_field, fluxes, catalogue))
    for flux in result.fluxes:
        if flux.replaced is not None:
            LOG.warning(
                "%s: %s spw %d: the model was set to %.4g Jy, of %s; it was %.4g Jy in the MS",
                ms.name, flux.field, flux.spw, flux.I, flux.origin, flux.replaced, extra={IN_RESULTS: True},
            )  # fmt: skip
    return result
