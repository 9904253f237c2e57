"""Step 0, Select: choose the reference and transfer fields, and their observations."""

from dataclasses import dataclass

from ....domain.measurementset import Field, MeasurementSet
from ....domain.observation import Observation, find_fields, observations_of
from ....errors import InputError
from ..inputs import GFluxscaleInputs


@dataclass(frozen=True)
class Selection:
    """The fields and observations of the transfer of the flux scale.

    Attributes
    ----------
    reference, transfer : tuple of Field
        Sorted by id; no field is in both.
    observations : tuple of Observation
        One per solve; the reference fields come first.
    covered_intents : tuple of str
        Transfer intents that a reference field has itself.
    warnings : tuple of str
        Sentences about fields that were named, but have no data with the intents.
    """

    reference: tuple[Field, ...]
    transfer: tuple[Field, ...]
    observations: tuple[Observation, ...]
    covered_intents: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def spws(self) -> list[int]:
        """The spws of all observations, sorted."""
        return sorted({spw for o in self.observations for spw in o.spws})

    @property
    def expected(self) -> list[tuple[int, int]]:
        """The (field id, spw) pairs for which a flux density is expected, sorted."""
        return sorted({(o.field.id, spw) for o in self.observations if not o.is_reference for spw in o.spws})

    def intents_of(self, field_id: int) -> tuple[str, ...]:
        """Return the transfer (or reference) intents that a field is used with."""
        return tuple(dict.fromkeys(o.intent for o in self.observations if o.field.id == field_id and o.intent))

    def spws_of(self, field_id: int) -> list[int]:
        """Return the spws of a field, sorted."""
        return sorted({spw for o in self.observations if o.field.id == field_id for spw in o.spws})

    def scans_of(self, field_id: int, spw_id: int) -> tuple[int, ...]:
        """Return the scans of a field in a spw."""
        return tuple(
            sorted({s for o in self.observations if o.field.id == field_id and spw_id in o.spws for s in o.scans})
        )


def select(inputs: GFluxscaleInputs) -> Selection:
    """Choose the reference and transfer fields, and split their data into observations.

    Transfer intents that a reference field has are left out, as the flux density of that field is known.

    Raises
    ------
    InputError
        If a field does not exist, is both reference and transfer, or has no data of its intents.
    """
    ms = inputs.ms
    reference, without_reference_data = _chosen_fields("reference", inputs.reference, inputs.refintent, ms)
    reference_ids = {field.id for field in reference}
    covered = tuple(intent for intent in inputs.transintent if any(intent in field.intents for field in reference))
    transfer_intents = tuple(intent for intent in inputs.transintent if intent not in covered)
    transfer, without_transfer_data = _chosen_fields("transfer", inputs.transfer, transfer_intents, ms)
    both = [field for field in transfer if field.id in reference_ids]
    if both and inputs.transfer:
        names = ", ".join(f"{field.name} #{field.id}" for field in both)
        raise InputError("transfer", inputs.transfer, f"{names} is also a reference field")
    transfer = tuple(field for field in transfer if field.id not in reference_ids)
    observations = [o for field in reference for o in observations_of(field, inputs.refintent, ms, True)]
    observations += [o for field in transfer for o in observations_of(field, transfer_intents, ms)]
    return Selection(reference, transfer, tuple(observations), covered, without_reference_data + without_transfer_data)


def _chosen_fields(
    argument: str, value: str | None, intents: tuple[str, ...], ms: MeasurementSet
) -> tuple[tuple[Field, ...], tuple[str, ...]]:
    """Return the fields that the argument selects, by default the fields with the intents; and a warning for others."""
    if not value:
        return tuple(field for field in ms.fields if field.intents & set(intents)), ()
    chosen = find_fields(argument, value, ms)
    if not intents or not ms.has_intents:
        return chosen, ()
    without = [field for field in chosen if not field.intents & set(intents)]
    warnings = (
        f"{field.name} #{field.id} is left out: it has no data with {' or '.join(intents)}" for field in without
    )
    return tuple(field for field in chosen if field not in without), tuple(warnings)
