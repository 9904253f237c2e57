"""Run a stage on MeasurementSets: check everything first, then work, then merge the results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...casa.flag_selection import check_flag_commands
from ...casa.ms_reader import reading
from ...domain.calibration import CalTable
from ...domain.ephemeris import check_ephemerides
from ...domain.observation import Observation
from ...errors import InputError
from ...parallel import Executor
from ...parallel.serial import SerialExecutor
from ...pipeline.basetask import ResultsList
from ...pipeline.calibration_check import check_is_about
from ...pipeline.callibrary import applicable
from ...pipeline.context import Context
from ...pipeline.ownership import owns_its_data
from ...pipeline.parameters import check_given, parameters_of
from ...pipeline.raw_data import check_is_calibrated
from ...pipeline.run_each import check_mappings, chosen_names
from ...pipeline.standalone import make_context
from ...pipeline.unreadable import of_each
from ...system.scratch import delete_leftovers
from ..shared.disk_space import check_space
from .equalize import equalize
from .inputs import GFluxscaleInputs
from .jobs import run_all
from .results import GFluxscaleResults, add_block_scores
from .steps.selection import Selection, select
from .unreadable import unreadable


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
    call = check_inputs(vis, given, calstate=calstate, output_dir=output_dir, context=context)
    call.context.stage += 1
    return call.completed(run_all(call.inputs, executor or SerialExecutor()))


@dataclass(frozen=True)
class Call:
    """A call of the stage that was checked.

    Attributes
    ----------
    context : Context
    names : sequence of str
        Of the MeasurementSets, in the order of the call.
    inputs : sequence of GFluxscaleInputs
        Of those whose data can be read.
    unreadable : sequence of GFluxscaleResults
        Of the others.
    """

    context: Context
    names: Sequence[str]
    inputs: Sequence[GFluxscaleInputs]
    unreadable: Sequence[GFluxscaleResults] = ()

    def completed(self, results: Sequence[GFluxscaleResults]) -> ResultsList[GFluxscaleResults]:
        """Return the results of all MeasurementSets, compared with each other, and merge those of the inputs."""
        add_block_scores(results)
        equalize(self.inputs, results)
        for each in results:
            each.merge_with_context(self.context)
        found = {each.vis: each for each in (*results, *self.unreadable)}
        return ResultsList(found[name] for name in self.names)


def check_inputs(
    vis: str | Path | Sequence[str | Path] | None,
    given: Mapping[str, Any],
    *,
    calstate: str | Path | None,
    output_dir: str | Path,
    context: Context | None,
) -> Call:
    """Check everything that can be checked before any work.

    Of a single MeasurementSet, data that cannot be read are an error; of several they cost this one only.
    """
    check_given(parameters_of(GFluxscaleInputs), given)
    if context is None:
        context = make_context(vis or (), calstate=calstate, output_dir=output_dir)
    names = chosen_names(context, vis)
    check_mappings(given, context)
    directory = context.output_dir
    made, problems = of_each(
        names, lambda name: GFluxscaleInputs.for_ms(context, name, given), directory, context.unreadable
    )
    _, problems = of_each(names, lambda name: _check_before_work(made[name], calstate), directory, problems)
    return Call(
        context,
        names,
        [made[name] for name in names if name not in problems],
        [unreadable(name, problem) for name, problem in problems.items()],
    )


def _check_before_work(inputs: GFluxscaleInputs, calstate: str | Path | None) -> None:
    """Raise an error if the stage is certain to fail, before anything is written."""
    selection = select(inputs)
    with reading(inputs.ms.path):
        check_flag_commands(inputs.ms, inputs.flag_commands)
        if selection.reference and selection.transfer:
            _check_prior_calibration(inputs, selection, calstate)
        check_ephemerides(inputs.ms, [o.field for o in selection.observations])
        delete_leftovers(inputs.context.output_dir, inputs.ms.name)
        check_space(inputs.ms, selection.observations, inputs.context.output_dir)


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
