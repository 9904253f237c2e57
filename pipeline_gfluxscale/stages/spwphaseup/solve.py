"""The solves of hifa_spwphaseup: the phase offsets between spws, and phase solutions whose SNR is measured."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...casa import tasks
from ...casa.caltable import median_snr
from ...domain.observation import Observation
from ...domain.spwmap import SpwMap
from ...heuristics.phase_up import FAINT_INTENTS
from ..shared.calibrator_data import CalibratorData
from ..shared.tables import TableNames
from .inputs import SpwPhaseupInputs


def solve_offsets(
    inputs: SpwPhaseupInputs, data: CalibratorData, sources: Sequence[Observation], names: TableNames
) -> Path | None:
    """Solve for one phase per scan, antenna, spw and polarisation; None if CASA found no solution."""
    table = names.gain_table(sorted({spw for source in sources for spw in source.spws}), "inf", "gpcal")
    tasks.remove_table(table)
    for source in sources:
        tasks.run(
            "gaincal",
            vis=data.vis,
            caltable=table,
            **source.selection,
            solint="inf",
            combine=inputs.combine,
            refant=inputs.refant,
            minblperant=inputs.minblperant,
            minsnr=inputs.minsnr,
            gaintype="G",
            calmode="p",
            append=table.exists(),
        )
    return table if table.exists() else None


def achieved_snr(
    inputs: SpwPhaseupInputs,
    data: CalibratorData,
    members: Sequence[Observation],
    spwmap: SpwMap,
    offsets: Path | None,
) -> dict[int, float]:
    """Solve for a calibrator's phases with the chosen parameters, and return the median SNR of the solutions by spw.

    For phase calibrators and check sources there is one solution per scan, as the SNR within a scan is needed. The
    table is in the directory of the working copy, and is deleted with it.
    """
    table = data.vis.with_name("achieved.gpcal.tbl")
    achieved: dict[int, float] = {}
    for member in members:
        tasks.remove_table(table)
        tasks.run(
            "gaincal",
            vis=data.vis,
            caltable=table,
            **member.selection,
            solint="inf" if member.intent in FAINT_INTENTS else spwmap.solint,
            combine="spw" if spwmap.combine else "",
            refant=inputs.refant,
            minblperant=4,
            minsnr=3.0,
            gaintype=spwmap.gaintype,
            calmode="p",
            gaintable=[offsets] if offsets else [],
        )
        if table.exists():
            achieved |= median_snr(table)
    return {spw: snr for spw, snr in achieved.items() if np.isfinite(snr)}
