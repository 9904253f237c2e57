"""Step 3, Amplitudes: one amplitude solve per observation with its phases applied, all into one table."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ....averaging.distinct import distinct
from ....averaging.scan_average import ScanAverage
from ....averaging.solutions import UnsupportedCalibrationError
from ....casa import tasks
from ....casa.gain_table import GainRows, write_gains
from ....heuristics.resolved import AntennaSelection
from ....solving.normal_equations import Mode
from ...shared.calibrator_data import CalibratorData
from ...shared.gain_solve import GainSolve, rows_of, solve_in_pieces
from ..inputs import GFluxscaleInputs
from .phase_up import MIN_BASELINES, PhaseSolution
from .scan_averages import scan_averages
from .starting_gains import StartingGains

LOG = logging.getLogger(__name__)


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
        Approximate gains, which the solve starts from.
    caltable : Path
        The table to write.

    Returns
    -------
    Path or None
        `caltable`; None if CASA found nothing to solve for.
    """
    tasks.remove_table(caltable)
    solved = [phase for phase in phases if phase.caltable is not None]
    try:
        _check_solint(inputs.solint)
        averages = scan_averages(inputs.ms, data, solved, antennas)
    except UnsupportedCalibrationError as error:
        LOG.info("%s: CASA solves for the amplitudes, as this package cannot use %s", inputs.ms.name, error)
        with start.in_models(data):
            for phase in solved:
                tasks.run("gaincal", **_gaincal(inputs, data, phase, antennas, caltable))
    else:
        for phase in solved:
            tasks.log_equivalent("gaincal", **_gaincal(inputs, data, phase, antennas, caltable))
            _solve(inputs, data, phase, averages, start, caltable)
    if not caltable.exists():
        return None
    start.complete(caltable)
    return caltable


def _check_solint(solint: str) -> None:
    """Raise `UnsupportedCalibrationError` unless there is one solution for each scan."""
    if solint != "inf":
        raise UnsupportedCalibrationError(f"solution intervals of {solint}")


def _of_phase(inputs: GFluxscaleInputs, data: CalibratorData, phase: PhaseSolution) -> GainSolve:
    return GainSolve(
        solint=inputs.solint,
        minblperant=MIN_BASELINES,
        minsnr=inputs.minsnr,
        mode=Mode.AMPLITUDE,
        gaintype="T",
        tables=(phase.applied,),
        corrdepflags=not data.single_hand.isdisjoint(phase.observation.spws),
    )


def _gaincal(
    inputs: GFluxscaleInputs,
    data: CalibratorData,
    phase: PhaseSolution,
    antennas: Mapping[int, AntennaSelection],
    caltable: Path,
) -> dict[str, Any]:
    """Return the arguments of gaincal."""
    observation = phase.observation
    selected = antennas.get(observation.field.id) if observation.is_reference else None
    return _of_phase(inputs, data, phase).gaincal(data, observation, caltable, selected)


def _solve(
    inputs: GFluxscaleInputs,
    data: CalibratorData,
    phase: PhaseSolution,
    averages: Mapping[tuple[int, int], ScanAverage],
    start: StartingGains,
    caltable: Path,
) -> None:
    """Append the amplitudes of an observation to the table."""
    observation, found = phase.observation, []
    for spw in observation.spws:
        average = averages.get((observation.field.id, spw))
        if average is not None:
            mine = np.isin(average.columns["SCAN_NUMBER"], observation.scans)
            solve = _of_phase(inputs, data, phase)
            rows = _solutions(inputs, average.select(mine), solve, start, observation.field.id, spw)
            found += [rows] if rows.good.size else []
    if found:
        write_gains(data.vis, caltable, "T", found)


def _solutions(
    inputs: GFluxscaleInputs, average: ScanAverage, solve: GainSolve, start: StartingGains, field: int, spw: int
) -> GainRows:
    """Return the amplitudes of a field and spw: one solution for each scan, observation and subarray."""
    columns = average.columns
    keys = np.stack([columns[name] for name in ("TIME", "SCAN_NUMBER", "OBSERVATION_ID", "ARRAY_ID")])
    kinds, _, interval = distinct(keys)
    pairs = (columns["ANTENNA1"], columns["ANTENNA2"])
    model = average.model * start.of_baselines(field, spw, columns["SCAN_NUMBER"], *pairs)
    rows = rows_of(average.data, model, average.weight, *pairs, interval)
    n_interval = kinds.shape[1]
    gains = solve_in_pieces(rows, n_interval, len(inputs.ms.antennas), solve)
    solved = gains.good.any(axis=(1, 2))
    time, scan, observation = kinds[:3, solved]
    return GainRows(
        gain=gains.gain[solved],
        good=gains.good[solved],
        error=gains.error[solved],
        snr=gains.snr[solved],
        time=time,
        scan=scan.astype(int),
        observation=observation.astype(int),
        refant=np.full(time.size, -1),
        field=field,
        spw=spw,
    )
