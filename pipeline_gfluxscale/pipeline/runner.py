"""Run a stage: check a call, have an engine run the task of each MeasurementSet, and change the context.

This module runs all stages; the stages differ in their Inputs, Task and Results.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from ..casa import models
from ..casa.tasks import log_command, logging_commands_to, recording_commands
from ..errors import GFluxscaleError, MeasurementSetLockedError
from ..parallel import Executor, Job, Outcome, choose
from ..system.logs import IN_RESULTS
from ..system.outputs import COMMAND_LOG
from ..system.scratch import delete_leftovers
from ..system.unexpected import explained
from .basetask import Results, ResultsList, StandardTask
from .call import Call, Vis, check_call
from .context import Context
from .memory import memory_needed
from .ownership import is_owned, owning, owning_data, working_on
from .parameters import PARALLEL, check_given
from .stage_inputs import StageInputs

LOG = logging.getLogger(__name__)

InputsT = TypeVar("InputsT", bound=StageInputs)
ResultsT = TypeVar("ResultsT", bound=Results)


def run_each(
    context: Context,
    vis: Vis,
    given: Mapping[str, Any],
    task_type: type[StandardTask[InputsT, ResultsT]],
) -> ResultsList[ResultsT]:
    """Run a stage that works on each MeasurementSet by itself.

    Parameters
    ----------
    context : Context
        The context changes only if the stage succeeds for all MeasurementSets.
    vis : path or sequence of paths, optional
        Names of MeasurementSets of the context. Default: all.
    given : mapping
        The other parameters of the stage by name, with `parallel`.
    task_type : type
        The Task of the stage.

    Returns
    -------
    ResultsList
        One per MeasurementSet; the results of a MeasurementSet for which the stage failed have an error.

    Raises
    ------
    InputError
        A parameter cannot be used; it is raised before any work.
    EngineError
        The engine cannot be used.
    """
    executor = engine(given)
    inputs_type: type[InputsT] = task_type.inputs_type  # type: ignore[assignment]

    def work(trial: Context) -> ResultsList[ResultsT]:
        call = check_call(trial, vis, given, inputs_type)
        return together(call, run_tasks([task_type(inputs) for inputs in call.inputs], executor), task_type)

    with owning_data(vis, context):
        return in_transaction(context, work)


def engine(given: Mapping[str, Any]) -> Executor:
    """Return the engine for the value of the parameter `parallel`; see `parallel.choose`."""
    check_given(PARALLEL, given)
    return choose(given.get("parallel"))


def in_transaction(context: Context, work: Callable[[Context], ResultsList[ResultsT]]) -> ResultsList[ResultsT]:
    """Run the work of a stage on a copy of a context, which becomes the context if no MeasurementSet failed.

    Parameters
    ----------
    context : Context
        It does not change after an exception (also KeyboardInterrupt), or if any of the results has an error.
    work : callable
        Takes the copy, in which `stage` is the number of the stage, and returns the results of the stage.
    """
    trial = context.copy()
    trial.stage += 1
    results = work(trial)
    if not results.failed:
        for of_ms in results:
            of_ms.merge_with_context(trial)
        context.become(trial)
    return results


def together(
    call: Call[InputsT], results: Sequence[ResultsT], task_type: type[StandardTask[InputsT, ResultsT]]
) -> ResultsList[ResultsT]:
    """Return the results of all MeasurementSets of a call in its order, with results for unreadable data added."""
    by_name = {of_ms.vis: of_ms for of_ms in results}
    for name, problem in call.unreadable.items():
        unreadable: ResultsT = task_type.results_type.unreadable(name, problem)  # type: ignore[assignment]
        by_name[name] = _logged(unreadable)
    return ResultsList(by_name[name] for name in call.names)


@dataclass(frozen=True)
class TaskRun(Generic[InputsT, ResultsT]):
    """The run of a task on its MeasurementSet, as it is sent to a worker.

    Attributes
    ----------
    task : StandardTask
    command_log : Path
        File to which CASA's commands are appended.
    is_owned : bool
        Whether the run of the stage owns the MeasurementSet already.
    """

    task: StandardTask[InputsT, ResultsT]
    command_log: Path
    is_owned: bool = False


def run_tasks(tasks: Sequence[StandardTask[InputsT, ResultsT]], executor: Executor) -> list[ResultsT]:
    """Run tasks with an engine; return the results in the order of the tasks.

    Each of several workers writes its own command log; these logs are joined in the order of the tasks.
    """
    if not tasks:
        return []
    runs = [
        TaskRun(task.on(task.inputs.alone()), _command_log(task.inputs, executor), is_owned(task.inputs.ms.path))
        for task in tasks
    ]
    _join_command_logs(runs)  # of a run that was killed
    jobs = [
        Job(ms.name, run_task, run, memory_needed(ms), [ms.path])
        for run, ms in ((run, run.task.inputs.ms) for run in runs)
    ]
    try:
        outcomes = executor.run(jobs, tasks[0].inputs.context.output_dir)
    finally:
        _join_command_logs(runs)
    return [_results(task, outcome) for task, outcome in zip(tasks, outcomes, strict=True)]


def _command_log(inputs: StageInputs, executor: Executor) -> Path:
    name = COMMAND_LOG if executor.one_at_a_time else f".{COMMAND_LOG}-{inputs.ms.name}"
    return inputs.context.output_dir / name


def _join_command_logs(runs: Sequence[TaskRun[InputsT, ResultsT]]) -> None:
    """Append the command logs of workers to the command log of the stage, in order."""
    for log in (run.command_log for run in runs):
        if log.name != COMMAND_LOG and log.exists():
            with log.with_name(COMMAND_LOG).open("ab", buffering=0) as joined:
                joined.write(log.read_bytes())
            log.unlink()


def _results(task: StandardTask[InputsT, ResultsT], outcome: Outcome) -> ResultsT:
    if not outcome.error:
        results: ResultsT = outcome.result
        return results
    with suppress(MeasurementSetLockedError):  # a lost worker may still use its working copy
        delete_leftovers(task.inputs.context.output_dir, task.inputs.ms.name)
    return task.recorded(task.failed(outcome.error), [])


def run_task(run: TaskRun[InputsT, ResultsT]) -> ResultsT:
    """Run a task; an error does not affect other MeasurementSets."""
    task, path = run.task, run.task.inputs.ms.path

    def work() -> ResultsT:
        with nullcontext() if run.is_owned else owning([path]), working_on(path):
            models.delete_leftovers(path)
            return task.execute()

    results, commands = attempted(path.name, work, task.failed, run.command_log)
    return task.recorded(results, commands)


def attempted(
    heading: str,
    work: Callable[[], ResultsT],
    failed: Callable[[str], ResultsT],
    command_log: Path,
    ends_stage: Callable[[Exception], bool] = lambda _: False,
) -> tuple[ResultsT, list[str]]:
    """Do the work for one MeasurementSet; return its results and CASA's commands.

    The error and the warnings of the results are written to the log.

    Parameters
    ----------
    heading : str
        Comment before the commands in the command log.
    work : callable
        Returns the results.
    failed : callable
        Returns the results for an error that stopped the work; its argument is the error in words.
    command_log : Path
        File of the commands. The traceback of an unexpected error is written beside it.
    ends_stage : callable
        Returns whether an exception is raised again, as it does not concern this MeasurementSet alone.
    """
    with logging_commands_to(command_log):
        log_command(f"# {heading}")
        with recording_commands() as commands:
            try:
                results = work()
            except Exception as error:  # CASA and broken data raise exceptions of all kinds
                if ends_stage(error):
                    raise
                known = isinstance(error, GFluxscaleError)
                results = failed(str(error) if known else explained(error, command_log.parent))
    return _logged(results), commands


def _logged(results: ResultsT) -> ResultsT:
    """Write the error and the warnings of results to the log, and return the results."""
    if results.error:
        LOG.error("%s: %s", results.vis, results.error)
    for warning in results.warnings:
        LOG.warning("%s: %s", results.vis, warning, extra={IN_RESULTS: not results.error})
    return results
