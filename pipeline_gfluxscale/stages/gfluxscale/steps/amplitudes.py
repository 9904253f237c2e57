"""Step 3, Amplitudes: one amplitude solve per observation with its phases applied, all into one table."""

from collections.abc import Sequence
from pathlib import Path

from ....casa import tasks
from ....heuristics.resolved import AntennaSelection
from ...shared.calibrator_data import CalibratorData
from ..inputs import GFluxscaleInputs
from .phase_up import MIN_BASELINES, PhaseSolution, flags_of_hands, solve_selection
from .scan_averages import with_phases
from .starting_gains import StartingGains


def solve_amplitudes(
    inputs: GFluxscaleInputs,
    data: CalibratorData,
    phases: Sequence[PhaseSolution],
    antennas: dict[int, AntennaSelection],
    start: StartingGains,
    caltable: Path,
) -> Path | None:
    """Solve for the amplitudes, both polarisations together (gaintype T).

    There is no reference antenna: amplitudes do not need one, and gaincal would guess the amplitudes only from the
    baselines to it.

    Parameters
    ----------
    inputs : GFluxscaleInputs
    data : CalibratorData
    phases : sequence of PhaseSolution
    antennas : dict of int to AntennaSelection
        Antennas and uv range of each reference field, by id.
    start : StartingGains
        The gains by which the models in the working copy are multiplied.
    caltable : Path
        The table to write.

    Returns
    -------
    Path or None
        `caltable`; None if CASA found nothing to solve for.
    """
    tasks.remove_table(caltable)
    scans = with_phases(data, phases, antennas) if inputs.solint == "inf" else None
    for phase in phases:
        if phase.caltable is None:
            continue
        observation = phase.observation
        selected = antennas.get(observation.field.id, AntennaSelection())
        arguments = {
            "vis": data.vis,
            "caltable": caltable,
            **solve_selection(observation, selected),
            "solint": inputs.solint,
            "minblperant": MIN_BASELINES,
            "minsnr": inputs.minsnr,
            **flags_of_hands(data, observation),
            "gaintype": "T",
            "calmode": "a",
            "append": caltable.exists(),
        }
        prior = {"gaintable": [str(phase.caltable)], "interp": [phase.interp], "spwmap": [list(phase.spwmap)]}
        # Visibilities that gaincal would not use are left out of the averages already.
        if scans is None:
            tasks.run("gaincal", **arguments, **prior)
        else:
            tasks.run_equivalent("gaincal", arguments | prior, arguments | {"vis": scans, "corrdepflags": True})
    if not caltable.exists():
        return None
    start.complete(caltable)
    return caltable
