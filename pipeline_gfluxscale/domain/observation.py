"""The data of one solve."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from ..errors import InputError, shown
from .intents import casa_selection
from .measurementset import Field, MeasurementSet, Scan
from .selection import is_id


@dataclass(frozen=True)
class Observation:
    """The data of one solve: one field observed with one intent in the spws of one spectral setup.

    Attributes
    ----------
    field : Field
    intent : str
        Pipeline intent; empty if the data were selected without an intent.
    spws : tuple of int
        Science spws, sorted.
    scans : tuple of int
        Scan numbers, sorted.
    is_reference : bool
        Whether the field has a model that its solves use; otherwise they use a point source of 1 Jy.
    casa_intent : str
        The intent in CASA's selection syntax.
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

    @property
    def selection(self) -> dict[str, str]:
        """The arguments with which CASA's tasks select the data."""
        return {
            "field": str(self.field.id),
            "spw": ",".join(map(str, self.spws)),
            "scan": ",".join(map(str, self.scans)),
            "intent": self.casa_intent,
        }

    def of_spws(self, spws: Collection[int]) -> "Observation":
        """Return the part of the observation in some spws."""
        return replace(self, spws=tuple(spw for spw in self.spws if spw in spws))


def find_fields(argument: str, value: str, ms: MeasurementSet) -> tuple[Field, ...]:
    """Return the fields that an argument selects by name or id, sorted by id; a name selects all fields of that name.

    Raises
    ------
    InputError
        If a name or id is unknown.
    """
    selected: set[Field] = set()
    # A name may contain commas, so the whole value is tried as a name first.
    whole = str(value).strip()
    tokens = [whole] if any(f.name == whole for f in ms.fields) else [token.strip() for token in whole.split(",")]
    for token in tokens:
        named = [field for field in ms.fields if field.name == token]
        if not named and is_id(token):
            named = [field for field in ms.fields if field.id == int(token)]
        if not named:
            raise InputError(argument, value, f"no field {shown(token)} in {ms.name}", [f.name for f in ms.fields])
        selected.update(named)
    return tuple(sorted(selected, key=lambda field: field.id))


def observations_of(
    field: Field, intents: Sequence[str], ms: MeasurementSet, is_reference: bool = False
) -> list[Observation]:
    """Split a field's data into solves.

    A scan with two intents is used for the first of them in `intents` only, so that no data are solved for twice.
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
    """Group scans by the spws that were observed together: one observation per spectral setup (ALMA's SpectralSpec)."""
    setups: dict[tuple[int, ...], set[int]] = {}
    for scan in scans:
        spws = tuple(sorted(scan.spw_ids & ms.science_spw_ids))
        setups.setdefault(spws, set()).add(scan.id)
    casa_intent = casa_selection(intent, ms.obs_modes) if intent and setups else ""
    return [
        Observation(field, intent, spws, tuple(sorted(numbers)), is_reference, casa_intent)
        for spws, numbers in sorted(setups.items())
    ]
