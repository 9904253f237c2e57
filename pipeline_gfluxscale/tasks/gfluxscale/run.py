"""Run a stage on MeasurementSets: check everything first, then work, then merge the results."""

from collections.abc import Sequence
from pathlib import Path

from ...errors import InputError
from ...infrastructure.basetask import ResultsList
from ...infrastructure.context import Context
from ...infrastructure.executors import Executor
from ...infrastructure.executors.serial import SerialExecutor
from ...infrastructure.scratch import delete_leftovers
from ...infrastructure.standalone import make_context
from ..disk_space import check_space
from .inputs import GFluxscaleInputs, Parameters
from .jobs import run_all
from .results import GFluxscaleResults
from .selection import select


def run_gfluxscale(
    vis: str | Path | Sequence[str | Path] | None,
    parameters: Parameters,
    *,
    calstate: str | Path | None = None,
    output_dir: str | Path = ".",
    context: Context | None = None,
    executor: Executor | None = None,
) -> ResultsList[GFluxscaleResults]:
    """Run hifa_gfluxscale; see `pipeline_gfluxscale.hifa_gfluxscale` for the parameters.

    `executor` says where the MeasurementSets are worked on; by default in this process.
    """
    context, all_inputs = check_inputs(vis, parameters, calstate=calstate, output_dir=output_dir, context=context)
    context.stage += 1
    results = ResultsList(run_all(all_inputs, executor or SerialExecutor()))
    for result in results:
        result.merge_with_context(context)
    return results


def check_inputs(
    vis: str | Path | Sequence[str | Path] | None,
    parameters: Parameters,
    *,
    calstate: str | Path | None,
    output_dir: str | Path,
    context: Context | None,
) -> tuple[Context, list[GFluxscaleInputs]]:
    """Check everything that can be checked before any work; return the context and the inputs of each MS."""
    parameters.for_ms("").check()
    if context is None:
        context = make_context(vis or (), calstate=calstate, output_dir=output_dir)
    names = list(context.data) if not vis else [Path(v).name for v in ([vis] if isinstance(vis, str | Path) else vis)]
    if twice := {name for name in names if names.count(name) > 1}:
        raise InputError("vis", names, f"{', '.join(sorted(twice))} is given more than once")
    parameters.check_names(context.data)
    all_inputs = [GFluxscaleInputs.for_ms(context, name, parameters) for name in names]
    for inputs in all_inputs:
        _check_before_work(inputs)
    return context, all_inputs


def _check_before_work(inputs: GFluxscaleInputs) -> None:
    """Raise where the stage is bound to fail, before anything is written."""
    selection = select(inputs)
    delete_leftovers(inputs.context.output_dir, inputs.ms.name)
    check_space(inputs.ms, selection.observations, inputs.context.output_dir)
