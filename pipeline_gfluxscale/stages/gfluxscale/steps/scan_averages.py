"""Part of step 3, Amplitudes: the working copy with the phases applied, averaged over each scan.

gaincal averages the same data in the same way for a solution interval of 'inf'. It needs 40 to 65 us for each row that
it reads; with averaged scans it reads few.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ....averaging.scan_average import average_scans
from ....averaging.solutions import UnsupportedCalibrationError
from ....casa.ms_reader import read_setups
from ....casa.tools import open_table
from ....casa.working_copy import append_rows, create_averaged
from ....domain.calibration import CalTable
from ....heuristics.resolved import AntennaSelection
from ...shared.batches import Exclusions
from ...shared.calibrator_data import CalibratorData
from ...shared.one_pass import calibrated
from ...shared.parts import Part
from ...shared.prior_calibration import PriorTables, check_correlations
from .phase_up import PhaseSolution


def with_phases(
    data: CalibratorData, phases: Sequence[PhaseSolution], antennas: Mapping[int, AntennaSelection]
) -> Path | None:
    """Average the working copy over each scan, with the phases of each observation applied.

    Returns
    -------
    Path or None
        The averages, an MS; None if only CASA can apply the phases.
    """
    parts = [
        Part(o.field.id, spw, o.scans, o.casa_intent, True, (_applied(phase),))
        for phase in phases
        if phase.caltable is not None
        for o in [phase.observation]
        for spw in o.spws
    ]
    try:
        _check(data.vis, parts)
    except UnsupportedCalibrationError:
        return None
    limits = {field: chosen.uv_limit_m for field, chosen in antennas.items() if chosen.uv_limit_m is not None}
    averaged = data.vis.parent / "scans" / data.vis.name
    create_averaged(data.vis, averaged)
    append_scan_averages(data.vis, averaged, parts, limits, sorted(data.single_hand))
    return averaged


def append_scan_averages(
    vis: Path, averaged: Path, parts: Sequence[Part], uv_limits: Mapping[int, float], single_hand: Sequence[int]
) -> None:
    """Append the scan averages of parts of a working copy to another one.

    Parameters
    ----------
    vis, averaged : Path
    parts : sequence of Part
        With the phases to apply.
    uv_limits : mapping of int to float
        Longest baseline (m) to use, by field id.
    single_hand : sequence of int
        Spws of which one polarisation is used; in the others gaincal uses no visibility of which one is flagged.
    """
    limits = np.array([uv_limits.get(part.field, np.inf) for part in parts])
    whole = frozenset(part.spw for part in parts).difference(single_hand)
    with open_table(averaged, write=True) as target:
        for batch in calibrated(vis, parts, Exclusions(whole=whole)):
            u, v, _ = batch.columns["UVW"]
            weight = np.where(np.hypot(u, v) < limits[batch.part], batch.weight, 0)
            scans = average_scans(batch.columns, batch.data, batch.model, weight)
            append_rows(target, scans.columns, scans.data, scans.model, scans.weight)


def _applied(phase: PhaseSolution) -> CalTable:
    return CalTable(str(phase.caltable), interp=phase.interp, spwmap=phase.spwmap, calwt=False)


def _check(vis: Path, parts: Sequence[Part]) -> None:
    """Raise `UnsupportedCalibrationError` for phases that only CASA can apply."""
    setups = read_setups(vis)
    correlations = dict(zip(setups.spw, setups.correlations, strict=True))
    prior = PriorTables(vis, setups)
    for part in parts:
        check_correlations(correlations[part.spw])
        prior.prepare(part.tables)
    scans = [(part.field, part.spw, scan) for part in parts for scan in part.scans]
    if len(set(scans)) < len(scans):
        raise UnsupportedCalibrationError("scans that are calibrated with different tables for each intent")
