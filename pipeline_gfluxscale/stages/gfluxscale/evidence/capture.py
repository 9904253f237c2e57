"""Part of step 7, Measure: keep what the plots need, decimated, while the data are at hand."""

import logging
import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ....casa.atmosphere import measured_pwv, zenith_transmission
from ....casa.caltable import Gains, read_gains
from ....domain.measurementset import Field, MeasurementSet
from ....heuristics.resolved import AntennaSelection
from ...shared.calibrator_data import CalibratorData
from ..inputs import GFluxscaleInputs
from ..plot_data import (
    Atmosphere,
    GainHistory,
    PlotData,
    ReferenceAmplitudes,
    ReferenceSelection,
    Solve,
    Transmission,
)
from ..steps.measure import parallel_hands
from ..steps.phase_up import PhaseSolution, solve_selection, spwmap_of
from ..steps.selection import Selection
from ..steps.solve import Solutions
from ..steps.transfer import Transfer

LOG = logging.getLogger(__name__)

MAX_POINTS = 2000
"""Points of an amplitude plot; more overlap on any screen."""

MAX_SOLUTIONS = 12_000
"""Solutions of the gain plots of one MeasurementSet."""

ASSUMED_PWV = 1.0  # mm; about the median at ALMA's site

_MODEL_POINTS = 120
_CHANNELS = 200
_RANGE_GAP = 30e9  # Hz; spws further apart belong to different receivers


def capture(
    inputs: GFluxscaleInputs,
    data: CalibratorData,
    selection: Selection,
    antennas: dict[int, AntennaSelection],
    solutions: Solutions,
    transferred: Transfer,
) -> PlotData:
    """Return what the WebLog draws.

    Parameters
    ----------
    inputs : GFluxscaleInputs
    data : CalibratorData
        Not calibrated yet: applying the gains would flag the baselines that the flux scale does not use.
    selection : Selection
    antennas : dict of int to AntennaSelection
        Antennas and uv range of each reference field, by id.
    solutions : Solutions
        With an amplitude table.
    transferred : Transfer
    """
    ms = inputs.ms
    gains = _scaled_gains(solutions, selection, transferred)
    return PlotData(
        fields={str(f.id): f.name for f in (*selection.reference, *selection.transfer)},
        solves=tuple(_solve(inputs, phase, antennas) for phase in solutions.phases),
        references=tuple(_reference(field, antennas[field.id]) for field in selection.reference),
        reference_amplitudes=_reference_amplitudes(inputs, data, selection, antennas, gains),
        gains=_history(ms, gains, solutions, selection, transferred),
        atmosphere=_atmosphere(ms, sorted({spw for o in selection.observations for spw in o.spws})),
    )


def _solve(inputs: GFluxscaleInputs, phase: PhaseSolution, antennas: dict[int, AntennaSelection]) -> Solve:
    observation = phase.observation
    spwmap = spwmap_of(inputs, observation)
    selected = solve_selection(observation, antennas.get(observation.field.id, AntennaSelection()))
    return Solve(
        intent=observation.intent,
        field=observation.field.name,
        field_id=observation.field.id,
        spws=observation.spws,
        is_reference=observation.is_reference,
        phase_solint=spwmap.solint or inputs.phaseupsolint,
        phase_gaintype=spwmap.gaintype,
        phase_combine="spw" if spwmap.combine else "",
        phase_spwmap=tuple(phase.spwmap),
        phase_interp=phase.interp,
        amplitude_solint=inputs.solint,
        antenna=selected.get("antenna", ""),
        uvrange=selected.get("uvrange", ""),
        solved=phase.caltable is not None,
    )


def _reference(field: Field, chosen: AntennaSelection) -> ReferenceSelection:
    return ReferenceSelection(
        field.name, field.id, tuple(chosen.antennas), chosen.uv_limit_m, chosen.resolved, chosen.message
    )


