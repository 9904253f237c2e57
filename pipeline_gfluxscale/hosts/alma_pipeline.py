"""Replace the hifa_gfluxscale of the ALMA Pipeline by this package's stage.

After a call of `register`, the command, the recipes and the processing requests of the pipeline run this stage, on the
context of the pipeline. Its results have the form that later stages of the pipeline need. `unregister` undoes this.
"""

import importlib
import os
from typing import Any

from ..errors import HostMissingError

COMMAND = "hifa_gfluxscale"
#: ``register_if_wanted`` registers if this environment variable is set, and not to 0.
VARIABLE = "PIPELINE_GFLUXSCALE"

_COMMENT = "The absolute flux calibration is transferred to secondary calibrator sources."
_stock_entries: list[Any] = []


def register() -> None:
    """Replace the pipeline's hifa_gfluxscale by this package's stage; a second call has no effect.

    Raises
    ------
    HostMissingError
        The ALMA Pipeline cannot be imported.
    """
    registry = _pipeline("infrastructure").task_registry
    hosted = importlib.import_module(".alma_pipeline_stage", __package__)
    if any(entry.pipeline_class is hosted.HostedGFluxscale for entry in registry.task_map):
        return
    # The pipeline uses the first entry of a command.
    _stock_entries[:] = [entry for entry in registry.task_map if entry.casa_task == COMMAND]
    registry.task_map[:] = [entry for entry in registry.task_map if entry not in _stock_entries]
    registry.set_equivalent_casa_task(COMMAND)(hosted.HostedGFluxscale)
    registry.set_casa_commands_comment(_COMMENT)(hosted.HostedGFluxscale)


def unregister() -> None:
    """Restore the pipeline's own stage."""
    registry = _pipeline("infrastructure").task_registry
    hosted = importlib.import_module(".alma_pipeline_stage", __package__)
    if any(entry.pipeline_class is hosted.HostedGFluxscale for entry in registry.task_map):
        others = [entry for entry in registry.task_map if entry.pipeline_class is not hosted.HostedGFluxscale]
        registry.task_map[:] = [*_stock_entries, *others]


def register_if_wanted() -> bool:
    """Register if the environment variable `VARIABLE` is set, and not to 0; for start-up files of several users."""
    wanted = os.environ.get(VARIABLE, "0") not in ("", "0")
    if wanted:
        register()
    return wanted


def _pipeline(module: str) -> Any:
    """Return a module of the pipeline."""
    try:
        return importlib.import_module(f"pipeline.{module}")
    except ImportError as error:
        raise HostMissingError(
            f"the ALMA Pipeline cannot be imported ({error}); start a CASA that has it (casa --pipeline), or use this "
            "package on its own: from pipeline_gfluxscale import hifa_gfluxscale"
        ) from error
