"""The stages of this package, by their commands in the ALMA Pipeline; no other module names them."""

from ..errors import InputError
from ..pipeline.stage import Stage, StageFunction, function_of


def _hifa_importdata() -> StageFunction:
    from .importdata.run import run_hifa_importdata

    return run_hifa_importdata


def _hif_refant() -> StageFunction:
    from .refant.task import Refant

    return function_of(Refant)


def _h_tsyscal() -> StageFunction:
    from .tsyscal.task import Tsyscal

    return function_of(Tsyscal)


def _hif_setmodels() -> StageFunction:
    from .setmodels.task import SetModels

    return function_of(SetModels)


def _hifa_bandpass() -> StageFunction:
    from .bandpass.task import Bandpass

    return function_of(Bandpass)


def _hifa_spwphaseup() -> StageFunction:
    from .spwphaseup.task import SpwPhaseup

    return function_of(SpwPhaseup)


def _hifa_gfluxscale() -> StageFunction:
    from .gfluxscale.stage import run_hifa_gfluxscale

    return run_hifa_gfluxscale


def _session_gfluxscale() -> StageFunction:
    from .gfluxscale.stage import run_session_gfluxscale

    return run_session_gfluxscale


def _hifa_fluxagreement() -> StageFunction:
    from .fluxagreement.run import run_hifa_fluxagreement

    return run_hifa_fluxagreement


_STAGES = (
    Stage("hifa_importdata", "Import ASDMs and MeasurementSets.", _hifa_importdata),
    Stage("hif_refant", "Rank the antennas by their fitness as reference antenna.", _hif_refant),
    Stage("h_tsyscal", "Make tables of the measured system temperatures.", _h_tsyscal),
    Stage("hif_setmodels", "Set the models of the amplitude and bandpass calibrators.", _hif_setmodels),
    Stage("hifa_bandpass", "Solve for the bandpass.", _hifa_bandpass),
    Stage(
        "hifa_spwphaseup",
        "Choose how phases are solved for, and solve for the phase offsets between spws.",
        _hifa_spwphaseup,
    ),
    Stage(
        "hifa_gfluxscale",
        "Transfer the absolute flux scale from the amplitude calibrator to the other calibrators.",
        _hifa_gfluxscale,
    ),
    Stage(
        "session_gfluxscale",
        "Transfer the flux scale in a session, to MeasurementSets without an amplitude calibrator too.",
        _session_gfluxscale,
    ),
    Stage("hifa_fluxagreement", "Compare the flux scales of the MeasurementSets of a run.", _hifa_fluxagreement),
)

STAGES = {stage.command: stage for stage in _STAGES}

# Commands whose argument `vis` adds data to the run; with other commands it selects data of the run.
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
