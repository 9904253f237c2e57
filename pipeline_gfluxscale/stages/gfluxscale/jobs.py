"""The work on each MeasurementSet, wherever an engine has it done."""

import logging
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from ...casa import models
from ...casa.tasks import log_command, logging_commands_to, recording_commands
from ...errors import GFluxscaleError, MeasurementSetLockedError
from ...parallel import Executor, Job, Outcome
from ...parallel.serial import SerialExecutor
from ...pipeline.ownership import is_owned, owning, working_on
from ...system.outputs import COMMAND_LOG
from ...system.scratch import delete_leftovers
from ...system.unforeseen import explained
from .adopt import AdoptFluxes, Adoption
from .dry_run import WORDS, on_a_copy
from .inputs import GFluxscaleInputs
from .memory import memory_needed
from .results import GFluxscaleResults
from .run_record import RunRecord
from .steps.selection import select
from .task import GFluxscale

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Work:
    """The work on one MS, as it is sent to a worker.

    Attributes
    ----------
    inputs : GFluxscaleInputs
        Their context holds this MS alone.
    command_log : Path
        Where the CASA commands are written.
    adoption : Adoption or None
        What it adopts, for an MS without an amplitude calibrator in a session.
    is_owned : bool
        Whether the run that the job belongs to owns the MS.
    """

    inputs: GFluxscaleInputs
    command_log: Path
    adoption: Adoption | None = None
    is_owned: bool = False

    @property
    def task(self) -> GFluxscale:
        """The stage."""
        return GFluxscale(self.inputs) if self.adoption is None else AdoptFluxes(self.inputs, self.adoption)


def run_all(
    all_inputs: Sequence[GFluxscaleInputs], executor: Executor, adoptions: Sequence[Adoption] | None = None
) -> list[GFluxscaleResults]:
    """Work on each MS; return the results in the order of the inputs.

    With several workers each MS has a command log of its own, and they are put together in this order.

    Parameters
    ----------
    all_inputs : sequence of GFluxscaleInputs
    executor : Executor
    adoptions : sequence of Adoption, optional
        What each MS adopts, if they have no amplitude calibrators.
    """
    if not all_inputs:
        return []
    directory = all_inputs[0].context.output_dir
    adopted: Sequence[Adoption | None] = adoptions or [None] * len(all_inputs)
    jobs = [
        Work(_alone(inputs), _command_log(inputs, executor), adoption, is_owned(inputs.ms.path))
        for inputs, adoption in zip(all_inputs, adopted, strict=True)
    ]
    _join_command_logs(jobs)  # of a run that was killed
    tasks = [Job(job.inputs.ms.name, run_one, job, memory_needed(job.inputs)) for job in jobs]
    try:
        outcomes = executor.run(tasks, directory)
    finally:
        _join_command_logs(jobs)
    return [_results(inputs, outcome) for inputs, outcome in zip(all_inputs, outcomes, strict=True)]


def _alone(inputs: GFluxscaleInputs) -> GFluxscaleInputs:
    """Return the inputs with a context of their own MS, as all would go to each worker else."""
    context = replace(inputs.context, data={inputs.ms.name: inputs.observed}, records=())
    return replace(inputs, context=context)


def _command_log(inputs: GFluxscaleInputs, executor: Executor) -> Path:
    name = COMMAND_LOG if isinstance(executor, SerialExecutor) else f".{COMMAND_LOG}-{inputs.ms.name}"
    return inputs.context.output_dir / name


def _join_command_logs(jobs: Sequence[Work]) -> None:
    """Append the command logs of workers to that of the run, in order."""
    for job in jobs:
        log = job.command_log
        if log.name != COMMAND_LOG and log.exists():
            with log.with_name(COMMAND_LOG).open("a") as joined:
                joined.write(log.read_text())
            log.unlink()


def _results(inputs: GFluxscaleInputs, outcome: Outcome) -> GFluxscaleResults:
    if not outcome.error:
        results: GFluxscaleResults = outcome.result
        return results
    with suppress(MeasurementSetLockedError):  # a killed worker's copy; a lost one may still be at it
        delete_leftovers(inputs.context.output_dir, inputs.ms.name)
    results = _failed(inputs, outcome.error)
    results.record = RunRecord.of(inputs, [])
    return results


def run_one(job: Work) -> GFluxscaleResults:
    """Run the stage on one MS; an error costs only this one."""
    inputs = job.inputs
    with logging_commands_to(job.command_log):
        log_command(f"# {inputs.ms.name}")
        return _run_recorded(job)


def _run_recorded(job: Work) -> GFluxscaleResults:
    inputs = job.inputs
    path = inputs.ms.path
    with recording_commands() as commands:
        try:
            with nullcontext() if job.is_owned else owning([path]), working_on(path):
                models.delete_leftovers(path)
                results = _execute(job)
        except GFluxscaleError as error:
            results = _failed(inputs, str(error))
        except Exception as error:  # whatever CASA and broken data come up with: the other MSs go on
            results = _failed(inputs, explained(error, inputs.context.output_dir))
    results.record = RunRecord.of(inputs, commands)
    return results


def _execute(job: Work) -> GFluxscaleResults:
    if not job.inputs.dry_run:
        return job.task.execute()
    with on_a_copy(job.inputs) as inputs:
        results = replace(job, inputs=inputs).task.execute()
    results.assumptions.append(WORDS)
    return results


def _failed(inputs: GFluxscaleInputs, problem: str) -> GFluxscaleResults:
    results = GFluxscaleResults(vis=inputs.ms.name, error=problem)
    results.describe(select(inputs))
    return GFluxscale(inputs).analyse(results)
