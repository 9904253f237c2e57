"""Step 1, Resolved?: choose the antennas and the uv range of each reference field."""

import logging

import numpy as np

from ....casa.solar_system import apparent_size, is_solar_system_object
from ....domain.dates import utc
from ....domain.measurementset import Field
from ....heuristics.resolved import AntennaSelection, select_antennas
from ..inputs import GFluxscaleInputs
from .selection import Selection

LOG = logging.getLogger(__name__)


def choose_antennas(inputs: GFluxscaleInputs, selection: Selection) -> dict[int, AntennaSelection]:
    """Return the antennas and uv range of each reference field, by field id."""
    return {field.id: _choose(inputs, field, selection) for field in selection.reference}


def _choose(inputs: GFluxscaleInputs, field: Field, selection: Selection) -> AntennaSelection:
    ms = inputs.ms
    if inputs.hm_resolvedcals == "manual":
        return AntennaSelection(antennas=inputs.antenna, message=f"{field.name}: the antennas of the parameter antenna")
    start = min(scan.start for scan in ms.scans if scan.field_id == field.id)
    size = apparent_size(field.name, start, ms.telescope)
    if size is None and is_solar_system_object(field.name):
        return AntennaSelection(
            message=f"Warning: CASA has no ephemeris of {field.name} for {utc(start):%Y-%m-%d}, so its size is not "
            "known: all antennas and baselines are used, as for a point source"
        )
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
