"""After the stage, on request: write the models of several MeasurementSets on their common flux scale."""

from collections.abc import Sequence

from ...casa.tasks import logging_commands_to
from ...infrastructure.run_each import COMMAND_LOG
from ..comparison.equalize import equalized, in_words, write_equalized_models
from .inputs import GFluxscaleInputs
from .results import GFluxscaleResults, compare_results


def equalize(all_inputs: Sequence[GFluxscaleInputs], results: Sequence[GFluxscaleResults]) -> None:
    """Write models on the common scale for the MeasurementSets with `equalize`, and note it in their results."""
    comparison = compare_results(results)
    for inputs, each in zip(all_inputs, results, strict=True):
        if not inputs.equalize or each.error:
            continue
        each.assumptions.append(in_words(comparison, each.vis))
        factor = comparison.factor(each.vis)
        if factor is None:
            continue
        each.measurements = equalized(each.measurements, factor)
        if inputs.dry_run:
            continue
        with logging_commands_to(inputs.context.output_dir / COMMAND_LOG):
            write_equalized_models(inputs.ms.path, each.measurements)
