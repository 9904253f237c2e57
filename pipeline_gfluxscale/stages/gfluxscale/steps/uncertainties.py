"""Part of step 7, Measure: the uncertainties of the flux densities and of their scale."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ....casa.caltable import Gains, read_gains
from ....casa.visibilities import Visibilities
from ....domain.flux import CalibratedFlux
from ....heuristics.amplitude_solutions import AmplitudeSolutions
from ....heuristics.gain_changes import gain_changes
from ....heuristics.scale_uncertainty import flux_variance
from ....heuristics.visibility_noise import noise_variance, phase_noise_bias
from ...shared.calibrator_data import CalibratorData
from ..inputs import GFluxscaleInputs
from .phase_up import PhaseSolution, spwmap_of
from .selection import Selection

_REFERENCE = -1  # in place of a field id: all reference fields together


def with_uncertainties(
    inputs: GFluxscaleInputs,
    data: CalibratorData,
    selection: Selection,
    phases: Sequence[PhaseSolution],
    amplitudes: Path,
    measured: dict[tuple[int, int], CalibratedFlux],
) -> dict[tuple[int, int], CalibratedFlux]:
    """Return the calibrated flux densities with their noise and the uncertainty of their scale.

    Parameters
    ----------
    inputs : GFluxscaleInputs
    data : CalibratorData
        The working copy with the gains applied.
    selection : Selection
    phases : sequence of PhaseSolution
        The phase tables.
    amplitudes : Path
        The amplitude table.
    measured : dict of (int, int) to CalibratedFlux
        By field id and spw.
    """
    gains = read_gains(amplitudes)
    gains = gains.select(gains.good & (gains.amplitude > 0))
    fields = {pair: _of_field(inputs, data, selection, gains, *pair, flux) for pair, flux in measured.items()}
    spws = {spw: inputs.reference_spw(spw) for _, spw in measured}
    references = {spw: _of_reference(inputs, data, selection, gains, spw) for spw in set(spws.values())}
    changes = gain_changes(fields | {(_REFERENCE, spw): solutions for spw, solutions in references.items()})
    completed = {}
    for (field_id, spw), flux in measured.items():
        reference = references[spws[spw]]
        variance = flux_variance(fields[field_id, spw], reference, changes, same_spw=spws[spw] == spw)
        brightening = _brightening(inputs, phases, fields, field_id, spw)
        completed[field_id, spw] = replace(
            flux,
            noise=flux.stokes.I * float(np.sqrt(variance.noise + brightening**2)),
            scale_uncertainty=flux.stokes.I * float(np.sqrt(variance.scale)),
            shared_uncertainty=flux.stokes.I * float(np.sqrt(variance.shared_scale + brightening**2)),
        )
    return completed


def _brightening(
    inputs: GFluxscaleInputs,
    phases: Sequence[PhaseSolution],
    fields: Mapping[tuple[int, int], AmplitudeSolutions],
    field_id: int,
    spw: int,
) -> float:
    """Return the bias of a flux density by phase solutions that follow the noise, as a fraction of it."""
    total = 0.0
    for phase in phases:
        observation = phase.observation
        if observation.field.id != field_id or spw not in observation.spws or phase.caltable is None:
            continue
        source = phase.spwmap[spw] if phase.spwmap else spw
        fitted = observation.spws if spwmap_of(inputs, observation).combine else (source,)
        variances = [fields[field_id, p].noise_variance for p in fitted if (field_id, p) in fields]
        gains = read_gains(phase.caltable)
        gains = gains.select(gains.spw == source)
        references = len(np.unique(gains.time)) * gains.flag.shape[0]
        if variances and min(variances) > 0:  # data without noise have no bias
            variance = 1 / sum(1 / each for each in variances)
            total += phase_noise_bias(max(0, int(np.sum(~gains.flag)) - references), variance)
    return total


def _of_field(
    inputs: GFluxscaleInputs,
    data: CalibratorData,
    selection: Selection,
    gains: Gains,
    field_id: int,
    spw: int,
    flux: CalibratedFlux,
) -> AmplitudeSolutions:
    visibilities = data.visibilities(field_id, spw, selection.scans_of(field_id, spw))
    variance = _noise_variance(visibilities, np.full_like(visibilities.model, flux.stokes.I), inputs, spw)
    if not np.isfinite(variance):
        # Scans of a single integration have no differences; the scatter is an upper limit of the noise.
        variance = (flux.uncertainty / flux.stokes.I) ** 2
    return _solutions(gains, [field_id], spw, variance)


def _of_reference(
    inputs: GFluxscaleInputs, data: CalibratorData, selection: Selection, gains: Gains, spw: int
) -> AmplitudeSolutions:
    """Return the gains of all reference fields together, with the smallest noise of these fields."""
    ids = [field.id for field in selection.reference]
    variances = []
    for field_id in ids:
        visibilities = data.visibilities(field_id, spw, selection.scans_of(field_id, spw))
        variances.append(_noise_variance(visibilities, visibilities.model, inputs, spw))
    finite = [variance for variance in variances if np.isfinite(variance)]
    return _solutions(gains, ids, spw, min(finite, default=0.0))


def _noise_variance(visibilities: Visibilities, model: np.ndarray, inputs: GFluxscaleInputs, spw: int) -> float:
    hands = inputs.ms.spw(spw).parallel_hands
    if visibilities.data.shape[1] == 0:
        return float("nan")
    n_antenna = len(inputs.ms.antennas)
    baseline = visibilities.antenna1 * n_antenna + visibilities.antenna2
    good = ~visibilities.flag[hands] & (np.abs(model[hands]) > 0)
    ratio = np.divide(visibilities.data[hands], model[hands], out=np.zeros_like(model[hands]), where=good)
    weight = np.where(good, visibilities.weight[hands] * np.abs(model[hands]) ** 2, 0.0)
    return noise_variance(
        ratio.ravel(),
        weight.ravel(),
        np.concatenate([baseline + hand * n_antenna**2 for hand in range(len(hands))]),
        np.tile(visibilities.scan, len(hands)),
        np.tile(visibilities.time, len(hands)),
    )


def _solutions(gains: Gains, field_ids: list[int], spw: int, variance: float) -> AmplitudeSolutions:
    mine = gains.select(np.isin(gains.field, field_ids) & (gains.spw == spw))
    return AmplitudeSolutions(mine.amplitude, mine.antenna, mine.scan, variance)
