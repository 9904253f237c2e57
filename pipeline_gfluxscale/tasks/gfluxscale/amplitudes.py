"""Step 3, Amplitudes: one amplitude solve per observation, on top of its phases, all into one table."""

from collections.abc import Sequence
from pathlib import Path

from ...casa import tasks
from ...heuristics.resolved import AntennaSelection
from ..calibrator_data import CalibratorData
from .inputs import GFluxscaleInputs
from .phase_up import PhaseSolution, refants_within, solve_selection


def solve_amplitudes(
    inputs: GFluxscaleInputs,
    data: CalibratorData,
    phases: Sequence[PhaseSolution],
    antennas: dict[int, AntennaSelection],
    caltable: Path,
) -> Path | None:
    """Solve for the amplitudes, both polarisations together (gaintype T).

    Parameters
    ----------
    inputs : GFluxscaleInputs
    data : CalibratorData
    phases : sequence of PhaseSolution
    antennas : dict of int to AntennaSelection
        Antennas and uv range of each reference field, by id.
    caltable : Path
        The table to write.

    Returns
    -------
    Path or None
        `caltable`; None if CASA found nothing to solve for.
    """
    tasks.remove_table(caltable)
    for phase in phases:
        if phase.caltable is None:
            continue
        observation = phase.observation
        selected = antennas.get(observation.field.id, AntennaSelection())
        tasks.run(
            "gaincal",
            vis=data.vis,
            caltable=caltable,
            **solve_selection(observation, selected),
            solint=inputs.solint,
            refant=",".join(refants_within(inputs.refant, selected)),
            minblperant=2,
            minsnr=inputs.minsnr,
            gaintype="T",
            calmode="a",
            append=caltable.exists(),
            gaintable=[str(phase.caltable)],
            interp=[phase.interp],
            spwmap=[list(phase.spwmap)],
        )
    return caltable if caltable.exists() else None
