"""The stages of this package, by their commands in the ALMA Pipeline.

A stage is a function ``run(context, vis=None, **parameters) -> ResultsList``. It is imported when it is first asked
for, so that a recipe can be checked in an instant.
"""

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..errors import InputError


@dataclass(frozen=True)
class Stage:
    """A stage that recipes, processing requests and the prompt can run.

    Attributes
    ----------
    command : str
        Its name in the ALMA Pipeline, such as ``'hifa_gfluxscale'``.
    description : str
        What it does, in a line.
    module, function : str
        Where it is: a module of the package, relative to it, and a function in there.
    """

    command: str
    description: str
    module: str
    function: str

    @property
    def run(self) -> Callable[..., Any]:
        """The function; its first argument is the context."""
        package = __package__.rpartition(".")[0]
        function: Callable[..., Any] = getattr(importlib.import_module(f".{self.module}", package), self.function)
        return function

    @property
    def signature(self) -> inspect.Signature:
        """The parameters as a person gives them: without the context."""
        full = inspect.signature(self.run)
        return full.replace(parameters=list(full.parameters.values())[1:])

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return tuple(self.signature.parameters)


_STAGES = (
    Stage("hifa_importdata", "Import ASDMs and MeasurementSets.", "tasks.importdata.run", "run_hifa_importdata"),
    Stage(
        "hif_refant", "Rank the antennas by their fitness as reference antenna.", "tasks.refant.run", "run_hif_refant"
    ),
    Stage("h_tsyscal", "Make tables of the measured system temperatures.", "tasks.tsyscal.run", "run_h_tsyscal"),
    Stage(
        "hif_setmodels",
        "Set the models of the amplitude and bandpass calibrators.",
        "tasks.setmodels.run",
        "run_hif_setmodels",
    ),
    Stage("hifa_bandpass", "Solve for the bandpass.", "tasks.bandpass.run", "run_hifa_bandpass"),
    Stage(
        "hifa_spwphaseup",
        "Choose how phases are solved for, and solve for the phase offsets between spws.",
        "tasks.spwphaseup.run",
        "run_hifa_spwphaseup",
    ),
    Stage(
        "hifa_gfluxscale",
        "Transfer the absolute flux scale from the amplitude calibrator to the other calibrators.",
        "tasks.gfluxscale.stage",
        "run_hifa_gfluxscale",
    ),
    Stage(
        "session_gfluxscale",
        "Transfer the flux scale in a session, to MeasurementSets without an amplitude calibrator too.",
        "tasks.gfluxscale.stage",
        "run_session_gfluxscale",
    ),
    Stage(
        "hifa_fluxagreement",
        "Compare the flux scales of the MeasurementSets of a run.",
        "tasks.fluxagreement.run",
        "run_hifa_fluxagreement",
    ),
)

_STATE_COMMANDS = (
    Stage("h_save", "Save the state of the run.", "infrastructure.state_commands", "save"),
    Stage("h_export_calstate", "Write applycal statements.", "infrastructure.state_commands", "export_calstate"),
    Stage("h_import_calstate", "Read applycal statements.", "infrastructure.state_commands", "import_calstate"),
    Stage("h_weblog", "Render the WebLog.", "weblog.run_pages", "render_context"),
)

STAGES = {stage.command: stage for stage in _STAGES}
# They handle the state of a run, and are no stages: they have no number and no results.
STATE_COMMANDS = {command.command: command for command in _STATE_COMMANDS}

# Commands that are told what the data are.
IMPORT_COMMANDS = ("h_importdata", "hifa_importdata")


def stage(command: str) -> Stage:
    """Return the stage of a command.

    Raises
    ------
    InputError
        If this package has no such stage.
    """
    if command not in STAGES:
        raise InputError("command", command, "not a stage of this package", STAGES)
    return STAGES[command]
