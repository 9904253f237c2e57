"""A small observation that keeps a worker busy for some seconds."""

from pipeline_gfluxscale.simulation import SimulationPlan, standard_plan


def plan(reference: str, seed: int) -> SimulationPlan:
    """Return the observation with a reference of a kind (see `standard_plan`)."""
    return standard_plan(
        reference,
        spw_frequencies=(224e9, 240e9),
        channels=8,
        antennas=6,
        phase_scans=2,
        check_flux_jy=None,
        wild=False,
        noise_jy=0.05,
        seed=seed,
    )
