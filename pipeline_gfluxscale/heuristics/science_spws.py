"""Choose the spws of science data."""

from collections.abc import Iterable

from ..domain.intents import SCIENCE_INTENTS
from ..domain.measurementset import Scan, SpectralWindow

NOT_SCIENCE_NUM_CHANNELS = (1, 4)
"""Numbers of channels of ALMA's channel averages (1) and water vapour radiometers (4)."""


def science_spws(
    telescope: str, spws: Iterable[SpectralWindow], scans: Iterable[Scan], has_intents: bool
) -> frozenset[int]:
    """Return the ids of the science spws, as the ALMA Pipeline defines them.

    A science spw was observed with a science intent. For ALMA and the VLA, spws with the number of channels of a
    channel average or of a water vapour radiometer are left out, unless no other spw remains, as in the data of some
    simulators. Spws of total-power detectors are always left out.

    Parameters
    ----------
    telescope : str
        Name of the observatory, as in OBSERVATION.
    spws : iterable of SpectralWindow
    scans : iterable of Scan
    has_intents : bool
        Whether the data have intents; if not, all scans count.
    """
    used = {spw for scan in scans if not has_intents or scan.intents & SCIENCE_INTENTS for spw in scan.spw_ids}
    candidates = [spw for spw in spws if spw.id in used and not _is_detector(spw)]
    if telescope in ("ALMA", "VLA", "EVLA"):
        wide = [spw for spw in candidates if spw.num_channels not in NOT_SCIENCE_NUM_CHANNELS]
        candidates = wide or candidates
    return frozenset(spw.id for spw in candidates)


def _is_detector(spw: SpectralWindow) -> bool:
    """Return whether a spw is of ALMA's radiometers or square-law detectors, which measure total powers only."""
    return spw.name.startswith("WVR") or spw.name.endswith("#SQLD")
