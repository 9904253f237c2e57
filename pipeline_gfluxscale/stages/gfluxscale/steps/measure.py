"""Step 7, Measure: the calibrated flux density of each transfer field and spw."""

from collections.abc import Sequence

import numpy as np

from ....casa.visibilities import Visibilities
from ....domain.flux import CalibratedFlux, StokesFlux
from ....heuristics.flux_statistics import combine_polarisations, visibility_flux
from ...shared.calibrator_data import CalibratorData
from ..inputs import GFluxscaleInputs
from .selection import Selection
from .transfer import Transfer


def measure(
    inputs: GFluxscaleInputs, data: CalibratorData, selection: Selection, transferred: Transfer
) -> dict[tuple[int, int], CalibratedFlux]:
    """Average the calibrated visibilities of each transfer field and spw that has a derived flux density.

    Returns
    -------
    dict of (int, int) to CalibratedFlux
        By field id and spw.
    """
    measured = {}
    for field_id, spw in sorted(transferred.fluxes):
        visibilities = data.visibilities(field_id, spw, selection.scans_of(field_id, spw))
        flux = stokes_i(visibilities, inputs.ms.spw(spw).parallel_hands)
        if flux is not None:
            measured[field_id, spw] = CalibratedFlux(StokesFlux(flux[0]), flux[1])
    return measured


def stokes_i(visibilities: Visibilities, hands: Sequence[int]) -> tuple[float, float] | None:
    """Return the flux density of Stokes I and its uncertainty (Jy), from the parallel hands; None without such data."""
    if visibilities.data.shape[1] == 0:
        return None
    return combine_polarisations(
        visibility_flux(
            visibilities.data[hand],
            np.where(visibilities.flag[hand], 0.0, visibilities.weight[hand]),
            visibilities.antenna1,
            visibilities.antenna2,
            visibilities.time,
        )
        for hand in hands
    )
