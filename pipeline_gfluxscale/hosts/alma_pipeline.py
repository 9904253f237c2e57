"""The ALMA Pipeline as host: this package's stage in the place of the pipeline's own hifa_gfluxscale.

`register` does it, in a session that has the pipeline; the pipeline's command, recipes and processing requests then run
this stage, on the pipeline's own context. Later stages find what they are used to find; `unregister` undoes it.
"""

import importlib
import os
from typing import Any

from ..errors import HostMissingError

COMMAND = "hifa_gfluxscale"
#: ``register_if_wanted`` registers where this environment variable is set, to anything but 0.
VARIABLE = "PIPELINE_GFLUXSCALE"

_COMMENT = "The absolute flux calibration is transferred to secondary calibrator sources."
_stock_entries: list[Any] = []


def register() -> None:
    """Put this package's stage in the place of the pipeline's hifa_gfluxscale; done twice it is done once.

    Raises
    ------
    HostMissingError
        The ALMA Pipeline cannot be imported.
    """
    registry = _pipeline("infrastructure").task_registry
    hosted = importlib.import_module(".alma_pipeline_stage", __package__)
    if any(entry.pipeline_class is hosted.HostedGFluxscale for entry in registry.task_map):
        return
    # The first entry of a command is the one that holds.
    _stock_entries[:] = [entry for entry in registry.task_map if entry.casa_task == COMMAND]
    registry.task_map[:] = [entry for entry in registry.task_map if entry not in _stock_entries]
    registry.set_equivalent_casa_task(COMMAND)(hosted.HostedGFluxscale)
    registry.set_casa_commands_comment(_COMMENT)(hosted.HostedGFluxscale)


def unregister() -> None:
    """Put the pipeline's own stage back into its place."""
    registry = _pipeline("infrastructure").task_registry
    hosted = importlib.import_module(".alma_pipeline_stage", __package__)
    if any(entry.pipeline_class is hosted.HostedGFluxscale for entry in registry.task_map):
        others = [entry for entry in registry.task_map if entry.pipeline_class is not hosted.HostedGFluxscale]
        registry.task_map[:] = [*_stock_entries, *others]


def register_if_wanted() -> bool:
    """Register if the environment variable `VARIABLE` asks for it; for start-up files that all users share."""
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
