"""How much memory the work on a MeasurementSet needs at its peak: workers are started by it.

Measured, whole processes: 16 antennas x 1920 channels 0.35 GB, 43 antennas x 128 channels (253 000 rows) 0.36 GB.
That is Python with CASA (0.3 GB), and pieces of the data of limited size. The ids of all rows of a spw are in memory at
once.
"""

from ..shared.disk_space import rows_of_spw
from .inputs import GFluxscaleInputs

_BASE = 500_000_000
# Row number, part, and the ids by which copies of rows are found.
_BYTES_OF_ROW = 150


def memory_needed(inputs: GFluxscaleInputs) -> int:
    """Return the memory (bytes) that a worker may need: rather too much than too little."""
    spws = {spw for scan in inputs.ms.scans for spw in scan.spw_ids}
    return _BASE + _BYTES_OF_ROW * max((rows_of_spw(inputs.ms, spw) for spw in spws), default=0)
