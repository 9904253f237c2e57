"""Run a stage on MeasurementSets: check everything first, then work, then merge the results."""

import logging
from collections.abc import Sequence
from pathlib import Path

from ...casa.tasks import logging_commands_to, recording_commands
from ...errors import GFluxscaleError
from ...infrastructure.basetask import ResultsList
from ...infrastructure.context import Context
from ...infrastructure.scratch import delete_leftovers
from ...infrastructure.standalone import make_context, missing_calibration
from .disk_space import check_space
from .inputs import GFluxscaleInputs, Parameters
from .results import GFluxscaleResults
from .run_record import RunRecord
from .selection import select
from .task import GFluxscale

LOG = logging.getLogger(__name__)

COMMAND_LOG = "casa_commands.log"


def run_gfluxscale(
    vis: str | Path | Sequence[str | Path] | None,
    parameters: Parameters,
    *,
    calstate: str | Path | None = None,
    output_dir: str | Path = ".",
    context: Context | None = None,
) -> ResultsList[GFluxscaleResults]:
    """Run hifa_gfluxscale; see `pipeline_gfluxscale.hifa_gfluxscale` for the parameters."""
    parameters.for_ms("").check()
    if context is None:
        context = make_context(vis or (), calstate=calstate, output_dir=output_dir)
    names = list(context.data) if not vis else [Path(v).name for v in ([vis] if isinstance(vis, str | Path) else vis)]
    parameters.check_names(context.data)
    all_inputs = [GFluxscaleInputs.for_ms(context, name, parameters) for name in names]
    for inputs in all_inputs:
        _check_before_work(inputs)
    context.stage += 1
    results: ResultsList[GFluxscaleResults] = ResultsList()
    with logging_commands_to(context.output_dir / COMMAND_LOG):
        for number, inputs in enumerate(all_inputs, start=1):
            LOG.info("%s (%d of %d)", inputs.ms.name, number, len(all_inputs))
            results.append(_run_one(inputs))
    for result in results:
        result.merge_with_context(context)
    return results


def _check_before_work(inputs: GFluxscaleInputs) -> None:
    """Raise where the stage is bound to fail, before anything is written."""
    selection = select(inputs)
    delete_leftovers(inputs.context.output_dir, inputs.ms.name)
    check_space(inputs.ms, selection.observations, inputs.context.output_dir)


def _run_one(inputs: GFluxscaleInputs) -> GFluxscaleResults:
    """Run the stage on one MS; an error costs only this one."""
    with recording_commands() as commands:
        try:
            results = GFluxscale(inputs).execute()
        except GFluxscaleError as error:
            results = _failed(inputs, str(error))
        except Exception as error:  # whatever CASA and broken data come up with: the other MSs go on
            LOG.debug("%s: unexpected", inputs.ms.name, exc_info=True)
            results = _failed(inputs, f"{type(error).__name__}: {error}")
    results.record = RunRecord.of(inputs, commands)
    lacking = missing_calibration(inputs.context, inputs.ms)
    if lacking:
        LOG.warning("%s: %s", inputs.ms.name, lacking)
        results.assumptions.append(lacking)
    return results


def _failed(inputs: GFluxscaleInputs, problem: str) -> GFluxscaleResults:
    return GFluxscale(inputs).analyse(GFluxscaleResults(vis=inputs.ms.name, error=problem))
