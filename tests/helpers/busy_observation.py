"""A small observation that keeps a worker busy for some seconds."""

from pipeline_gfluxscale.simulation import SimulationPlan

from .small_observation import quick_plan


def plan(reference: str, seed: int) -> SimulationPlan:
    """Return the observation with a reference of a kind (see `standard_plan`)."""
    return quick_plan(reference, antennas=6, seed=seed)
