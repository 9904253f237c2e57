"""Explain why an expected flux density of a field and spw is missing."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ....casa.caltable import Gains, read_gains
from ....casa.visibilities import Visibilities
from ....heuristics.resolved import MIN_ANTENNAS
from ...shared.calibrator_data import CalibratorData
from ..inputs import GFluxscaleInputs
from .phase_up import PhaseSolution
from .selection import Selection
from .solve import Solutions

#: Least ratio between the amplitudes of the polarisations that a message mentions.
_FAR_APART = 3.0

_OUTLYING = (
    "its amplitude solutions were flagged, being further than amp_outlier_sigma={:g} from the median of the field's "
    "solutions in all spws"
)


def explain_losses(
    inputs: GFluxscaleInputs,
    data: CalibratorData,
    selection: Selection,
    solutions: Solutions,
    measured: Sequence[tuple[int, int]],
) -> list[str]:
    """Return a sentence for each expected flux density that is missing: the field, the spw and the reason.

    Parameters
    ----------
    inputs : GFluxscaleInputs
    data : CalibratorData
    selection : Selection
    solutions : Solutions
    measured : sequence of (int, int)
        The (field id, spw) pairs that have a flux density.
    """
    lost = [pair for pair in selection.expected if pair not in set(measured)]
    if not lost:
        return []
    amplitudes = read_gains(solutions.amplitudes) if solutions.amplitudes else None
    names = {field.id: field.name for field in inputs.ms.fields}
    return [
        f"{names[field]} #{field}, spw {spw}: {_reason(inputs, data, selection, solutions, amplitudes, field, spw)}"
        for field, spw in lost
    ]


def _reason(
    inputs: GFluxscaleInputs,
    data: CalibratorData,
    selection: Selection,
    solutions: Solutions,
    amplitudes: Gains | None,
    field: int,
    spw: int,
) -> str:
    solved = amplitudes is not None and _any_good(amplitudes, [field], spw)
    if not solved and any(outlier.field_id == field and outlier.spw == spw for outlier in solutions.outliers):
        return _OUTLYING.format(inputs.amp_outlier_sigma)
    visibilities = data.visibilities(field, spw, selection.scans_of(field, spw))
    if visibilities.flag.all():
        return "all its data are flagged, or the prior calibration has no solutions for it"
    if _reference_is_flagged(inputs, data, selection, spw):
        return "all data of the reference calibrator are flagged in the spw that scales it"
    if few := _few_antennas(solutions, [field], spw):
        return few
    phases = [p for p in solutions.phases if p.observation.field.id == field and spw in p.observation.spws]
    if amplitudes is None or not solved:
        kind = "amplitude" if any(_has_phases(phase, spw) for phase in phases) else "phase"
        hint = _between_polarisations(inputs, visibilities, spw)
        return f"no {kind} solution reached minsnr={inputs.minsnr:g}{hint}"
    return _reason_at_reference(inputs, selection, solutions, amplitudes, spw)


def flagged_reference(data: CalibratorData, selection: Selection) -> str:
    """Return a hint if all data of the reference fields are flagged; otherwise empty."""
    flags = [
        data.visibilities(o.field.id, spw, o.scans).flag
        for o in selection.observations
        if o.is_reference
        for spw in o.spws
    ]
    return ": all data of the reference calibrator are flagged" if all(flag.all() for flag in flags) else ""


def _reference_is_flagged(inputs: GFluxscaleInputs, data: CalibratorData, selection: Selection, spw: int) -> bool:
    """Return whether the reference fields have data in the spw that scales a spw, and all these data are flagged."""
    reference_spw = inputs.reference_spw(spw)
    flags = [
        data.visibilities(field.id, reference_spw, selection.scans_of(field.id, reference_spw)).flag
        for field in selection.reference
    ]
    return any(flag.size for flag in flags) and all(flag.all() for flag in flags)


def _reason_at_reference(
    inputs: GFluxscaleInputs, selection: Selection, solutions: Solutions, amplitudes: Gains, spw: int
) -> str:
    reference_spw = inputs.reference_spw(spw)
    references = [f.id for f in selection.reference]
    if not _any_good(amplitudes, references, reference_spw):
        if few := _few_antennas(solutions, references, reference_spw):
            return f"of the reference calibrator in spw {reference_spw} {few}"
        observed = {s for o in selection.observations if o.is_reference for s in o.spws}
        why = "has no amplitude solution" if reference_spw in observed else "was not observed"
        return f"the reference calibrator {why} in spw {reference_spw}; refspwmap can name another spw"
    return "fluxscale found no antenna with solutions on both this field and the reference"


def _few_antennas(solutions: Solutions, field_ids: list[int], spw: int) -> str:
    """Return a hint if too few antennas have data; empty if enough antennas or no antennas have data."""
    number = max((len(solutions.antennas.get((field, spw), ())) for field in field_ids), default=0)
    return f"{number} antennas have data, and amplitude gains need {MIN_ANTENNAS}" if 0 < number < MIN_ANTENNAS else ""


def _between_polarisations(inputs: GFluxscaleInputs, visibilities: Visibilities, spw: int) -> str:
    """Return a hint if the polarisations' amplitudes differ too much for a common gain; otherwise empty."""
    hands = inputs.ms.spw(spw).parallel_hands
    amplitudes = [np.abs(visibilities.data[hand][~visibilities.flag[hand]]) for hand in hands]
    medians = [np.median(amplitude) for amplitude in amplitudes if amplitude.size]
    if not medians or not min(medians) > 0 or max(medians) < _FAR_APART * min(medians):
        return ""
    return f"; the amplitudes of its polarisations differ by a factor of {max(medians) / min(medians):.2g}"


def _has_phases(phase: PhaseSolution, spw: int) -> bool:
    if phase.caltable is None or not Path(phase.caltable).exists():
        return False
    gains = read_gains(phase.caltable)
    mapped = phase.spwmap[spw] if phase.spwmap else spw
    return bool(np.any(~gains.flag[:, gains.spw == mapped]))


def _any_good(gains: Gains, field_ids: list[int], spw: int) -> bool:
    return bool(np.any(gains.good & np.isin(gains.field, field_ids) & (gains.spw == spw)))