def _scaled_gains(solutions: Solutions, selection: Selection, transferred: Transfer) -> Gains:
    """Return the amplitude gains on the scale of the reference: a transfer field was solved for with a model of 1 Jy.

    Solutions of fields without a flux density are left out.
    """
    assert solutions.amplitudes is not None
    gains = read_gains(solutions.amplitudes)
    scale = _scale_of(gains.field, gains.spw, selection, transferred)
    gains = gains.select(np.isfinite(scale))
    gains.gain[:] = gains.gain * scale[np.isfinite(scale)]
    return gains


def _scale_of(
    fields: Sequence[int] | np.ndarray, spws: Sequence[int] | np.ndarray, selection: Selection, transferred: Transfer
) -> np.ndarray:
    references = {field.id for field in selection.reference}
    scale = np.full(len(fields), np.nan)
    for i, (field_id, spw) in enumerate(zip(fields, spws, strict=True)):
        flux = transferred.fluxes.get((int(field_id), int(spw)))
        if int(field_id) in references:
            scale[i] = 1.0
        elif flux is not None:
            scale[i] = flux.stokes.I**-0.5
    return scale


def _reference_amplitudes(
    inputs: GFluxscaleInputs,
    data: CalibratorData,
    selection: Selection,
    antennas: dict[int, AntennaSelection],
    gains: Gains,
) -> tuple[ReferenceAmplitudes, ...]:
    ms = inputs.ms
    captured = []
    for field in selection.reference:
        for spw in sorted({spw for o in selection.observations if o.field == field for spw in o.spws}):
            gain = _gain_of_antennas(gains, field.id, spw, len(ms.antennas))
            points = _amplitudes(inputs, data, selection, field.id, spw, gain)
            if points is None:
                continue
            uv, amplitude, model, antenna1, antenna2 = points
            selected = _selected(antennas[field.id], ms, uv, antenna1, antenna2)
            kept = _decimated(uv, selected)
            model_uv, model_amplitude = _curve(uv, model)
            window = ms.spw(spw)
            captured.append(
                ReferenceAmplitudes(
                    field=field.name,
                    field_id=field.id,
                    spw=spw,
                    baseband=window.baseband,
                    frequency_hz=window.mean_frequency,
                    bandwidth_hz=window.bandwidth,
                    uv_distance=_rounded(uv[kept]),
                    amplitude=_rounded(amplitude[kept]),
                    selected=tuple(selected[kept].tolist()),
                    model_uv=_rounded(model_uv),
                    model=_rounded(model_amplitude),
                    decimated_from=int(uv.size),
                )
            )
    return tuple(captured)


def _gain_of_antennas(gains: Gains, field_id: int, spw: int, n_antenna: int) -> np.ndarray:
    """Return the gain of each antenna in a spw, shape (n_antenna,); NaN without any.

    Antennas that the flux scale does not use have no solution on a resolved reference; their gains on the other
    fields, on the same scale, show where their baselines lie.
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

    Amplitudes and not visibilities are averaged, as the unselected antennas have no phases on this field.
    """
    visibilities = data.visibilities(field_id, spw, selection.scans_of(field_id, spw))
    hands = parallel_hands(inputs.ms.spw(spw).correlations)
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
    return used[antenna1] & used[antenna2] & within


