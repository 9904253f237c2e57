"""Run a stage on a context in one transaction, and record it."""

import logging
from collections.abc import Mapping
from typing import Any

from ..casa import mpi
from ..errors import InputError
from ..files.typed_json import encode
from ..pipeline.basetask import ResultsList
from ..pipeline.context import Context, StageRecord
from ..pipeline.stage import Stage
from ..pipeline.standalone import make_context
from ..stages import IMPORT_COMMANDS, stage

LOG = logging.getLogger(__name__)


def run_stage(context: Context, command: str, parameters: Mapping[str, Any]) -> ResultsList[Any]:
    """Run a stage, and record it in the context.

    The stage works on a copy of the context, which replaces the context if the stage succeeds for all MeasurementSets.
    After an error, or after Ctrl-C, the context has not changed. If the context has no data, the data of the parameter
    `vis` are imported first.

    Parameters
    ----------
    context : Context
    command : str
        Name of the stage in the ALMA Pipeline.
    parameters : mapping
        The parameters of the stage by name.

    Raises
    ------
    InputError
        There is no such stage or parameter, or a value cannot be used.
    GFluxscaleError
        The stage failed before or after its work on the MeasurementSets. A failure for one MeasurementSet is an error
        in its results.
    """
    chosen = stage(command)
    check_parameters(chosen, parameters)
    mpi.serve_unless_client()
    trial = context.copy()
    if not context.data and command not in IMPORT_COMMANDS:
        if not parameters.get("vis"):
            raise InputError("vis", None, "the context has no data yet: name MeasurementSets, or import data first")
        imported = make_context(parameters["vis"], output_dir=context.output_dir)
        trial.data, trial.unreadable = imported.data, imported.unreadable
    results: ResultsList[Any] = chosen.run(trial, **parameters)
    if results.failed:
        LOG.error("%s failed; the context has not changed", command)
        return results
    qa = tuple(score for of_ms in results for score in of_ms.qa)
    record = StageRecord(trial.stage, command, encode(dict(parameters)), qa, results.to_dict())
    trial.records = (*context.records, record)
    context.become(trial)
    return results


def check_parameters(chosen: Stage, parameters: Mapping[str, Any]) -> None:
    """Raise `InputError` for a parameter that a stage does not have."""
    if unknown := [name for name in parameters if name not in chosen.parameters]:
        raise InputError(unknown[0], parameters[unknown[0]], f"not a parameter of {chosen.command}", chosen.parameters)
