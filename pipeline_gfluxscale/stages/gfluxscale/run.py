"""Run hifa_gfluxscale on MeasurementSets: check everything first, then work, then compare the results."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...casa.flag_selection import check_flag_commands
from ...casa.ms_reader import reading
from ...domain.calibration import CalTable
from ...domain.ephemeris import check_ephemerides
from ...domain.observation import Observation
from ...errors import InputError
from ...parallel import Executor
from ...pipeline.basetask import ResultsList
from ...pipeline.calibration_check import check_is_about
from ...pipeline.call import Call, Vis, check_call
from ...pipeline.callibrary import applicable
from ...pipeline.context import Context
from ...pipeline.ownership import owns_its_data
from ...pipeline.parameters import check_given, parameters_of
from ...pipeline.raw_data import check_is_calibrated
from ...pipeline.runner import engine, in_transaction, run_tasks, together
from ...pipeline.standalone import make_context
from ...system.scratch import delete_leftovers
from ..shared.disk_space import check_space
from .equalize import equalize
from .inputs import GFluxscaleInputs
from .results import GFluxscaleResults, add_block_scores
from .steps.selection import Selection, select
from .task import GFluxscale


@owns_its_data
def run_gfluxscale(
    vis: Vis,
    given: Mapping[str, Any],
    *,
    calstate: str | Path | None = None,
    output_dir: str | Path = ".",
    context: Context | None = None,
    executor: Executor | None = None,
) -> ResultsList[GFluxscaleResults]:
    """Run hifa_gfluxscale; see `pipeline_gfluxscale.hifa_gfluxscale` for the parameters, in `given` by name.

    `executor` is the engine; by default the one that `given` asks for.
    """
    executor = executor or engine(given)

    def work(trial: Context) -> ResultsList[GFluxscaleResults]:
        call = checked_call(trial, vis, given, calstate)
        return compared(call, run_tasks([GFluxscale(inputs) for inputs in call.inputs], executor))

    return in_transaction(context or standalone_context(vis, given, calstate, output_dir), work)


def standalone_context(
    vis: Vis, given: Mapping[str, Any], calstate: str | Path | None, output_dir: str | Path
) -> Context:
    """Return a new context for a call without one; its parameters are checked before the data are read."""
    check_given(parameters_of(GFluxscaleInputs), given)
    return make_context(vis or (), calstate=calstate, output_dir=output_dir)


def checked_call(
    context: Context, vis: Vis, given: Mapping[str, Any], calstate: str | Path | None
) -> Call[GFluxscaleInputs]:
    """Check everything that can be checked before any work.

    Of a single MeasurementSet, data that cannot be read are an error; of several they cost this one only.
    """
    return check_call(context, vis, given, GFluxscaleInputs, lambda inputs: _check_before_work(inputs, calstate))


def check_parameters(context: Context, given: Mapping[str, Any]) -> None:
    """Raise an error for parameters that do not fit the data of a context, before the calibration of raw data."""
    check_call(context, None, given, GFluxscaleInputs, _check_selection)


def compared(call: Call[GFluxscaleInputs], results: Sequence[GFluxscaleResults]) -> ResultsList[GFluxscaleResults]:
    """Return the results of all MeasurementSets of a call, compared with each other."""
    add_block_scores(results)
    equalize(call.inputs, results)
    return together(call, results, GFluxscale)


def _check_before_work(inputs: GFluxscaleInputs, calstate: str | Path | None) -> None:
    """Raise an error if the stage is certain to fail, before anything is written."""
    selection = _check_selection(inputs)
    with reading(inputs.ms.path):
        if selection.reference and selection.transfer:
            _check_prior_calibration(inputs, selection, calstate)
        check_ephemerides(inputs.ms, [o.field for o in selection.observations])
        delete_leftovers(inputs.context.output_dir, inputs.ms.name)
        check_space(inputs.ms, selection.observations, inputs.context.output_dir)


def _check_selection(inputs: GFluxscaleInputs) -> Selection:
    """Return the selected fields; raise an error if fields or flag commands select what the data do not have."""
    selection = select(inputs)
    with reading(inputs.ms.path):
        check_flag_commands(inputs.ms, inputs.flag_commands)
    return selection


def _check_prior_calibration(inputs: GFluxscaleInputs, selection: Selection, calstate: str | Path | None) -> None:
    """Raise `InputError` if the prior calibration has nothing for these data, or if raw data have none."""
    ms, calibration = inputs.ms, inputs.context.calibration
    if calibration:
        source = str(calstate or next((t.origin for a in calibration for t in a.tables if t.origin), "(of this run)"))
        check_is_about(calibration, ms, source)
        if not any(_tables(inputs, observation) for observation in selection.observations):
            selected = ", ".join(observation.label for observation in selection.observations)
            raise InputError("calstate", source, f"nothing in it is for the calibrators of {ms.name}: {selected}")
    if calstate != "":
        check_is_calibrated(ms, calibration)


def _tables(inputs: GFluxscaleInputs, observation: Observation) -> tuple[CalTable, ...]:
    intents = {observation.intent} if observation.intent else observation.field.intents
    return tuple(
        table
        for spw in observation.spws
        for table in applicable(inputs.context.calibration, inputs.ms, observation.field, intents, spw)
    )
