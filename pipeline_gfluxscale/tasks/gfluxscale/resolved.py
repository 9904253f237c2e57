"""Step 1, Resolved?: the antennas and uv range used for each reference field."""

import logging

import numpy as np

from ...casa.solar_system import apparent_size
from ...domain.measurementset import Field
from ...heuristics.resolved import AntennaSelection, select_antennas
from .inputs import GFluxscaleInputs
from .selection import Selection

LOG = logging.getLogger(__name__)


def choose_antennas(inputs: GFluxscaleInputs, selection: Selection) -> dict[int, AntennaSelection]:
    """Return the antennas and uv range of each reference field, by field id."""
    return {field.id: _choose(inputs, field, selection) for field in selection.reference}


def _choose(inputs: GFluxscaleInputs, field: Field, selection: Selection) -> AntennaSelection:
    ms = inputs.ms
    if inputs.hm_resolvedcals == "manual":
        return AntennaSelection(antennas=inputs.antenna, message=f"{field.name}: antennas given")
    size = apparent_size(field.name, ms.start, ms.telescope)
    lowest = min(ms.spw(spw).mean_frequency for spw in ms.science_spw_ids)
    chosen = select_antennas(
        [antenna.name for antenna in ms.antennas],
        np.array([antenna.position for antenna in ms.antennas]),
        inputs.refant[0],
        None if size is None else size.diameter,
        lowest,
        peak_fraction=inputs.peak_fraction,
    )
    LOG.info("%s: %s: %s", ms.name, field.name, chosen.message)
    return chosen
