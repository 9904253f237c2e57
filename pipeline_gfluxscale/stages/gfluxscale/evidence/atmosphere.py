"""The transmission of the atmosphere over the spws, for the plots of the page."""

import logging
from collections.abc import Sequence
from itertools import pairwise

import erfa
import numpy as np

from ....casa.atmosphere import measured_pwv, zenith_transmission
from ....domain.measurementset import MeasurementSet
from ..plot_data import Atmosphere, Transmission, rounded

LOG = logging.getLogger(__name__)

ASSUMED_PWV = 1.0  # mm; about the median at ALMA's site

_CHANNELS = 200
_RANGE_GAP = 30e9  # Hz; spws further apart belong to different receivers


def atmosphere(ms: MeasurementSet, spws: Sequence[int]) -> Atmosphere | None:
    """Return the transmission over the spws; None if CASA's model does not cover their frequencies."""
    known = measured_pwv(ms.path)
    pwv, source = known if known is not None else (ASSUMED_PWV, "")
    altitude = _altitude(ms)
    try:
        ranges = [zenith_transmission(low, high, _CHANNELS, altitude, pwv) for low, high in _ranges(ms, spws)]
    except RuntimeError as error:
        LOG.warning("%s: no atmospheric transmission: %s", ms.name, error)
        return None
    return Atmosphere(pwv, source, tuple(Transmission(rounded(f, 7), rounded(t, 4)) for f, t in ranges))


def _ranges(ms: MeasurementSet, spws: Sequence[int]) -> list[tuple[float, float]]:
    """Return the ranges of frequencies (Hz) of the spws, with a margin; one range per receiver."""
    windows = sorted((ms.spw(spw) for spw in spws), key=lambda w: w.min_frequency)
    if not windows:
        return []
    breaks = [i + 1 for i, (a, b) in enumerate(pairwise(windows)) if b.min_frequency - a.max_frequency > _RANGE_GAP]
    ranges = []
    for first, last in pairwise([0, *breaks, len(windows)]):
        low, high = windows[first].min_frequency, max(w.max_frequency for w in windows[first:last])
        margin = max(0.15 * (high - low), 0.2e9 if low > 10e9 else 0.02 * low)
        ranges.append((max(low - margin, low / 2), high + margin))
    return ranges


def _altitude(ms: MeasurementSet) -> float:
    """Return the height of the array above the WGS84 ellipsoid (m), limited to 0 to 6000 m; 0 if it is not known."""
    if ms.site is None:
        return 0.0
    _, _, height = erfa.gc2gd(erfa.WGS84, np.array(ms.site))
    return float(np.clip(height, 0.0, 6000.0))
