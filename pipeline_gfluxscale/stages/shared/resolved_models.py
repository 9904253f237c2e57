"""Use the models of solar-system objects in solves for phases, as these objects are resolved."""

from collections.abc import Sequence
from dataclasses import replace

from ...casa.models import fields_with_virtual_model, spws_without_model
from ...casa.solar_system import is_solar_system_object
from ...domain.measurementset import MeasurementSet
from ...domain.observation import Observation


def with_resolved_models(ms: MeasurementSet, observations: Sequence[Observation]) -> list[Observation]:
    """Flag observations of extended sources with a model, so that the model is copied to the working copy too."""
    resolved = [o for o in observations if is_solar_system_object(o.field.name)]
    virtual = fields_with_virtual_model(ms.path) if resolved else set()
    modelled = {o for o in resolved if o.field.id in virtual or not spws_without_model(ms.path, o.field.id, o.spws)}
    return [replace(o, is_reference=True) if o in modelled else o for o in observations]
