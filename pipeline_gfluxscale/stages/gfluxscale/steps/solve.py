"""Steps 2 to 4: solve for phases and amplitudes, flag outliers, and solve again without them.

A wild antenna makes the amplitudes of all other antennas in its scan wrong, so it is not enough to flag its solution:
its visibilities are flagged (in the working copy only) and the observation is solved again, until there is no outlier.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ....casa.caltable import read_gains
from ....domain.observation import Observation
from ....heuristics.resolved import AntennaSelection
from ...shared.calibrator_data import CalibratorData
from ...shared.tables import TableNames
from ..inputs import GFluxscaleInputs
from .amplitudes import solve_amplitudes
from .flag_outliers import Outlier, flag_again, flag_outliers
from .phase_up import PhaseSolution, phase_up, spwmap_of
from .selection import Selection
from .starting_gains import StartingGains, find_starting_gains

LOG = logging.getLogger(__name__)

# Each round excludes at least one more antenna; data that need more rounds are not worth calibrating.
_MAX_ROUNDS = 5
_END_OF_TIME = 1e12  # MJD in s; TaQL has no infinity


@dataclass(frozen=True)
class Solutions:
    """The gains of all calibrators.

    Attributes
    ----------
    phases : tuple of PhaseSolution
    amplitudes : Path or None
        The amplitude table; None if nothing could be solved for.
    outliers : tuple of Outlier
        The solutions flagged in it.
    antennas : mapping of (int, int) to frozenset of int
        The antennas with data, including outliers, by field id and spw.
    """

    phases: tuple[PhaseSolution, ...]
    amplitudes: Path | None
    outliers: tuple[Outlier, ...]
    antennas: Mapping[tuple[int, int], frozenset[int]] = field(default_factory=dict)


def solve(
    inputs: GFluxscaleInputs,
    data: CalibratorData,
    selection: Selection,
    antennas: dict[int, AntennaSelection],
    tables: TableNames,
) -> Solutions:
    """Solve for the gains of all observations, without outliers.

    Parameters
    ----------
    inputs : GFluxscaleInputs
    data : CalibratorData
        Outliers are flagged in it.
    selection : Selection
    antennas : dict of int to AntennaSelection
        Antennas and uv range of each reference field, by id.
    tables : TableNames
    """
    start = find_starting_gains(data)
    solutions = _solve_in_rounds(inputs, data, selection, antennas, tables, start)
    return replace(solutions, antennas=start.antennas_of_spws())


def _solve_in_rounds(
    inputs: GFluxscaleInputs,
    data: CalibratorData,
    selection: Selection,
    antennas: dict[int, AntennaSelection],
    tables: TableNames,
    start: StartingGains,
) -> Solutions:
    """Solve until no outlier is found."""
    observations = selection.observations
    phase_tables = [
        tables.gain_table(o.spws, spwmap_of(inputs, o).solint or inputs.phaseupsolint, "gpcal") for o in observations
    ]
    amplitude_table = tables.gain_table(tuple(selection.spws), inputs.solint, "gacal")
    outliers: list[Outlier] = []
    phase_of: dict[Observation, PhaseSolution] = {}
    for _ in range(_MAX_ROUNDS):
        for observation, table in zip(observations, phase_tables, strict=True):
            if observation not in phase_of:
                selected = antennas.get(observation.field.id, AntennaSelection())
                n_antenna = start.number_of_antennas(observation, outliers)
                phase_of[observation] = phase_up(inputs, data, observation, selected, table, n_antenna)
        phases = tuple(phase_of[observation] for observation in observations)
        amplitudes = solve_amplitudes(inputs, data, phases, antennas, start, amplitude_table)
        if amplitudes is None:
            return Solutions(phases, None, tuple(outliers))
        flag_again(amplitudes, outliers)
        new_outliers = flag_outliers(amplitudes, inputs.ms, inputs.amp_outlier_sigma)
        if not new_outliers:
            break
        outliers += new_outliers
        for outlier in new_outliers:
            LOG.warning(
                "%s: amplitude of %s on field %d, spw %d, scan %d is %.1f sigma off; solving again without it",
                inputs.ms.name,
                outlier.antenna_name,
                outlier.field_id,
                outlier.spw,
                outlier.scan,
                outlier.sigma,
            )
            begin, end = _extent(amplitudes, outlier)
            data.flag(outlier.antenna, outlier.field_id, outlier.spw, outlier.scan, begin, end)
            phase_of = {o: phase for o, phase in phase_of.items() if not _is_in(outlier, o)}
    return Solutions(phases, amplitudes, tuple(outliers))


def _is_in(outlier: Outlier, observation: Observation) -> bool:
    return outlier.field_id == observation.field.id and outlier.scan in observation.scans


def _extent(caltable: Path, outlier: Outlier) -> tuple[float, float]:
    """Return the times (MJD, s) between which a solution is the nearest one of its scan."""
    gains = read_gains(caltable)
    mine = (gains.field == outlier.field_id) & (gains.spw == outlier.spw) & (gains.scan == outlier.scan)
    times = np.unique(gains.time[mine])
    edges = (times[1:] + times[:-1]) / 2
    before, after = edges[edges < outlier.time], edges[edges > outlier.time]
    return (float(before[-1]) if before.size else 0.0, float(after[0]) if after.size else _END_OF_TIME)
