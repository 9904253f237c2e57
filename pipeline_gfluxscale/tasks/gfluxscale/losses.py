"""Explain why a (field, spw) that was expected has no flux density."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...casa.caltable import Gains, read_gains
from ..calibrator_data import CalibratorData
from .inputs import GFluxscaleInputs
from .phase_up import PhaseSolution
from .selection import Selection
from .solve import Solutions


def explain_losses(
    inputs: GFluxscaleInputs,
    data: CalibratorData,
    selection: Selection,
    solutions: Solutions,
    measured: Sequence[tuple[int, int]],
) -> list[str]:
    """Return a sentence for every expected (field, spw) that was lost: which one, and at which step.

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
    visibilities = data.visibilities(field, spw, selection.scans_of(field, spw))
    if visibilities.flag.all():
        return "all its data are flagged, or the prior calibration has no solutions for it"
    phases = [p for p in solutions.phases if p.observation.field.id == field and spw in p.observation.spws]
    if not any(_has_phases(phase, spw) for phase in phases):
        return f"no phase solution reached minsnr={inputs.minsnr:g}"
    if amplitudes is None or not _any_good(amplitudes, [field], spw):
        return f"no amplitude solution reached minsnr={inputs.minsnr:g}"
    reference_spw = inputs.refspwmap[spw] if len(inputs.refspwmap) > 1 else spw
    if not _any_good(amplitudes, [f.id for f in selection.reference], reference_spw):
        observed = {s for o in selection.observations if o.is_reference for s in o.spws}
        why = "has no amplitude solution" if reference_spw in observed else "was not observed"
        return f"the reference calibrator {why} in spw {reference_spw}; refspwmap can name another spw"
    return "fluxscale found no antenna with solutions on both this field and the reference"


def _has_phases(phase: PhaseSolution, spw: int) -> bool:
    if phase.caltable is None or not Path(phase.caltable).exists():
        return False
    gains = read_gains(phase.caltable)
    mapped = phase.spwmap[spw] if phase.spwmap else spw
    return bool(np.any(~gains.flag[:, gains.spw == mapped]))


def _any_good(gains: Gains, field_ids: list[int], spw: int) -> bool:
    return bool(np.any(gains.good & np.isin(gains.field, field_ids) & (gains.spw == spw)))
