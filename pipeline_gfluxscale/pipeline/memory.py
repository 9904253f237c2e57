"""Estimate the peak memory of the work on a MeasurementSet, by which engines decide how many workers they start.

Measured peaks of whole processes: 0.35 GB for 16 antennas and 1920 channels, 0.36 GB for 43 antennas and 128 channels
(253 000 rows). Python with CASA needs 0.3 GB of this; data are read in pieces of limited size. The ids of all rows of a
spw are in memory at the same time.
"""

from ..domain.measurementset import MeasurementSet

_BASE = 500_000_000
# Row number, part, and the ids that are compared to find copies of rows.
_BYTES_OF_ROW = 150


def memory_needed(ms: MeasurementSet) -> int:
    """Return an upper limit of the memory (bytes) that a worker needs."""
    spws = {spw for scan in ms.scans for spw in scan.spw_ids}
    return _BASE + _BYTES_OF_ROW * max((ms.max_rows(spw) for spw in spws), default=0)
