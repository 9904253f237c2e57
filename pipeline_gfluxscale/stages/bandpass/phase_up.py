"""Solve for the phases of the bandpass calibrator, which are applied in the bandpass solve."""

import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...casa import tasks
from ...domain.calibration import CalTable
from ...domain.spwmap import SpwMap
from ...heuristics.phase_up import SetupSnr, choose_phase_up, combine_spws
from ..shared.calibrator_data import CalibratorData
from ..shared.gain_solve import GainSolve
from ..shared.phase_solve import solve_phases
from ..shared.tables import TableNames
from .inputs import BandpassInputs

LOG = logging.getLogger(__name__)


def phase_up(
    inputs: BandpassInputs, data: CalibratorData, snr: Sequence[SetupSnr], names: TableNames
) -> tuple[tuple[CalTable, ...], str]:
    """Solve for the phases as a function of time.

    If solutions are for several spws, the phase offsets between these spws are solved for first, and are applied too.

    Returns
    -------
    tables : tuple of CalTable
        The tables to apply in the bandpass solve.
    words : str
        A description of the solves.
    """
    if not inputs.hm_phaseup:
        return (), "phases are not removed, as hm_phaseup=''"
    spwmap, reason = choose_spwmap(inputs, snr)
    LOG.info("%s: phases: %s; solution interval %s", inputs.ms.name, reason, spwmap.solint)
    tables: tuple[CalTable, ...] = ()
    if spwmap.spwmap:
        tables = _solve(inputs, data, SpwMap(solint="inf"), tables, names)
    tables = _solve(inputs, data, spwmap, tables, names)
    return tables, f"{reason}; solution interval {spwmap.solint}, gaintype {spwmap.gaintype}"


def choose_spwmap(inputs: BandpassInputs, snr: Sequence[SetupSnr]) -> tuple[SpwMap, str]:
    """Return how the phases are solved for, and the reason in words."""
    if inputs.hm_phaseup == "manual":
        return SpwMap(solint=inputs.phaseupsolint), "as hm_phaseup='manual'"
    if any(np.isnan(of_spw) for setup in snr for of_spw in setup.snr.values()):
        return SpwMap(solint=inputs.phaseupsolint), "the SNR cannot be measured"
    choose = combine_spws if inputs.hm_phaseup_combine == "always" else choose_phase_up
    if inputs.hm_phaseup_combine == "never":
        snr = [replace(setup, snr={spw: of_spw}) for setup in snr for spw, of_spw in setup.snr.items()]
    choice = choose(snr, "BANDPASS", inputs.limits, num_spws=len(inputs.ms.spectral_windows))
    if inputs.hm_phaseup_combine == "never":
        return replace(choice.spwmap, spwmap=()), choice.reason
    return choice.spwmap, choice.reason


def _solve(
    inputs: BandpassInputs, data: CalibratorData, spwmap: SpwMap, before: tuple[CalTable, ...], names: TableNames
) -> tuple[CalTable, ...]:
    """Solve for the phases of all setups, with the tables `before` applied; return `before` and the new table."""
    spws = sorted({spw for observation in inputs.sources for spw in observation.spws})
    table = names.gain_table(spws, spwmap.solint, "gpcal")
    tasks.remove_table(table)
    for observation in inputs.sources:
        solve = GainSolve(
            solint=spwmap.solint,
            refants=tuple(name.strip() for name in inputs.refant.split(",")),
            minblperant=inputs.minblperant,
            minsnr=inputs.minsnr,
            gaintype=spwmap.gaintype,
            combine="spw" if spwmap.combine else "",
            tables=before,
        )
        solve_phases(inputs.ms, data, observation, table, solve)
    if not table.exists():
        LOG.warning("%s: CASA found no phase solution of the bandpass calibrator", inputs.ms.name)
        return before
    interp = "linearPD,linear" if spwmap.combine else "linear,linear"
    return (*before, CalTable(str(table), interp=interp, spwmap=spwmap.spwmap, calwt=False))
