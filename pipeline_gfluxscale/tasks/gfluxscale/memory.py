"""How much memory the work on a MeasurementSet needs at its peak: workers are started by it.

Measured (antennas x channels, 4 spws, two polarisations): 8 x 64: 0.32 GB, 12 x 480: 0.45 GB, 16 x 960: 0.72 GB,
32 x 480: 0.65 GB. That is Python with CASA (0.3 GB), pieces of the data of a size that is limited, and what CASA holds
of a single integration.
"""

from ..disk_space import visibilities_of_integration
from .inputs import GFluxscaleInputs

_BASE = 750_000_000
# Data, model and corrected data, weights and flags, twice.
_BYTES = 80


def memory_needed(inputs: GFluxscaleInputs) -> int:
    """Return the memory (bytes) that a worker may need: rather too much than too little."""
    spws = {spw for scan in inputs.ms.scans for spw in scan.spw_ids}
    largest = max((visibilities_of_integration(inputs.ms, spw) for spw in spws), default=0)
    return _BASE + _BYTES * largest
