"""Part of step 0, Select: the reference antennas that have data."""

import logging
from dataclasses import replace

from ....casa.flag_counts import unflagged_fraction
from ..inputs import GFluxscaleInputs
from .selection import Selection

LOG = logging.getLogger(__name__)


def with_usable_refants(inputs: GFluxscaleInputs, selection: Selection) -> GFluxscaleInputs:
    """Return the inputs with reference antennas sorted: antennas with data of the reference calibrator come first.

    The antennas of `refant`, or of an earlier stage's ranking, may have been flagged since. If all antennas of `refant`
    are flagged, the antennas of the ranking are added after them.

    Parameters
    ----------
    inputs : GFluxscaleInputs
    selection : Selection
    """
    ms = inputs.ms
    fraction = unflagged_fraction(ms, [field.id for field in selection.reference], sorted(ms.science_spw_ids))
    usable = {antenna.name for antenna in ms.antennas if fraction[antenna.id] > 0}
    candidates = inputs.refant
    if usable.isdisjoint(candidates):
        candidates = tuple(dict.fromkeys((*candidates, *inputs.observed.reference_antennas)))
    ordered = tuple(sorted(candidates, key=lambda name: name not in usable))
    if ordered[:1] != inputs.refant[:1]:
        LOG.warning(
            "%s: %s has no unflagged data of the reference calibrator; %s is the reference antenna",
            ms.name,
            inputs.refant[0] if inputs.refant else "no antenna of refant",
            ordered[0],
        )
    return replace(inputs, refant=ordered)
