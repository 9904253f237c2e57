"""Run a stage on MeasurementSets: check everything first, then work, then merge the results."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...casa.flag_selection import check_flag_commands
from ...domain.ephemeris import check_ephemerides
from ...infrastructure.basetask import ResultsList
from ...infrastructure.context import Context
from ...infrastructure.executors import Executor
from ...infrastructure.executors.serial import SerialExecutor
from ...infrastructure.ownership import owns_its_data
from ...infrastructure.parameters import check_given, parameters_of
from ...infrastructure.run_each import check_mappings, chosen_names
from ...infrastructure.scratch import delete_leftovers
from ...infrastructure.standalone import make_context
from ..disk_space import check_space
from .equalize import equalize
from .inputs import GFluxscaleInputs
from .jobs import run_all
from .results import GFluxscaleResults, add_block_scores
from .selection import select


@owns_its_data
def run_gfluxscale(
    vis: str | Path | Sequence[str | Path] | None,
    given: Mapping[str, Any],
    *,
    calstate: str | Path | None = None,
    output_dir: str | Path = ".",
    context: Context | None = None,
    executor: Executor | None = None,
) -> ResultsList[GFluxscaleResults]:
    """Run hifa_gfluxscale; see `pipeline_gfluxscale.hifa_gfluxscale` for the parameters, in `given` by name.

    `executor` says where the MeasurementSets are worked on; by default in this process.
    """
    context, all_inputs = check_inputs(vis, given, calstate=calstate, output_dir=output_dir, context=context)
    context.stage += 1
    results = ResultsList(run_all(all_inputs, executor or SerialExecutor()))
    add_block_scores(results)
    equalize(all_inputs, results)
    for result in results:
        result.merge_with_context(context)
    return results


def check_inputs(
    vis: str | Path | Sequence[str | Path] | None,
    given: Mapping[str, Any],
    *,
    calstate: str | Path | None,
    output_dir: str | Path,
    context: Context | None,
) -> tuple[Context, list[GFluxscaleInputs]]:
    """Check everything that can be checked before any work; return the context and the inputs of each MS."""
    check_given(parameters_of(GFluxscaleInputs), given)
    if context is None:
        context = make_context(vis or (), calstate=calstate, output_dir=output_dir)
    names = chosen_names(context, vis)
    check_mappings(given, context)
    all_inputs = [GFluxscaleInputs.for_ms(context, name, given) for name in names]
    for inputs in all_inputs:
        _check_before_work(inputs)
    return context, all_inputs


def _check_before_work(inputs: GFluxscaleInputs) -> None:
    """Raise where the stage is bound to fail, before anything is written."""
    selection = select(inputs)
    check_flag_commands(inputs.ms, inputs.flag_commands)
    check_ephemerides(inputs.ms, [o.field for o in selection.observations])
    delete_leftovers(inputs.context.output_dir, inputs.ms.name)
    check_space(inputs.ms, selection.observations, inputs.context.output_dir)
