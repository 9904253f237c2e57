"""Part of step 7, Measure: how well the scale of each flux density is known, from the amplitude table."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from ...casa.caltable import Gains, read_gains
from ...domain.flux import CalibratedFlux
from ...heuristics.scale_uncertainty import AmplitudeSolutions, common_gain_variance, scale_uncertainty
from .inputs import GFluxscaleInputs
from .selection import Selection


def with_scale_uncertainties(
    inputs: GFluxscaleInputs,
    selection: Selection,
    amplitudes: Path,
    measured: dict[tuple[int, int], CalibratedFlux],
) -> dict[tuple[int, int], CalibratedFlux]:
    """Return the calibrated fluxes with the uncertainty of their scale."""
    gains = read_gains(amplitudes)
    gains = gains.select(gains.good & (gains.amplitude > 0))
    reference_ids = [field.id for field in selection.reference]
    several_scans = [_solutions(gains, [field], spw) for field, spw in sorted(measured)]
    common = common_gain_variance(several_scans)
    completed = {}
    for (field_id, spw), flux in measured.items():
        reference_spw = inputs.refspwmap[spw] if len(inputs.refspwmap) > 1 else spw
        fraction = scale_uncertainty(
            _solutions(gains, [field_id], spw), _solutions(gains, reference_ids, reference_spw), common
        )
        completed[field_id, spw] = replace(flux, scale_uncertainty=flux.stokes.I * fraction)
    return completed


def _solutions(gains: Gains, field_ids: list[int], spw: int) -> AmplitudeSolutions:
    mine = gains.select(np.isin(gains.field, field_ids) & (gains.spw == spw))
    return AmplitudeSolutions(mine.amplitude, mine.snr[0], mine.antenna, mine.scan)
