"""The observation that the calibration stages are tried on."""

from typing import Any

from pipeline_gfluxscale.simulation import SimulationPlan, standard_plan

# Field ids of standard_plan.
BANDPASS, PHASE, TARGET, REFERENCE, CHECK = range(5)


def standard_observation(reference: str = "quasar", **options: Any) -> SimulationPlan:
    """Return `standard_plan`, small, with four spws, a catalogue that is right and no wild antenna."""
    defaults = {
        "wild": False,
        "spw_frequencies": (224e9, 226e9, 240e9, 242e9),
        "channels": 16,
        "antennas": 9,
        "phase_scans": 2,
        "noise_jy": 0.05,
        "catalogue_error": 0.0,
        "check_flux_jy": 0.4,
    }
    return standard_plan(reference, **(defaults | options))
