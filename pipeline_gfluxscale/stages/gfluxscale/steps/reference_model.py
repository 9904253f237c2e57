"""Before the solves: choose the model of each reference field, and set it unless the MS already has this model.

If the MS has no MODEL_DATA, models of point sources wait until step 6, Set models, makes that column with all models.
"""

import logging
from dataclasses import dataclass, field

from ....casa.point_models import PointModel
from ....domain.reference import ReferenceFlux
from ....system.logs import IN_RESULTS
from ...shared.reference_models import can_wait, carry_out, plan_reference, point_models
from ...shared.reference_words import explain
from ...shared.stored_models import read_stored_models
from ..inputs import GFluxscaleInputs
from .selection import Selection

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReferenceModels:
    """The models of the reference fields.

    Attributes
    ----------
    fluxes : list of ReferenceFlux
    assumptions : list of str
        The assumptions about them in words.
    waiting : list of PointModel
        Models that step 6, Set models, writes into the MeasurementSet, together with those of the transfer fields.
    """

    fluxes: list[ReferenceFlux] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    waiting: list[PointModel] = field(default_factory=list)


def set_reference_models(inputs: GFluxscaleInputs, selection: Selection) -> ReferenceModels:
    """Choose and set the model of every reference field, by the rules of `heuristics.reference_models.PRECEDENCE`.

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
    wait = can_wait(ms, [plan for of_field in plans for plan in of_field])
    for of_field in plans:
        if wait:
            result.waiting.extend(point_models(of_field))
        fluxes = [plan.flux for plan in of_field] if wait else carry_out(ms, of_field, inputs.context.output_dir)
        result.fluxes.extend(fluxes)
        result.assumptions.extend(explain(of_field, fluxes, catalogue))
    for flux in result.fluxes:
        if flux.replaced is not None:
            LOG.warning(
                "%s: %s spw %d: the model was set to %.4g Jy, of %s; it was %.4g Jy in the MS",
                ms.name, flux.field, flux.spw, flux.I, flux.origin, flux.replaced, extra={IN_RESULTS: True},
            )  # fmt: skip
    return result
