"""Collect the data of the WebLog's plots, decimated, while the working copy exists."""

from ....domain.measurementset import Field
from ....heuristics.resolved import AntennaSelection
from ...shared.calibrator_data import CalibratorData
from ..inputs import GFluxscaleInputs
from ..plot_data import PlotData, ReferenceSelection, Solve
from ..steps.phase_up import PhaseSolution, solve_selection, spwmap_of
from ..steps.selection import Selection
from ..steps.solve import Solutions
from ..steps.transfer import Transfer
from .atmosphere import atmosphere
from .gain_history import gain_history, scaled_gains
from .reference_amplitudes import reference_amplitudes


def gather(
    inputs: GFluxscaleInputs,
    data: CalibratorData,
    selection: Selection,
    antennas: dict[int, AntennaSelection],
    solutions: Solutions,
    transferred: Transfer,
) -> PlotData:
    """Return the data of the WebLog's plots.

    Parameters
    ----------
    inputs : GFluxscaleInputs
    data : CalibratorData
        The working copy without the gains applied: to apply them would flag baselines that the flux scale does not use.
    selection : Selection
    antennas : dict of int to AntennaSelection
        Antennas and uv range of each reference field, by id.
    solutions : Solutions
        With an amplitude table.
    transferred : Transfer
    """
    ms = inputs.ms
    gains = scaled_gains(solutions, selection, transferred)
    return PlotData(
        fields={str(f.id): f.name for f in (*selection.reference, *selection.transfer)},
        solves=tuple(_solve(inputs, phase, antennas) for phase in solutions.phases),
        references=tuple(_reference(field, antennas[field.id]) for field in selection.reference),
        reference_amplitudes=reference_amplitudes(inputs, data, selection, antennas, gains),
        gains=gain_history(ms, gains, solutions, selection, transferred),
        atmosphere=atmosphere(ms, selection.spws),
    )


def _solve(inputs: GFluxscaleInputs, phase: PhaseSolution, antennas: dict[int, AntennaSelection]) -> Solve:
    observation = phase.observation
    spwmap = spwmap_of(inputs, observation)
    selected = solve_selection(observation, antennas.get(observation.field.id, AntennaSelection()))
    return Solve(
        intent=observation.intent,
        field=observation.field.name,
        field_id=observation.field.id,
        spws=observation.spws,
        is_reference=observation.is_reference,
        phase_solint=spwmap.solint or inputs.phaseupsolint,
        phase_gaintype=spwmap.gaintype,
        phase_combine="spw" if spwmap.combine else "",
        phase_spwmap=tuple(phase.spwmap),
        phase_interp=phase.interp,
        amplitude_solint=inputs.solint,
        antenna=selected.get("antenna", ""),
        uvrange=selected.get("uvrange", ""),
        solved=phase.caltable is not None,
    )


def _reference(field: Field, chosen: AntennaSelection) -> ReferenceSelection:
    return ReferenceSelection(
        field.name, field.id, tuple(chosen.antennas), chosen.uv_limit_m, chosen.resolved, chosen.message
    )
