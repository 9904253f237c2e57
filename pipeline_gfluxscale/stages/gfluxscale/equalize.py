"""After the stage, on request: write the models of several MeasurementSets on their common flux scale."""

from collections.abc import Sequence
from dataclasses import replace

from ...casa.tasks import logging_commands_to, recording_commands
from ...errors import GFluxscaleError
from ...system.outputs import COMMAND_LOG
from ..comparison.equalize import equalized, in_words, write_equalized_models
from .inputs import GFluxscaleInputs
from .results import GFluxscaleResults, compare_results


def equalize(all_inputs: Sequence[GFluxscaleInputs], results: Sequence[GFluxscaleResults]) -> None:
    """Write models on the common scale for the MeasurementSets with `equalize`, and note it in their results."""
    comparison = compare_results(results)
    measured = {each.vis: tuple(each.measurements) for each in results}
    for inputs, each in zip(all_inputs, results, strict=True):
        if not inputs.equalize or each.error:
            continue
        equal = equalized(each.vis, measured, comparison)
        each.assumptions.append(in_words(comparison, each.vis, equal))
        if equal is None:
            continue
        try:
            with logging_commands_to(inputs.context.output_dir / COMMAND_LOG), recording_commands() as commands:
                if not inputs.dry_run:
                    write_equalized_models(inputs.ms.path, equal)
        except GFluxscaleError as error:
            each.error = f"its models could not be equalized: {error}"
            continue
        each.measurements = equal
        if each.record is not None:
            each.record = replace(each.record, commands=(*each.record.commands, *commands))
