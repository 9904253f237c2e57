"""Run a stage on each MeasurementSet in turn, and leave what it found in the context: all of it, or nothing."""

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from ..casa.tasks import log_command, logging_commands_to, recording_commands
from ..errors import GFluxscaleError, InputError, shown
from ..system.logs import IN_RESULTS
from ..system.outputs import COMMAND_LOG
from ..system.unforeseen import explained
from .basetask import Results, ResultsList, StandardTask
from .context import Context
from .ownership import owns_its_data, working_on
from .stage_inputs import StageInputs
from .unreadable import of_each

LOG = logging.getLogger(__name__)

InputsT = TypeVar("InputsT", bound=StageInputs)
ResultsT = TypeVar("ResultsT", bound=Results)


@owns_its_data
def run_each(
    context: Context,
    vis: str | Path | Sequence[str | Path] | None,
    given: Mapping[str, Any],
    inputs_type: type[InputsT],
    task_type: Callable[[InputsT], StandardTask[InputsT, ResultsT]],
    results_type: type[ResultsT],
) -> ResultsList[ResultsT]:
    """Run a stage on MeasurementSets of a context.

    All parameters are checked before any work. The context changes if the stage succeeds for all MeasurementSets.

    Parameters
    ----------
    context : Context
    vis : path or sequence of paths, optional
        Names of MeasurementSets of the context; default: all.
    given : mapping
        The other parameters of the stage by name.
    inputs_type, task_type, results_type : type
        The trio.

    Returns
    -------
    ResultsList
        One for each MeasurementSet; an error of one is in its results.

    Raises
    ------
    InputError
        A parameter cannot be used.
    """
    trial = context.copy()
    trial.stage += 1
    names = chosen_names(trial, vis)
    check_mappings(given, trial)
    all_inputs, problems = of_each(
        names, lambda name: inputs_type.for_ms(trial, name, given), context.output_dir, trial.unreadable
    )
    results: ResultsList[ResultsT] = ResultsList()
    with logging_commands_to(context.output_dir / COMMAND_LOG):
        for name in names:
            if name in problems:
                results.append(_told(results_type(vis=name, error=problems[name])))
                continue
            inputs = all_inputs[name]
            log_command(f"# {inputs.ms.name}")
            with recording_commands() as commands:
                results.append(_run_one(inputs, task_type, results_type))
            results[-1].commands = commands
    if not results.failed:
        for each in results:
            each.merge_with_context(trial)
        context.become(trial)
    return results


def chosen_names(context: Context, vis: str | Path | Sequence[str | Path] | None) -> list[str]:
    """Return the names of MeasurementSets of a context; by default of all."""
    if not vis:
        return [*context.data, *context.unreadable]
    names = [Path(path).name for path in ([vis] if isinstance(vis, str | Path) else vis)]
    if twice := {name for name in names if names.count(name) > 1}:
        raise InputError("vis", names, f"{', '.join(sorted(twice))} is given more than once")
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


def _run_one(
    inputs: InputsT,
    task_type: Callable[[InputsT], StandardTask[InputsT, ResultsT]],
    results_type: type[ResultsT],
) -> ResultsT:
    name = inputs.ms.name
    try:
        with working_on(inputs.ms.path):
            results = task_type(inputs).execute()
    except GFluxscaleError as error:
        results = results_type(vis=name, error=str(error))
    except Exception as error:  # whatever CASA and broken data come up with: the other MSs go on
        results = results_type(vis=name, error=explained(error, inputs.context.output_dir))
    return _told(results)


def _told(results: ResultsT) -> ResultsT:
    """Return results, with their error and warnings told to the log."""
    if results.error:
        LOG.error("%s: %s", results.vis, results.error)
    for warning in results.warnings:
        LOG.warning("%s: %s", results.vis, warning, extra={IN_RESULTS: not results.error})
    return results
