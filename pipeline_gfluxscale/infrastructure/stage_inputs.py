"""What the Inputs of the calibration stages have in common: a MeasurementSet of a context, defaults and checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from numbers import Integral
from typing import Any, TypeVar

from ..domain.intents import validate_intents
from ..domain.measurementset import MeasurementSet
from ..domain.observation import Observation, find_fields, observations_of
from ..domain.selection import parse_ids
from ..errors import InputError
from .basetask import per_ms
from .callibrary import without_tables_of
from .checks import antenna_names, check_flag, check_number, check_text, check_whole
from .context import Context, ObservedData

InputsT = TypeVar("InputsT", bound="StageInputs")


@dataclass(frozen=True)
class StageInputs:
    """The parameters of a stage for one MeasurementSet; the defaults of the fields are those of the parameters.

    Attributes
    ----------
    context : Context
        What the stage is run on.
    observed : ObservedData
        The MeasurementSet, and what earlier stages have found out about it.
    """

    context: Context
    observed: ObservedData

    @property
    def ms(self) -> MeasurementSet:
        """The MeasurementSet."""
        return self.observed.ms

    @classmethod
    def for_ms(cls: type[InputsT], context: Context, vis: str, given: Mapping[str, Any]) -> InputsT:
        """Return the inputs for one MeasurementSet.

        Parameters
        ----------
        context : Context
        vis : str
            Name of one of its MeasurementSets.
        given : mapping
            Parameters by name; None means the default, and a mapping from names of MeasurementSets gives each its
            own value.

        Raises
        ------
        InputError
            A parameter cannot be used with this MeasurementSet.
        """
        defaults = {field.name: field.default for field in fields(cls)}
        values = {name: _as_text(per_ms(value, vis), defaults[name]) for name, value in given.items()}
        inputs = cls(context, context.observed(vis), **{k: v for k, v in values.items() if v is not None})
        inputs.check()
        return inputs

    def check(self) -> None:
        """Raise `InputError` for a parameter that cannot be used."""

    def observations(self, field: str, intent: str, spw: str) -> list[Observation]:
        """Return the data of the science spws that fields, intents and spws select; blank for all.

        Raises
        ------
        InputError
            There are no such data.
        """
        if not field and not self.ms.has_intents:
            names = [each.name for each in self.ms.fields]
            raise InputError(
                "field", field, f"{self.ms.name} does not say what its scans are for: name the fields", names
            )
        fields = find_fields("field", field, self.ms) if field else self.ms.fields
        intents = validate_intents("intent", intent)
        spws = self.ms.science_spw_ids & set(parse_ids(spw) or self.ms.science_spw_ids)
        if not spws:
            raise InputError("spw", spw, "none of the science spws", sorted(self.ms.science_spw_ids))
        found = [o.of_spws(spws) for each in fields for o in observations_of(each, intents, self.ms)]
        if not any(each.spws for each in found):
            there = sorted({each for field in fields for each in field.intents})
            raise InputError("intent", intent, f"{self.ms.name} has no such data of field {field or '(all)'}", there)
        return [each for each in found if each.spws]


@dataclass(frozen=True)
class SolveInputs(StageInputs):
    """The parameters that stages share which solve for calibration tables: the data, and what a solution needs."""

    field: str = ""
    intent: str = "BANDPASS"
    spw: str = ""
    combine: str = ""
    refant: str = ""
    minblperant: int = 4
    minsnr: float = 3.0
    unregister_existing: bool = False

    @property
    def sources(self) -> list[Observation]:
        """The data that are solved for, by spectral setup."""
        return self.observations(self.field, self.intent, self.spw)

    @property
    def refants(self) -> str:
        """Reference antennas in CASA's words."""
        return self.refant or ",".join(self.observed.reference_antennas)

    def context_without(self, command: str) -> Context:
        """Return the context, without the tables that an earlier run of the stage has made if they are to go."""
        if not self.unregister_existing:
            return self.context
        calibration = without_tables_of(command, self.ms.name, self.context.calibration)
        return replace(self.context, calibration=calibration)

    def check(self) -> None:
        """Raise `InputError` for a parameter that cannot be used."""
        for name in ("field", "intent", "spw", "combine", "refant"):
            check_text(name, getattr(self, name))
        check_number("minsnr", self.minsnr, "0 or more", lambda x: x >= 0)
        check_whole("minblperant", self.minblperant, 1)
        check_flag("unregister_existing", self.unregister_existing)
        if self.refant:
            antenna_names("refant", self.refant, tuple(antenna.name for antenna in self.ms.antennas))
        _ = self.sources


def _as_text(value: Any, default: Any) -> Any:
    """Return names and ids as CASA writes them, as one string; recipes have a single id as a number."""
    if isinstance(default, str) and isinstance(value, Integral) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ",".join(map(str, value))
    return value
