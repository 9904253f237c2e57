"""Run the commands of a recipe on a context, one after another."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..casa import mpi
from ..errors import StageFailedError
from ..pipeline.basetask import ResultsList
from ..pipeline.context import Context
from ..pipeline.standalone import make_context
from ..stages import IMPORT_COMMANDS, stage
from .commands import STATE_COMMANDS
from .recipe import Command
from .run_stage import run_stage

LOG = logging.getLogger(__name__)


def run_commands(
    context: Context,
    commands: Sequence[Command],
    vis: Sequence[Path] = (),
    sessions: Mapping[str, str] | None = None,
    left_out: dict[str, str] | None = None,
) -> Iterator[tuple[Command, ResultsList[Any]]]:
    """Run commands; yield the command and the results of each stage after it has run.

    Parameters
    ----------
    context : Context
        The state of the run; stages that succeed change it.
    commands : sequence of Command
        Checked by `check_commands`.
    vis : sequence of Path
        The data, which the import command of the recipe imports. If the recipe has no such command, they are imported
        first, as MeasurementSets.
    sessions : mapping of str to str, optional
        The session of each data set, by name of its file, for commands with a parameter `session`.
    left_out : dict of str to str, optional
        Receives the data sets for which a stage failed, with the reason, and the later commands run without them.
        Default: such a failure ends the run.

    Raises
    ------
    StageFailedError
        A stage failed for a MeasurementSet, or for all if `left_out` is given.
    GFluxscaleError
        A stage failed before or after its work on the MeasurementSets.
    """
    mpi.serve_unless_client()
    if vis and not any(command.name in IMPORT_COMMANDS for command in commands):
        imported = make_context(list(vis), output_dir=context.output_dir)
        if imported.unreadable:
            problems = "; ".join(f"{name}: {problem}" for name, problem in imported.unreadable.items())
            raise StageFailedError(f"data cannot be imported: {problems}")
        context.data = imported.data
    for number, command in enumerate(commands, start=1):
        LOG.info("%s (%d of %d)", command, number, len(commands))
        parameters = dict(command.parameters)
        if command.name in STATE_COMMANDS:
            STATE_COMMANDS[command.name].run(context, **parameters)
            continue
        if command.name in IMPORT_COMMANDS:
            parameters = {"vis": [str(path) for path in vis]} | parameters
        if sessions and "session" in stage(command.name).parameters:
            parameters = {"session": _sessions(command.name, context, vis, sessions)} | parameters
        results = run_stage(context, command.name, parameters)
        if left_out is not None and results.failed and not all(each.error for each in results):
            results = _without_failed(context, command, parameters, results, left_out)
        if results.failed:
            problems = "; ".join(f"{of_ms.vis}: {of_ms.error}" for of_ms in results if of_ms.error)
            raise StageFailedError(f"{command.name} failed for {problems}")
        yield command, results


def _without_failed(
    context: Context,
    command: Command,
    parameters: Mapping[str, Any],
    results: ResultsList[Any],
    left_out: dict[str, str],
) -> ResultsList[Any]:
    """Run a command again without the data for which it failed; a stage that fails does not change the context."""
    failed = {each.vis: each.error for each in results if each.error}
    left_out |= failed
    for name in failed:
        LOG.warning("%s: left out from here on, as %s failed", name, command.name)
        context.data.pop(name, None)
    if command.name in IMPORT_COMMANDS:
        parameters = {**parameters, "vis": [path for path in parameters["vis"] if Path(path).name not in failed]}
    return run_stage(context, command.name, dict(parameters))


def _sessions(
    command: str, context: Context, vis: Sequence[Path], sessions: Mapping[str, str]
) -> list[str] | dict[str, str]:
    """Return the sessions: for an import command in the order of `vis`, for other commands by name of the MS."""
    if command in IMPORT_COMMANDS:
        return [sessions[path.name] for path in vis]
    # The MS of an ASDM has the name of the ASDM with .ms appended.
    by_name = {name: sessions.get(name) or sessions.get(name.removesuffix(".ms")) for name in context.data}
    return {name: session for name, session in by_name.items() if session}
