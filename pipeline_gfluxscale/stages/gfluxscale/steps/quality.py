"""The QA scores of hifa_gfluxscale."""

from collections.abc import Sequence

import numpy as np

from ....casa.solar_system import is_solar_system_object
from ....domain.flux import FluxMeasurement
from ....domain.measurementset import MeasurementSet
from ....domain.qa import QAScore
from ....domain.reference import ReferenceFlux
from ....heuristics.bias_score import bias_score
from ....heuristics.plausibility import plausibility_score
from ....heuristics.scores import amplitude_time_score, completeness_score, snr_score
from ....heuristics.spectral_scores import spectral_consistency_scores
from ...shared.calibrator_data import CalibratorData
from ..inputs import GFluxscaleInputs
from .measure import stokes_i
from .selection import Selection


def labelled(ms: MeasurementSet, pairs: Sequence[tuple[int, int]]) -> list[tuple[str, int]]:
    """Return pairs of field name and spw for pairs of field id and spw."""
    return [(ms.field(field_id).name, spw) for field_id, spw in pairs]


def flux_scores(
    vis: str,
    expected: Sequence[tuple[str, int]],
    measurements: Sequence[FluxMeasurement],
    references: Sequence[ReferenceFlux] = (),
) -> list[QAScore]:
    """Return the scores of the flux densities: completeness, SNR, spectral consistency, noise bias, plausibility."""
    measured = [(m.field, m.spw) for m in measurements if m.calibrated is not None]
    scores: list[QAScore | None] = [completeness_score(vis, _by_field(expected), _by_field(measured))]
    scores.append(snr_score(vis, measurements))
    scores += spectral_consistency_scores(vis, measurements)
    scores.append(bias_score(vis, measurements))
    scores.append(plausibility_score(vis, measurements, references))
    return [score for score in scores if score is not None]


def amplitude_against_time(inputs: GFluxscaleInputs, data: CalibratorData, selection: Selection) -> list[QAScore]:
    """Score the stability in time of each quasar reference calibrator, in its spw with the highest SNR.

    Solar-system objects are left out: they are resolved, so their amplitudes change with the projected baselines.
    """
    scores = []
    for field in selection.reference:
        if is_solar_system_object(field.name):
            continue
        best = max(selection.spws_of(field.id), key=lambda spw: _snr(inputs, data, selection, field.id, spw))
        intents = selection.intents_of(field.id)
        amplitudes = _amplitude_of_integrations(inputs, data, selection, field.id, best)
        score = amplitude_time_score(inputs.ms.name, field.name, best, amplitudes, intents)
        if score is not None:
            scores.append(score)
    return scores


def _snr(inputs: GFluxscaleInputs, data: CalibratorData, selection: Selection, field_id: int, spw: int) -> float:
    visibilities = data.visibilities(field_id, spw, selection.scans_of(field_id, spw))
    flux = stokes_i(visibilities, inputs.ms.spw(spw).parallel_hands)
    return flux[0] / flux[1] if flux is not None and flux[1] > 0 else 0.0


def _amplitude_of_integrations(
    inputs: GFluxscaleInputs, data: CalibratorData, selection: Selection, field_id: int, spw: int
) -> np.ndarray:
    """Return the modulus of the vector average over baselines and parallel hands (Jy), shape (n_integration,)."""
    visibilities = data.visibilities(field_id, spw, selection.scans_of(field_id, spw))
    hands = inputs.ms.spw(spw).parallel_hands
    weight = np.where(visibilities.flag[hands], 0.0, visibilities.weight[hands])
    times, integration = np.unique(visibilities.time, return_inverse=True)
    total, norm = np.zeros(times.size, dtype=complex), np.zeros(times.size)
    np.add.at(total, integration, (weight * visibilities.data[hands]).sum(axis=0))
    np.add.at(norm, integration, weight.sum(axis=0))
    return np.abs(total[norm > 0] / norm[norm > 0])


def _by_field(pairs: Sequence[tuple[str, int]]) -> dict[str, set[int]]:
    spws: dict[str, set[int]] = {}
    for field, spw in pairs:
        spws.setdefault(field, set()).add(spw)
    return spws
