"""Estimate the SNR of a calibrator's phase solutions before the solve."""

import numpy as np

from ...domain.measurementset import MeasurementSet
from ...domain.observation import Observation
from ...heuristics.phase_snr import solution_snr, visibility_snr2
from ...heuristics.phase_up import SetupSnr
from .calibrator_data import CalibratorData


def measure_setup_snr(data: CalibratorData, ms: MeasurementSet, observation: Observation) -> SetupSnr:
    """Estimate the SNR of the phase of an antenna in an integration and polarisation, for each spw of an observation.

    The SNR is nan if it cannot be measured: if all scans have a single integration, or without unflagged data.
    """
    scans = [s for s in ms.scans if s.id in observation.scans and s.field_id == observation.field.id]
    steps = [(s.end - s.start) / (s.num_integrations - 1) for s in scans if s.num_integrations > 1]
    integration = float(np.median(steps)) if steps else 1.0
    scan = float(np.median([s.num_integrations for s in scans])) * integration
    snr = {spw: _spw_snr(data, ms, observation, spw) for spw in observation.spws}
    return SetupSnr(snr, integration, scan)


def _spw_snr(data: CalibratorData, ms: MeasurementSet, observation: Observation, spw: int) -> float:
    v = data.visibilities(observation.field.id, spw, observation.scans)
    hands = ms.spw(spw).parallel_hands or [0]
    used = np.where(v.flag, 0.0, v.weight)[hands]
    if not (used > 0).any():
        return float("nan")
    n_hands, n_rows = used.shape
    rows = np.tile(np.arange(n_rows), n_hands)
    pair = v.antenna1 * len(ms.antennas) + v.antenna2
    baseline = (np.arange(n_hands)[:, None] * (pair.max() + 1) + pair).ravel()
    snr2 = visibility_snr2(v.data[hands].ravel(), used.ravel(), baseline, v.scan[rows], v.time[rows])
    good = (used > 0).any(axis=0)
    antennas = np.union1d(v.antenna1[good], v.antenna2[good])
    count = int((used > 0).sum()) // max(1, int((used > 0).any(axis=1).sum()))
    return solution_snr(snr2, count, antennas.size, np.unique(v.time[good]).size)
