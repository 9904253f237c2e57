"""The observation of the safety tests, small: BANDPASS, AMPLITUDE (a quasar), PHASE and TARGET."""

from typing import Any

from pipeline_gfluxscale.simulation import SimulationPlan, standard_plan

BANDPASS, PHASE, TARGET, REFERENCE = range(4)
TRANSFER = (BANDPASS, PHASE)
SPWS = (0, 1)


def quick_plan(reference: str = "quasar", **options: Any) -> SimulationPlan:
    """Return `standard_plan` without a check source and a wild antenna, so small that a run takes seconds."""
    defaults = {
        "wild": False,
        "spw_frequencies": (224e9, 240e9),
        "channels": 8,
        "antennas": 8,
        "phase_scans": 2,
        "check_flux_jy": None,
        "noise_jy": 0.05,
    }
    return standard_plan(reference, **(defaults | options))


PLAN = quick_plan()
