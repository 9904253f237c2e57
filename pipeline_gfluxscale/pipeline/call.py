"""Check a call of a stage for all of its MeasurementSets, before any work."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from ..errors import InputError, shown
from .context import Context
from .parameters import check_given, parameters_of
from .stage_inputs import StageInputs
from .unreadable import of_each

InputsT = TypeVar("InputsT", bound=StageInputs)

Vis = str | Path | Sequence[str | Path] | None


@dataclass(frozen=True)
class Call(Generic[InputsT]):
    """A checked call of a stage.

    Attributes
    ----------
    names : sequence of str
        The MeasurementSets, in the order of the call.
    inputs : sequence of StageInputs
        The Inputs for the MeasurementSets whose data can be read, in the same order.
    unreadable : mapping of str to str
        For the other MeasurementSets, by name: the reason why their data cannot be read.
    """

    names: Sequence[str]
    inputs: Sequence[InputsT]
    unreadable: Mapping[str, str] = field(default_factory=dict)


def check_call(
    context: Context,
    vis: Vis,
    given: Mapping[str, Any],
    inputs_type: type[InputsT],
    check: Callable[[InputsT], object] = lambda _: None,
) -> Call[InputsT]:
    """Check all parameters for all MeasurementSets.

    Parameters
    ----------
    context : Context
        The context of the run.
    vis : path or sequence of paths, optional
        Names of MeasurementSets of the context. Default: all.
    given : mapping of str to object
        The other parameters, by name.
    inputs_type : type
        The Inputs of the stage.
    check : callable, optional
        A further check of the Inputs for a MeasurementSet.

    Raises
    ------
    InputError
        A parameter cannot be used.
    GFluxscaleError
        The call has a single MeasurementSet, and its data cannot be read.
    """
    check_given(parameters_of(inputs_type), given)
    names = chosen_names(context, vis)
    check_mappings(given, context)

    def make(name: str) -> InputsT:
        inputs = inputs_type.for_ms(context, name, given)
        check(inputs)
        return inputs

    made, problems = of_each(names, make, context.output_dir, context.unreadable)
    return Call(names, [made[name] for name in names if name in made], problems)


def chosen_names(context: Context, vis: Vis) -> list[str]:
    """Return the names of the MeasurementSets of a context that `vis` selects; by default of all."""
    if not vis:
        return [*context.data, *context.unreadable]
    names = [Path(path).name for path in ([vis] if isinstance(vis, str | Path) else vis)]
    if twice := {name for name in names if names.count(name) > 1}:
        raise InputError("vis", names, f"{', '.join(sorted(twice))} is named more than once")
    for name in names:
        if name not in context.unreadable:
            context.observed(name)
    return names


def check_mappings(given: Mapping[str, Any], context: Context) -> None:
    """Raise `InputError` if a parameter has a value for an MS that is not in the context."""
    for argument, value in given.items():
        names = value if isinstance(value, Mapping) else ()
        unknown = [name for name in names if name not in context.data and name not in context.unreadable]
        if unknown:
            raise InputError(argument, value, f"{shown(unknown[0])} is not a MeasurementSet of this run", context.data)
