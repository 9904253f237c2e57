"""Amplitudes of the reference calibrators over the uv distance, with their models, for the plots of the page."""

import numpy as np

from ....casa.caltable import Gains
from ....domain.measurementset import MeasurementSet
from ....heuristics.resolved import AntennaSelection
from ...shared.calibrator_data import CalibratorData
from ..inputs import GFluxscaleInputs
from ..plot_data import ReferenceAmplitudes, rounded
from ..steps.selection import Selection

MAX_POINTS = 2000
"""Largest number of points in an amplitude plot; more points would overlap on a screen."""

_MODEL_POINTS = 120


def reference_amplitudes(
    inputs: GFluxscaleInputs,
    data: CalibratorData,
    selection: Selection,
    antennas: dict[int, AntennaSelection],
    gains: Gains,
) -> tuple[ReferenceAmplitudes, ...]:
    """Return the calibrated amplitudes of each reference field and spw, one point per baseline and scan.

    Parameters
    ----------
    inputs : GFluxscaleInputs
    data : CalibratorData
        The working copy without the gains applied.
    selection : Selection
    antennas : dict of int to AntennaSelection
        Antennas and uv range of each reference field, by id.
    gains : Gains
        From `gain_history.scaled_gains`.
    """
    ms = inputs.ms
    amplitudes = []
    for field in selection.reference:
        for spw in selection.spws_of(field.id):
            gain = _gain_of_antennas(gains, field.id, spw, len(ms.antennas))
            points = _amplitudes(inputs, data, selection, field.id, spw, gain)
            if points is None:
                continue
            uv, amplitude, model, antenna1, antenna2 = points
            selected = _selected(antennas[field.id], ms, uv, antenna1, antenna2)
            kept = _decimated(uv, selected)
            model_uv, model_amplitude = _curve(uv, model)
            window = ms.spw(spw)
            amplitudes.append(
                ReferenceAmplitudes(
                    field=field.name,
                    field_id=field.id,
                    spw=spw,
                    baseband=window.baseband,
                    frequency_hz=window.mean_frequency,
                    bandwidth_hz=window.bandwidth,
                    uv_distance=rounded(uv[kept]),
                    amplitude=rounded(amplitude[kept]),
                    selected=tuple(selected[kept].tolist()),
                    model_uv=rounded(model_uv),
                    model=rounded(model_amplitude),
                    decimated_from=int(uv.size),
                )
            )
    return tuple(amplitudes)


def _gain_of_antennas(gains: Gains, field_id: int, spw: int, n_antenna: int) -> np.ndarray:
    """Return the median gain of each antenna in a spw, shape (n_antenna,); NaN for an antenna without solutions.

    On a resolved reference, antennas that the flux scale does not use have no solutions. For them the gains on the
    other fields are used, which are on the same flux scale.
    """
    result = np.full(n_antenna, np.nan)
    usable = gains.select(gains.good & (gains.spw == spw) & (gains.amplitude > 0))
    for antenna in range(n_antenna):
        mine = usable.antenna == antenna
        own = mine & (usable.field == field_id)
        chosen = usable.amplitude[own if own.any() else mine]
        if chosen.size:
            result[antenna] = np.median(chosen)
    return result


def _amplitudes(
    inputs: GFluxscaleInputs, data: CalibratorData, selection: Selection, field_id: int, spw: int, gain: np.ndarray
) -> tuple[np.ndarray, ...] | None:
    """Return uv distance, amplitude, model amplitude and antennas of each baseline and scan; None without data.

    Amplitudes and not visibilities are averaged, as antennas that are not selected have no phases on this field.
    """
    visibilities = data.visibilities(field_id, spw, selection.scans_of(field_id, spw))
    hands = inputs.ms.spw(spw).parallel_hands
    if visibilities.data.shape[1] == 0 or not hands:
        return None
    a1, a2 = visibilities.antenna1, visibilities.antenna2
    weight = np.where(visibilities.flag[hands], 0.0, visibilities.weight[hands])
    weight = np.where(np.isfinite(gain[a1] * gain[a2]), weight, 0.0)
    calibrated = np.abs(visibilities.data[hands]) / np.nan_to_num(gain[a1] * gain[a2], nan=1.0)
    n = len(inputs.ms.antennas)
    groups, index = np.unique((visibilities.scan * n + a1) * n + a2, return_inverse=True)

    def averaged(values: np.ndarray) -> np.ndarray:
        total = np.bincount(index, (weight * values).sum(axis=0), groups.size)
        return total / np.bincount(index, weight.sum(axis=0), groups.size)

    with np.errstate(invalid="ignore", divide="ignore"):
        amplitude, model = averaged(calibrated), averaged(np.abs(visibilities.model[hands]))
        uv = averaged(np.broadcast_to(visibilities.uv_distance, calibrated.shape))
    good = np.isfinite(amplitude)
    return (uv[good], amplitude[good], model[good], (groups // n % n)[good], (groups % n)[good]) if good.any() else None


def _selected(
    chosen: AntennaSelection, ms: MeasurementSet, uv: np.ndarray, antenna1: np.ndarray, antenna2: np.ndarray
) -> np.ndarray:
    used = np.array([not chosen.antennas or antenna.name in chosen.antennas for antenna in ms.antennas])
    within = np.ones(uv.size, dtype=bool) if chosen.uv_limit_m is None else uv < chosen.uv_limit_m
    return np.asarray(used[antenna1] & used[antenna2] & within)


def _decimated(uv: np.ndarray, selected: np.ndarray) -> np.ndarray:
    """Return the indices of at most `MAX_POINTS` points, at regular steps in the order of uv distance.

    Selected points come first.
    """
    order = np.lexsort((uv, ~selected))
    step = max(1, -(-order.size // MAX_POINTS))
    return order[::step]


def _curve(uv: np.ndarray, model: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the model's amplitudes along the uv distance, averaged over neighbours where there are many."""
    order = np.argsort(uv)
    pieces = np.array_split(order, min(_MODEL_POINTS, order.size))
    return np.array([uv[piece].mean() for piece in pieces]), np.array([model[piece].mean() for piece in pieces])
