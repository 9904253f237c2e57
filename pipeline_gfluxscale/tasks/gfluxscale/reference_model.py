"""Before the solves: the reference field needs a flux model; set one only where there is none.

The stage may be called on data that no earlier stage has touched. In order of precedence:

1. an entry of the flux file, for a reference field that covers a transfer intent as well (the spec's rule);
2. the model that is there;
3. a solar-system object: Butler-JPL-Horizons 2012;
4. a flux standard: Perley-Butler 2017, in the far south Stevens-Reynolds 2016;
5. an entry of the flux file.
"""

import logging
from dataclasses import dataclass

from ...casa import models
from ...casa.solar_system import is_solar_system_object
from ...domain.flux_standards import SOLAR_SYSTEM_STANDARD, flux_standard_of
from ...domain.measurementset import Field
from ...errors import InputError
from .inputs import GFluxscaleInputs
from .selection import Selection

LOG = logging.getLogger(__name__)


def set_reference_models(inputs: GFluxscaleInputs, selection: Selection) -> list[str]:
    """Give every reference field a model where it has none.

    Returns
    -------
    list of str
        What was assumed, in words.

    Raises
    ------
    InputError
        If nothing is known of a reference field's flux density.
    """
    plans = [plan for field in selection.reference for plan in _plans(inputs, selection, field)]
    for plan in plans:
        plan.carry_out(inputs)
    return [plan.words for plan in plans]


@dataclass(frozen=True)
class _Plan:
    """The models to set for a field: of a standard, or of the flux file if there is none. Made before any is set."""

    field: Field
    spws: list[int]
    words: str
    standard: str | None = None

    def carry_out(self, inputs: GFluxscaleInputs) -> None:
        """Set the models."""
        if self.standard is None:
            _set_from_file(inputs, self.field, self.spws)
        else:
            virtual = models.keeps_virtual(inputs.ms.path)
            models.set_standard_model(inputs.ms.path, self.field.id, self.spws, self.standard, virtual=virtual)


def _plans(inputs: GFluxscaleInputs, selection: Selection, field: Field) -> list[_Plan]:
    """Return what has to be set for a field."""
    spws = sorted({spw for o in selection.observations if o.field == field for spw in o.spws})
    covers_transfer = bool(field.intents & set(selection.covered_intents))
    from_file = [spw for spw in spws if covers_transfer and (field.id, spw) in inputs.catalogue]
    plans = [_from_file(inputs, field, from_file)] if from_file else []
    missing = [spw for spw in _without_model(inputs, field, spws) if spw not in from_file]
    return [*plans, _default(inputs, field, missing)] if missing else plans


def _without_model(inputs: GFluxscaleInputs, field: Field, spws: list[int]) -> list[int]:
    vis = inputs.ms.path
    if models.has_model_column(vis):
        return models.spws_without_model(vis, field.id, spws)
    return [] if field.id in models.fields_with_virtual_model(vis) else spws


def _default(inputs: GFluxscaleInputs, field: Field, spws: list[int]) -> _Plan:
    """Return the best model known for spws without one."""
    standard = SOLAR_SYSTEM_STANDARD if is_solar_system_object(field.name) else flux_standard_of(field.name)
    if standard is not None:
        return _Plan(field, spws, f"{field.name}: model of {standard} in spw {_words(spws)}", standard)
    unknown = [spw for spw in spws if (field.id, spw) not in inputs.catalogue]
    if unknown:
        raise InputError(
            "reference",
            field.name,
            f"no flux density is known for spw {_words(unknown)}: {inputs.ms.name} has no model of it (1 Jy is "
            "CASA's way to say so), it is neither a solar-system object nor a flux standard, and the flux file "
            f"({inputs.reffile or 'none given'}) has no entry. Run setjy, or name a flux file with reffile",
        )
    return _from_file(inputs, field, spws)


def _from_file(inputs: GFluxscaleInputs, field: Field, spws: list[int]) -> _Plan:
    return _Plan(field, spws, f"{field.name}: flux densities of {inputs.reffile} in spw {_words(spws)}")


def _set_from_file(inputs: GFluxscaleInputs, field: Field, spws: list[int]) -> None:
    entries = {spw: inputs.catalogue[field.id, spw] for spw in spws}
    chosen = [
        models.PointModel(field.id, spw, entry.stokes, entry.spix or 0.0, inputs.ms.spw(spw).mean_frequency)
        for spw, entry in entries.items()
    ]
    models.set_point_models(inputs.ms.path, chosen, virtual=models.keeps_virtual(inputs.ms.path))


def _words(spws: list[int]) -> str:
    return ", ".join(map(str, spws))
