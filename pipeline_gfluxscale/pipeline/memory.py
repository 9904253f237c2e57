"""How much memory the work on a MeasurementSet needs at its peak: engines start workers by it.

Measured, whole processes: 16 antennas x 1920 channels 0.35 GB, 43 antennas x 128 channels (253 000 rows) 0.36 GB.
That is Python with CASA (0.3 GB), and pieces of the data of limited size. The ids of all rows of a spw are in memory at
once.
"""

from ..domain.measurementset import MeasurementSet

_BASE = 500_000_000
# Row number, part, and the ids by which copies of rows are found.
_BYTES_OF_ROW = 150


def memory_needed(ms: MeasurementSet) -> int:
    """Return the memory (bytes) that a worker may need: rather too much than too little."""
    spws = {spw for scan in ms.scans for spw in scan.spw_ids}
    return _BASE + _BYTES_OF_ROW * max((ms.max_rows(spw) for spw in spws), default=0)
