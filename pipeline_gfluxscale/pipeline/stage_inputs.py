"""The base classes of the Inputs of stages: a MeasurementSet of a context, defaults and checks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from ..domain.intents import validate_intents
from ..domain.measurementset import MeasurementSet
from ..domain.observation import Observation, find_fields, observations_of
from ..domain.selection import parse_ids
from ..errors import InputError
from .calibration_check import check_calibration
from .callibrary import without_tables_of
from .checks import NOT_NEGATIVE, antenna_names, flag, names, whole
from .context import Context, ObservedData
from .parameters import checked, parameter, parameters_of


@dataclass(frozen=True)
class StageInputs:
    """The parameters of a stage for one MeasurementSet, declared by fields; see `pipeline.parameters`.

    Attributes
    ----------
    context : Context
        The state of the run.
    observed : ObservedData
        The MeasurementSet, with results of earlier stages.
    """

    context: Context
    observed: ObservedData

    @property
    def ms(self) -> MeasurementSet:
        """The MeasurementSet."""
        return self.observed.ms

    @classmethod
    def for_ms(cls, context: Context, vis: str | Path, given: Mapping[str, Any]) -> Self:
        """Return the inputs for one MeasurementSet.

        Parameters
        ----------
        context : Context
        vis : str or Path
            A MeasurementSet of the context.
        given : mapping
            Parameters by name; None means the default, and a mapping from names of MeasurementSets has a value for each
            MeasurementSet.

        Raises
        ------
        InputError
            A parameter cannot be used with this MeasurementSet.
        FileFormatError
            Prior calibration cannot be applied, or a file that a parameter names is malformed.
        """
        observed = context.observed(vis)
        inputs = cls(context, observed, **checked(parameters_of(cls), given, observed.ms.name))
        check_calibration(context.calibration, inputs.ms)
        inputs.check()
        return inputs.resolved()

    def check(self) -> None:
        """Raise `InputError` for parameters that contradict the data or each other."""

    def resolved(self) -> Self:
        """Return the inputs with the defaults that depend on the data."""
        return self

    def alone(self) -> Self:
        """Return the inputs with a context that has no other MeasurementSets, to be sent to a worker."""
        context = replace(self.context, data={self.ms.name: self.observed}, records=(), unreadable={})
        return replace(self, context=context)

    def observations(self, field: str, intent: str, spw: str) -> list[Observation]:
        """Return the data of the science spws that fields, intents and spws select; blank for all.

        Raises
        ------
        InputError
            There are no such data.
        """
        if not field and not self.ms.has_intents:
            names = [of_ms.name for of_ms in self.ms.fields]
            raise InputError("field", field, f"the scans of {self.ms.name} have no intents: name the fields", names)
        fields = find_fields("field", field, self.ms) if field else self.ms.fields
        intents = validate_intents("intent", intent)
        spws = self.ms.science_spw_ids & set(parse_ids(spw) or self.ms.science_spw_ids)
        if not spws:
            raise InputError("spw", spw, "none of the science spws", sorted(self.ms.science_spw_ids))
        selected = [o.of_spws(spws) for chosen in fields for o in observations_of(chosen, intents, self.ms)]
        if not any(observation.spws for observation in selected):
            choices = sorted({word for chosen in fields for word in chosen.intents})
            raise InputError("intent", intent, f"{self.ms.name} has no such data of field {field or '(all)'}", choices)
        return [observation for observation in selected if observation.spws]


class SolveInputs(StageInputs):
    """The parameters of all stages that solve for calibration tables: the data, and the requirements on a solution.

    Each stage declares these parameters itself, as their order differs from stage to stage.
    """

    field: str
    intent: str
    spw: str
    combine: str
    refant: str
    minblperant: int
    minsnr: float
    unregister_existing: bool

    @property
    def sources(self) -> list[Observation]:
        """The data from which the stage solves, one observation per field and spectral setup."""
        return self.observations(self.field, self.intent, self.spw)

    def resolved(self) -> Self:
        """Return the inputs with the reference antennas: those of the call, or those that hif_refant ranked."""
        refant = self.refant or ",".join(self.observed.reference_antennas)
        return replace(self, refant=refant)  # type: ignore[call-arg]  # a field of each stage's own Inputs

    def context_without(self, command: str) -> Context:
        """Return the context; with `unregister_existing`, without the tables of earlier runs of the stage."""
        if not self.unregister_existing:
            return self.context
        calibration = without_tables_of(command, self.ms.name, self.context.calibration)
        return replace(self.context, calibration=calibration)

    def check(self) -> None:
        """Raise `InputError` for parameters that contradict the data or each other."""
        if self.refant:
            antenna_names("refant", self.refant, tuple(antenna.name for antenna in self.ms.antennas))
        _ = self.sources


def field_parameter() -> Any:
    """Declare `field` of a solve."""
    return parameter(None, "str", "Names or ids of the fields that are solved for.", names, default_text="all")


def intent_parameter() -> Any:
    """Declare `intent` of a solve."""
    return parameter("BANDPASS", "str", "Intents of the data that are solved for.", names)


def spw_parameter() -> Any:
    """Declare `spw` of a solve."""
    text = "Ids of the science spws that are solved for, such as ``'17,19'``."
    return parameter(None, "str", text, names, default_text="all")


def refant_parameter() -> Any:
    """Declare `refant` of a solve."""
    text = "Reference antennas, best first."
    return parameter(None, "str", text, names, default_text="the ranking of hif_refant")


def minblperant_parameter() -> Any:
    """Declare `minblperant` of a solve."""
    return parameter(4, "int", "Least number of baselines of an antenna with a solution.", whole(1))


def minsnr_parameter() -> Any:
    """Declare `minsnr` of a solve."""
    return parameter(3.0, "float", "Least SNR of a solution.", NOT_NEGATIVE)


def unregister_existing_parameter() -> Any:
    """Declare `unregister_existing` of a solve."""
    return parameter(False, "bool", "Do not apply the tables that earlier runs of this stage have made.", flag)
