"""Step 2, Phase up: one phase solve per observation, with the parameters that hifa_spwphaseup chose."""

from dataclasses import dataclass
from pathlib import Path

from ....casa import tasks
from ....domain.calibration import CalTable
from ....domain.observation import Observation
from ....domain.spwmap import SpwMap
from ....heuristics.resolved import AntennaSelection
from ...shared.calibrator_data import CalibratorData
from ...shared.gain_solve import GainSolve
from ...shared.phase_solve import solve_phases
from ..inputs import GFluxscaleInputs

#: Least number of baselines per antenna if few antennas are used; amplitudes need three antennas, so two baselines.
MIN_BASELINES = 2


@dataclass(frozen=True)
class PhaseSolution:
    """The phase table of an observation, and how it is applied.

    Attributes
    ----------
    observation : Observation
    caltable : Path or None
        None if CASA found nothing to solve for.
    spwmap : tuple of int
    interp : str
    """

    observation: Observation
    caltable: Path | None
    spwmap: tuple[int, ...]
    interp: str

    @property
    def applied(self) -> CalTable:
        """The table as it is applied."""
        return CalTable(str(self.caltable), interp=self.interp, spwmap=self.spwmap, calwt=False)


def phase_up(
    inputs: GFluxscaleInputs,
    data: CalibratorData,
    observation: Observation,
    antennas: AntennaSelection,
    caltable: Path,
    n_antenna: int,
) -> PhaseSolution:
    """Solve for the phases of an observation.

    ``minblperant`` is 2 for the reference field, as only few antennas may be selected. Otherwise it is CASA's default,
    4, or the number of baselines per antenna if smaller; `n_antenna` is the number of antennas with data.
    """
    spwmap = spwmap_of(inputs, observation)
    tasks.remove_table(caltable)
    solve = GainSolve(
        solint=spwmap.solint or inputs.phaseupsolint,
        refants=inputs.refant,
        minblperant=MIN_BASELINES if observation.is_reference else max(MIN_BASELINES, min(4, n_antenna - 1)),
        minsnr=inputs.minsnr,
        gaintype=spwmap.gaintype,
        combine="spw" if spwmap.combine else "",
        corrdepflags=not data.single_hand.isdisjoint(observation.spws),
    )
    solve_phases(inputs.ms, data, observation, caltable, solve, antennas if observation.is_reference else None)
    return PhaseSolution(
        observation,
        caltable if caltable.exists() else None,
        _application_map(spwmap, observation, len(inputs.ms.spectral_windows)),
        "linearPD,linear" if spwmap.combine else "linear,linear",
    )


def spwmap_of(inputs: GFluxscaleInputs, observation: Observation) -> SpwMap:
    """Return the spw map that hifa_spwphaseup chose for an observation, or the stage's own defaults.

    A reference calibrator that is the bandpass calibrator as well may have a spw map for this intent only.
    """
    stored = inputs.observed.spwmaps
    spwmap = stored.get((observation.intent, observation.field.name))
    if spwmap is None and observation.is_reference:
        spwmap = stored.get(("BANDPASS", observation.field.name))
    return spwmap or SpwMap()


def _application_map(spwmap: SpwMap, observation: Observation, n_spw: int) -> tuple[int, ...]:
    """Return for each spw the spw whose phases are applied; combined solutions have the lowest spw of the solve."""
    if not spwmap.combine:
        return spwmap.spwmap
    lowest = min(observation.spws)
    return tuple(lowest if spw in observation.spws else spw for spw in range(n_spw))


def solve_selection(observation: Observation, antennas: AntennaSelection) -> dict[str, str]:
    """Return gaincal's data selection for an observation."""
    if observation.is_reference:
        return observation.selection | {"antenna": antennas.antenna, "uvrange": antennas.uvrange}
    return observation.selection
