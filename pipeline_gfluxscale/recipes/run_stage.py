"""Run a stage on a context: all of it, or nothing."""

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

    The stage works on a copy, which becomes the context when it has succeeded for all MeasurementSets: whatever stops
    it before, Ctrl-C too, leaves the context as it was. A context without data imports those that the stage is for.

    Parameters
    ----------
    context : Context
    command : str
        Name of the stage in the ALMA Pipeline.
    parameters : mapping
        Its parameters by name.

    Raises
    ------
    InputError
        There is no such stage or parameter, or a value cannot be used.
    GFluxscaleError
        The stage failed as a whole. What failed for one MeasurementSet is in its results.
    """
    chosen = stage(command)
    check_parameters(chosen, parameters)
    mpi.serve_unless_client()
    trial = context.copy()
    if not context.data and command not in IMPORT_COMMANDS:
        if not parameters.get("vis"):
            raise InputError("vis", None, "the context has no data yet: name some, or import them")
        imported = make_context(parameters["vis"], output_dir=context.output_dir)
        trial.data, trial.unreadable = imported.data, imported.unreadable
    results: ResultsList[Any] = chosen.run(trial, **parameters)
    if results.failed:
        LOG.error("%s failed; the context stays as it was", command)
        return results
    qa = tuple(score for each in results for score in each.qa)
    record = StageRecord(trial.stage, command, encode(dict(parameters)), qa, results.to_dict())
    trial.records = (*context.records, record)
    context.become(trial)
    return results


def check_parameters(chosen: Stage, parameters: Mapping[str, Any]) -> None:
    """Raise `InputError` for a parameter that a stage does not have."""
    if unknown := [name for name in parameters if name not in chosen.parameters]:
        raise InputError(unknown[0], parameters[unknown[0]], f"not a parameter of {chosen.command}", chosen.parameters)