def _decimated(uv: np.ndarray, selected: np.ndarray) -> np.ndarray:
    """Return the indices of at most `MAX_POINTS` points, evenly along the uv distance within each kind."""
    order = np.lexsort((uv, ~selected))
    step = max(1, -(-order.size // MAX_POINTS))
    return order[::step]


def _curve(uv: np.ndarray, model: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the model's amplitudes along the uv distance, averaged over neighbours where there are many."""
    order = np.argsort(uv)
    pieces = np.array_split(order, min(_MODEL_POINTS, order.size))
    return np.array([uv[piece].mean() for piece in pieces]), np.array([model[piece].mean() for piece in pieces])


def _history(
    ms: MeasurementSet, gains: Gains, solutions: Solutions, selection: Selection, transferred: Transfer
) -> GainHistory:
    outliers = solutions.outliers
    scale = _scale_of([o.field_id for o in outliers], [o.spw for o in outliers], selection, transferred)
    # An outlier's row in the table is the flagged remainder of the last solve; what was found wild is in the Outlier.
    amplitude = np.where(gains.good, gains.amplitude, np.nan)
    for outlier, factor in zip(outliers, scale, strict=True):
        row = np.flatnonzero(
            (gains.antenna == outlier.antenna) & (gains.field == outlier.field_id) & (gains.spw == outlier.spw)
            & (np.abs(gains.time - outlier.time) < 0.5) & ~gains.good
        )  # fmt: skip
        amplitude[row] = outlier.amplitude * factor
    order = np.lexsort((gains.spw, gains.time, gains.antenna))
    step = max(1, -(-order.size // MAX_SOLUTIONS))
    if step > 1:  # every outlier is shown, however many solutions there are
        outlying = ~gains.good[order] & np.isfinite(amplitude[order])
        order = order[outlying | (np.arange(order.size) % step == 0)]
    return GainHistory(
        antennas=tuple(antenna.name for antenna in ms.antennas),
        antenna=tuple(gains.antenna[order].tolist()),
        field_id=tuple(gains.field[order].tolist()),
        spw=tuple(gains.spw[order].tolist()),
        time=tuple(np.round(gains.time[order] - ms.start, 2).tolist()),
        amplitude=tuple(None if math.isnan(a) else a for a in _rounded(amplitude[order])),
        flagged=tuple((~gains.good[order]).tolist()),
        start=ms.start,
        decimated_from=int(gains.antenna.size),
    )


def _atmosphere(ms: MeasurementSet, spws: Sequence[int]) -> Atmosphere | None:
    """Return the transmission over the spws; None where CASA's model says nothing of them."""
    known = measured_pwv(ms.path)
    pwv, source = known if known is not None else (ASSUMED_PWV, "")
    altitude = _altitude(ms)
    try:
        ranges = [zenith_transmission(low, high, _CHANNELS, altitude, pwv) for low, high in _ranges(ms, spws)]
    except RuntimeError as error:
        LOG.warning("%s: no atmospheric transmission: %s", ms.name, error)
        return None
    return Atmosphere(pwv, source, tuple(Transmission(_rounded(f, 7), _rounded(t, 4)) for f, t in ranges))


def _ranges(ms: MeasurementSet, spws: Sequence[int]) -> list[tuple[float, float]]:
    """Return the ranges of frequencies (Hz) that the spws span, with a margin; one for each receiver."""
    windows = sorted((ms.spw(spw) for spw in spws), key=lambda w: w.min_frequency)
    if not windows:
        return []
    breaks = [i + 1 for i, (a, b) in enumerate(pairwise(windows)) if b.min_frequency - a.max_frequency > _RANGE_GAP]
    ranges = []
    for first, last in pairwise([0, *breaks, len(windows)]):
        low, high = windows[first].min_frequency, max(w.max_frequency for w in windows[first:last])
        margin = max(0.15 * (high - low), 0.2e9 if low > 10e9 else 0.02 * low)
        ranges.append((max(low - margin, low / 2), high + margin))
    return ranges


def _altitude(ms: MeasurementSet) -> float:
    """Return the height above the WGS84 ellipsoid (m) of the array, which lies somewhere on it."""
    x, y, z = np.mean([antenna.position for antenna in ms.antennas], axis=0)
    a, b = 6378137.0, 6356752.3142
    latitude = np.arctan2(z * a * a, np.hypot(x, y) * b * b)  # geodetic, to first order
    surface = np.hypot(a * a * np.cos(latitude), b * b * np.sin(latitude)) / np.hypot(
        a * np.cos(latitude), b * np.sin(latitude)
    )
    return float(np.clip(np.sqrt(x * x + y * y + z * z) - surface, 0.0, 6000.0))


def _rounded(values: np.ndarray, digits: int = 5) -> tuple[float, ...]:
    """Round to significant digits, which keeps the saved results small."""
    return tuple(float(f"{value:.{digits}g}") for value in values)
