"""Take the phases out of the bandpass calibrator's data before its bandpass is solved for."""

import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...casa import tasks
from ...domain.calibration import CalTable
from ...domain.spwmap import SpwMap
from ...heuristics.phase_up import SetupSnr, choose_phase_up, combine_spws
from ..shared.calibrator_data import CalibratorData
from ..shared.tables import TableNames
from .inputs import BandpassInputs

LOG = logging.getLogger(__name__)


def phase_up(
    inputs: BandpassInputs, data: CalibratorData, snr: Sequence[SetupSnr], names: TableNames
) -> tuple[tuple[CalTable, ...], str]:
    """Solve for the phases as a function of time.

    Where spws share their phases, the offsets between them are solved for and taken out first.

    Returns
    -------
    tables : tuple of CalTable
        To be applied before the bandpass is solved for.
    what : str
        What was done, in words.
    """
    if not inputs.hm_phaseup:
        return (), "phases are left in, as asked for"
    spwmap, reason = choose_spwmap(inputs, snr)
    LOG.info("%s: phases: %s; solution interval %s", inputs.ms.name, reason, spwmap.solint)
    tables: tuple[CalTable, ...] = ()
    if spwmap.spwmap:
        tables = _solve(inputs, data, SpwMap(solint="inf"), tables, names)
    tables = _solve(inputs, data, spwmap, tables, names)
    return tables, f"{reason}; solution interval {spwmap.solint}, gaintype {spwmap.gaintype}"


def choose_spwmap(inputs: BandpassInputs, snr: Sequence[SetupSnr]) -> tuple[SpwMap, str]:
    """Choose how the phases are solved for, and say why."""
    if inputs.hm_phaseup == "manual":
        return SpwMap(solint=inputs.phaseupsolint), "as asked for"
    if any(np.isnan(each) for setup in snr for each in setup.snr.values()):
        return SpwMap(solint=inputs.phaseupsolint), "the data do not tell the SNR"
    choose = combine_spws if inputs.hm_phaseup_combine == "always" else choose_phase_up
    if inputs.hm_phaseup_combine == "never":
        snr = [replace(setup, snr={spw: each}) for setup in snr for spw, each in setup.snr.items()]
    choice = choose(snr, "BANDPASS", inputs.limits, num_spws=len(inputs.ms.spectral_windows))
    if inputs.hm_phaseup_combine == "never":
        return replace(choice.spwmap, spwmap=()), choice.reason
    return choice.spwmap, choice.reason


def _solve(
    inputs: BandpassInputs, data: CalibratorData, spwmap: SpwMap, before: tuple[CalTable, ...], names: TableNames
) -> tuple[CalTable, ...]:
    """Solve for the phases of all setups; return the tables that were applied before, and the new one."""
    spws = sorted({spw for each in inputs.sources for spw in each.spws})
    table = names.gain_table(spws, spwmap.solint, "gpcal")
    tasks.remove_table(table)
    for each in inputs.sources:
        tasks.run(
            "gaincal",
            vis=data.vis,
            caltable=table,
            **each.selection,
            solint=spwmap.solint,
            combine="spw" if spwmap.combine else "",
            refant=inputs.refants,
            minblperant=inputs.minblperant,
            minsnr=inputs.minsnr,
            gaintype=spwmap.gaintype,
            calmode="p",
            gaintable=[each.gaintable for each in before],
            append=table.exists(),
        )
    if not table.exists():
        LOG.warning("%s: no phase solution was found", inputs.ms.name)
        return before
    interp = "linearPD,linear" if spwmap.combine else "linear,linear"
    return (*before, CalTable(str(table), interp=interp, spwmap=spwmap.spwmap, calwt=False))
