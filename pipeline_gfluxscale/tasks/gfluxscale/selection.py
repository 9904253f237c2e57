"""Step 0, Select: the reference and transfer fields, and what each was observed with."""

import logging
from dataclasses import dataclass

from ...domain.intents import casa_selection
from ...domain.measurementset import Field, MeasurementSet, Scan
from ...errors import InputError
from .inputs import GFluxscaleInputs

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Observation:
    """The data of one solve: one field observed with one intent in the spws of one spectral setup.

    Attributes
    ----------
    field : Field
    intent : str
        Pipeline intent; empty where no intent was asked for.
    spws : tuple of int
        Science spws, sorted.
    scans : tuple of int
        Scan numbers, sorted.
    is_reference : bool
    casa_intent : str
        The intent as CASA selects it.
    """

    field: Field
    intent: str
    spws: tuple[int, ...]
    scans: tuple[int, ...]
    is_reference: bool
    casa_intent: str = ""

    @property
    def label(self) -> str:
        """Words for the log: field, id, intent and spws."""
        intent = f" ({self.intent})" if self.intent else ""
        return f"{self.field.name} #{self.field.id}{intent} spw {','.join(map(str, self.spws))}"


@dataclass(frozen=True)
class Selection:
    """What takes part in the transfer of the flux scale.

    Attributes
    ----------
    reference, transfer : tuple of Field
        Sorted by id; no field is in both.
    observations : tuple of Observation
        Every solve: those of the reference fields first.
    covered_intents : tuple of str
        Transfer intents that a reference field covers itself.
    """

    reference: tuple[Field, ...]
    transfer: tuple[Field, ...]
    observations: tuple[Observation, ...]
    covered_intents: tuple[str, ...] = ()

    @property
    def expected(self) -> list[tuple[int, int]]:
        """The (field id, spw) pairs that a flux density is expected for, sorted."""
        return sorted({(o.field.id, spw) for o in self.observations if not o.is_reference for spw in o.spws})

    def intents_of(self, field_id: int) -> tuple[str, ...]:
        """Return the transfer (or reference) intents that a field is used with."""
        return tuple(dict.fromkeys(o.intent for o in self.observations if o.field.id == field_id and o.intent))

    def scans_of(self, field_id: int, spw_id: int) -> tuple[int, ...]:
        """Return the scans of a field in a spw."""
        return tuple(
            sorted({s for o in self.observations if o.field.id == field_id and spw_id in o.spws for s in o.scans})
        )


def select(inputs: GFluxscaleInputs) -> Selection:
    """Choose the reference and transfer fields, and split their data into solves.

    A transfer intent that a reference field covers is not solved for: the flux density of that field is known.

    Raises
    ------
    InputError
        If a field does not exist, is both reference and transfer, or has no data of its intents.
    """
    ms = inputs.ms
    reference = _chosen_fields("reference", inputs.reference, inputs.refintent, ms)
    reference_ids = {field.id for field in reference}
    covered = tuple(intent for intent in inputs.transintent if any(intent in field.intents for field in reference))
    transfer_intents = tuple(intent for intent in inputs.transintent if intent not in covered)
    if covered:
        LOG.info("%s: the reference calibrator itself covers %s", ms.name, ", ".join(covered))
    transfer = _chosen_fields("transfer", inputs.transfer, transfer_intents, ms)
    both = [field for field in transfer if field.id in reference_ids]
    if both and inputs.transfer:
        names = ", ".join(f"{field.name} #{field.id}" for field in both)
        raise InputError("transfer", inputs.transfer, f"{names} is also a reference field")
    transfer = tuple(field for field in transfer if field.id not in reference_ids)
    observations = [o for field in reference for o in _observations(field, inputs.refintent, ms, True)]
    observations += [o for field in transfer for o in _observations(field, transfer_intents, ms, False)]
    return Selection(reference, transfer, tuple(observations), covered)


def _chosen_fields(argument: str, given: str | None, intents: tuple[str, ...], ms: MeasurementSet) -> tuple[Field, ...]:
    """Return the fields named, else those with the intents."""
    if not given:
        return tuple(field for field in ms.fields if field.intents & set(intents))
    chosen = find_fields(argument, given, ms)
    if not intents or not ms.has_intents:
        return chosen
    without = [field for field in chosen if not field.intents & set(intents)]
    for field in without:
        LOG.warning("%s: %s #%d has no data with intent %s", ms.name, field.name, field.id, ",".join(intents))
    return tuple(field for field in chosen if field not in without)


def find_fields(argument: str, given: str, ms: MeasurementSet) -> tuple[Field, ...]:
    """Return fields given by name or id, sorted by id; a name takes all fields of that name.

    Raises
    ------
    InputError
        If a name or id is unknown.
    """
    found: set[Field] = set()
    # A name may itself hold commas, so the whole is tried first.
    whole = str(given).strip()
    tokens = [whole] if any(f.name == whole for f in ms.fields) else [token.strip() for token in whole.split(",")]
    for token in tokens:
        named = [field for field in ms.fields if field.name == token]
        if not named and token.isdigit():
            named = [field for field in ms.fields if field.id == int(token)]
        if not named:
            raise InputError(argument, given, f"no field {token!r} in {ms.name}", [f.name for f in ms.fields])
        found.update(named)
    return tuple(sorted(found, key=lambda field: field.id))


def _observations(field: Field, intents: tuple[str, ...], ms: MeasurementSet, is_reference: bool) -> list[Observation]:
    """Split a field's data into solves.

    A scan with two intents belongs to the one that was asked for first, so that no data are solved twice.
    """
    mine = [scan for scan in ms.scans if scan.field_id == field.id and scan.spw_ids & ms.science_spw_ids]
    if not intents or not ms.has_intents:
        return _by_setup(field, "", mine, ms, is_reference)
    observations, taken = [], set()
    for intent in intents:
        scans = [scan for scan in mine if intent in scan.intents and scan not in taken]
        taken.update(scans)
        observations += _by_setup(field, intent, scans, ms, is_reference)
    return observations


def _by_setup(
    field: Field, intent: str, scans: list[Scan], ms: MeasurementSet, is_reference: bool
) -> list[Observation]:
    """Group scans by the spws observed together: a spectral setup (ALMA's SpectralSpec) each."""
    setups: dict[tuple[int, ...], set[int]] = {}
    for scan in scans:
        spws = tuple(sorted(scan.spw_ids & ms.science_spw_ids))
        setups.setdefault(spws, set()).add(scan.id)
    casa_intent = casa_selection(intent, ms.obs_modes) if intent and setups else ""
    return [
        Observation(field, intent, spws, tuple(sorted(numbers)), is_reference, casa_intent)
        for spws, numbers in sorted(setups.items())
    ]
