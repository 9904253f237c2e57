"""Part of step 3, Amplitudes: the visibilities with the phases applied, averaged over each scan.

gaincal averages the same data in the same way for a solution interval of 'inf'.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ....averaging.scan_average import ScanAverage, average_scans
from ....averaging.solutions import UnsupportedCalibrationError
from ....domain.measurementset import MeasurementSet
from ....heuristics.resolved import AntennaSelection
from ...shared.batches import Exclusions
from ...shared.calibrator_data import CalibratorData
from ...shared.gain_solve import rows_in_use
from ...shared.one_pass import calibrated
from ...shared.parts import Part
from ...shared.prior_calibration import PriorTables, check_correlations
from .phase_up import PhaseSolution


def scan_averages(
    ms: MeasurementSet,
    data: CalibratorData,
    phases: Sequence[PhaseSolution],
    antennas: Mapping[int, AntennaSelection],
) -> dict[tuple[int, int], ScanAverage]:
    """Average the working copy over each scan, with the phases of each observation applied.

    Parameters
    ----------
    ms : MeasurementSet
    data : CalibratorData
    phases : sequence of PhaseSolution
    antennas : mapping of int to AntennaSelection
        The antennas and baselines to use, by field id; all of other fields.

    Returns
    -------
    dict of (int, int) to ScanAverage
        By field id and spw. Visibilities that gaincal would not use have a weight of zero.

    Raises
    ------
    UnsupportedCalibrationError
        If only CASA can apply the phases.
    """
    parts = [
        Part(o.field.id, spw, o.scans, o.casa_intent, True, (phase.applied,))
        for phase in phases
        if phase.caltable is not None
        for o in [phase.observation]
        for spw in o.spws
    ]
    prior = PriorTables(data.vis)
    _check(prior, parts)
    whole = frozenset(part.spw for part in parts).difference(data.single_hand)
    pieces: dict[tuple[int, int], list[ScanAverage]] = {}
    for batch in calibrated(prior, parts, Exclusions(whole=whole)):
        for number in np.unique(batch.part).tolist():
            part = parts[number]
            rows = np.flatnonzero(batch.part == number)
            columns = {name: values[..., rows] for name, values in batch.columns.items()}
            uv_distance = np.hypot(*columns["UVW"][:2])
            pairs = (columns["ANTENNA1"], columns["ANTENNA2"])
            weight = batch.weight[:, rows] * rows_in_use(ms, antennas.get(part.field), *pairs, uv_distance)
            averages = average_scans(columns, batch.data[:, rows], batch.model[:, rows], weight)
            pieces.setdefault((part.field, part.spw), []).append(averages)
    return {key: _together(averages) for key, averages in pieces.items()}


def _together(pieces: Sequence[ScanAverage]) -> ScanAverage:
    """Return averages of parts of scans as averages of whole scans."""
    if len(pieces) == 1:
        return pieces[0]

    def joined(values: Iterator[np.ndarray]) -> np.ndarray:
        return np.concatenate(list(values), axis=-1)

    columns = {name: joined(piece.columns[name] for piece in pieces) for name in pieces[0].columns}
    data, model = joined(piece.data for piece in pieces), joined(piece.model for piece in pieces)
    return average_scans(columns, data, model, joined(piece.weight for piece in pieces))


def _check(prior: PriorTables, parts: Sequence[Part]) -> None:
    """Raise `UnsupportedCalibrationError` for phases that only CASA can apply."""
    correlations = dict(zip(prior.setups.spw, prior.setups.correlations, strict=True))
    for part in parts:
        check_correlations(correlations[part.spw])
        prior.prepare(part.tables)
    scans = [(part.field, part.spw, scan) for part in parts for scan in part.scans]
    if len(set(scans)) < len(scans):
        raise UnsupportedCalibrationError("scans that are calibrated with different tables for each intent")
