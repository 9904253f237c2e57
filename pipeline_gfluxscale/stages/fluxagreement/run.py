"""hifa_fluxagreement as a stage of a recipe."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...casa.tasks import logging_commands_to, recording_commands
from ...domain.flux import FluxMeasurement
from ...pipeline.basetask import ResultsList
from ...pipeline.call import check_mappings, chosen_names
from ...pipeline.context import Context
from ...pipeline.ownership import owns_its_data
from ...pipeline.parameters import takes_parameters
from ...pipeline.run_record import RunRecord
from ...pipeline.runner import in_transaction
from ...system.outputs import COMMAND_LOG
from ..comparison.blocks import ExecutionBlock
from ..comparison.compare import Comparison, compare
from ..comparison.equalize import equalized, in_words, write_equalized_models
from ..gfluxscale.serialization import decoded_results
from .inputs import FluxAgreementInputs
from .results import FluxAgreementResults

_FLUX_COMMANDS = ("hifa_gfluxscale", "session_gfluxscale")


@takes_parameters(FluxAgreementInputs)
@owns_its_data
def run_hifa_fluxagreement(
    context: Context, vis: str | Path | Sequence[str | Path] | None = None, *, given: Mapping[str, Any]
) -> ResultsList[FluxAgreementResults]:
    """Compare the flux scales of the MeasurementSets of a run, after hifa_gfluxscale.

    A joint fit to the flux densities of the calibrators that several MeasurementSets have measured gives the factor
    that brings each onto the common scale. Quasars may vary from one to the other.

    Parameters
    ----------
    vis : str or list of str, optional
        MeasurementSets of the run. Default: all.
    {parameters}

    Returns
    -------
    ResultsList of FluxAgreementResults
        One for each MeasurementSet.

    Raises
    ------
    InputError
        A parameter cannot be used.

    Examples
    --------
    >>> hifa_fluxagreement()  # doctest: +SKIP
    """

    def work(trial: Context) -> ResultsList[FluxAgreementResults]:
        names = chosen_names(trial, vis)
        check_mappings(given, trial)
        all_inputs = [FluxAgreementInputs.for_ms(trial, name, given) for name in names]
        said = _said(trial)
        comparison = compare(tuple(_block(inputs, said.get(inputs.ms.name)) for inputs in all_inputs))
        measured = {name: tuple(observed.measurements) for name, observed in trial.data.items()}
        return ResultsList([_results(inputs, comparison, measured) for inputs in all_inputs])

    return in_transaction(context, work)


def _said(context: Context) -> dict[str, ExecutionBlock]:
    """Return the blocks as the last run of hifa_gfluxscale on each MeasurementSet describes them, by its name."""
    blocks: dict[str, ExecutionBlock] = {}
    for record in reversed(context.records):
        if record.command in _FLUX_COMMANDS:
            for each in decoded_results(record.results, f"stage {record.number}"):
                blocks.setdefault(each.vis, each.block)
    return blocks


def _block(inputs: FluxAgreementInputs, said: ExecutionBlock | None) -> ExecutionBlock:
    """Return the flux densities of a MeasurementSet, and what may explain a deviation."""
    ms, measurements = inputs.ms, inputs.observed.measurements
    if said is None:
        return ExecutionBlock.of(ms.name, ms.start, measurements)
    return ExecutionBlock.of(ms.name, ms.start, measurements, said.qa, said.references, said.findings)


def _results(
    inputs: FluxAgreementInputs, comparison: Comparison, measured: Mapping[str, Sequence[FluxMeasurement]]
) -> FluxAgreementResults:
    vis = inputs.ms.name
    block = next(each for each in comparison.blocks if each.vis == vis)
    results = FluxAgreementResults(vis, comparison=comparison, block=block)
    results.qa = [score for score in comparison.scores if score.applies_to.vis == vis]
    results.warnings += [sentence for block, sentence in comparison.odd if block == vis]
    if block.factor is None:
        is_measured = bool(inputs.observed.measurements)
        results.note = f"not compared: {block.message if is_measured else 'hifa_gfluxscale was not run on it'}"
    commands: list[str] = []
    if inputs.equalize:
        equal = equalized(vis, measured, comparison)
        results.note = in_words(comparison, vis, equal)
        if equal is not None:
            results.equalized = equal
            commands = _written(inputs, equal)
    results.record = RunRecord.of(inputs, commands, inputs.ms.path, inputs.ms)
    return results


def _written(inputs: FluxAgreementInputs, equal: Sequence[FluxMeasurement]) -> list[str]:
    """Write the models on the common scale; return CASA's commands."""
    with logging_commands_to(inputs.context.output_dir / COMMAND_LOG), recording_commands() as commands:
        write_equalized_models(inputs.ms.path, equal)
    return commands
