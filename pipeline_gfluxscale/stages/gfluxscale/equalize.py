"""With ``equalize``: after the stage, write models on the common flux scale of the MeasurementSets."""

from collections.abc import Sequence
from dataclasses import replace

from ...casa.tasks import logging_commands_to, recording_commands
from ...errors import GFluxscaleError
from ...system.outputs import COMMAND_LOG
from ..comparison.equalize import equalized, in_words, write_equalized_models
from .inputs import GFluxscaleInputs
from .results import GFluxscaleResults, compare_results


def equalize(all_inputs: Sequence[GFluxscaleInputs], results: Sequence[GFluxscaleResults]) -> None:
    """Write models on the common scale for the MeasurementSets with `equalize`, and add them to the results."""
    comparison = compare_results(results)
    measured = {of_ms.vis: tuple(of_ms.measurements) for of_ms in results}
    for inputs, of_ms in zip(all_inputs, results, strict=True):
        if not inputs.equalize or of_ms.error:
            continue
        equal = equalized(of_ms.vis, measured, comparison)
        of_ms.assumptions.append(in_words(comparison, of_ms.vis, equal))
        if equal is None:
            continue
        try:
            with logging_commands_to(inputs.context.output_dir / COMMAND_LOG), recording_commands() as commands:
                if not inputs.dry_run:
                    write_equalized_models(inputs.ms.path, equal)
        except GFluxscaleError as error:
            of_ms.error = f"its models could not be equalized: {error}"
            continue
        of_ms.measurements = equal
        if of_ms.record is not None:
            of_ms.record = replace(of_ms.record, commands=(*of_ms.record.commands, *commands))
