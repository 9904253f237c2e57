"""Part of step 0, Select: the reference antennas that have data."""

import logging
from dataclasses import replace

from ....casa.ms_reader import unflagged_fraction
from ..inputs import GFluxscaleInputs
from .selection import Selection

LOG = logging.getLogger(__name__)


def with_usable_refants(inputs: GFluxscaleInputs, selection: Selection) -> GFluxscaleInputs:
    """Return the inputs with the reference antennas that have data of the reference calibrator first.

    The antennas given, or ranked by an earlier stage, may have been flagged since; the next ones take over. Where all
    of those given are flagged the ranked ones follow.

    Parameters
    ----------
    inputs : GFluxscaleInputs
    selection : Selection
    """
    ms = inputs.ms
    fraction = unflagged_fraction(ms, [field.id for field in selection.reference], sorted(ms.science_spw_ids))
    usable = {antenna.name for antenna in ms.antennas if fraction[antenna.id] > 0}
    given = inputs.refant
    if usable.isdisjoint(given):
        given = tuple(dict.fromkeys((*given, *inputs.observed.reference_antennas)))
    ordered = tuple(sorted(given, key=lambda name: name not in usable))
    if ordered[:1] != inputs.refant[:1]:
        LOG.warning(
            "%s: %s has no unflagged data of the reference calibrator; %s is the reference antenna",
            ms.name,
            inputs.refant[0] if inputs.refant else "no antenna given",
            ordered[0],
        )
    return replace(inputs, refant=ordered)
