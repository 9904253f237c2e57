"""The stages of this package, by their commands in the ALMA Pipeline; no other module names them."""

from ..errors import InputError
from ..pipeline.stage import Stage

_STAGES = (
    Stage("hifa_importdata", "Import ASDMs and MeasurementSets.", "stages.importdata.run", "run_hifa_importdata"),
    Stage(
        "hif_refant", "Rank the antennas by their fitness as reference antenna.", "stages.refant.run", "run_hif_refant"
    ),
    Stage("h_tsyscal", "Make tables of the measured system temperatures.", "stages.tsyscal.run", "run_h_tsyscal"),
    Stage(
        "hif_setmodels",
        "Set the models of the amplitude and bandpass calibrators.",
        "stages.setmodels.run",
        "run_hif_setmodels",
    ),
    Stage("hifa_bandpass", "Solve for the bandpass.", "stages.bandpass.run", "run_hifa_bandpass"),
    Stage(
        "hifa_spwphaseup",
        "Choose how phases are solved for, and solve for the phase offsets between spws.",
        "stages.spwphaseup.run",
        "run_hifa_spwphaseup",
    ),
    Stage(
        "hifa_gfluxscale",
        "Transfer the absolute flux scale from the amplitude calibrator to the other calibrators.",
        "stages.gfluxscale.stage",
        "run_hifa_gfluxscale",
    ),
    Stage(
        "session_gfluxscale",
        "Transfer the flux scale in a session, to MeasurementSets without an amplitude calibrator too.",
        "stages.gfluxscale.stage",
        "run_session_gfluxscale",
    ),
    Stage(
        "hifa_fluxagreement",
        "Compare the flux scales of the MeasurementSets of a run.",
        "stages.fluxagreement.run",
        "run_hifa_fluxagreement",
    ),
)

STAGES = {stage.command: stage for stage in _STAGES}

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
