"""Part of step 2: leave out of all fields a polarisation that one field lacks altogether.

If one field has a gain for both polarisations and another field a gain for one polarisation, the difference between the
polarisations' gains enters the ratio of the two, and so the flux densities.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ....domain.measurementset import MeasurementSet
from ...shared.calibrator_data import CalibratorData
from .measure import parallel_hands
from .selection import Selection


def with_common_polarisations(
    ms: MeasurementSet, data: CalibratorData, selection: Selection
) -> tuple[CalibratorData, list[str]]:
    """Flag in the working copy the polarisation that a field with only one polarisation lacks.

    Returns
    -------
    data : CalibratorData
        Its `single_hand` receives the spws in which a polarisation is left out.
    words : list of str
        Sentences about the polarisations left out, and the fields that lack them.
    """
    single: set[int] = set()
    lost: dict[tuple[str, str], list[int]] = {}
    for spw in sorted({spw for o in selection.observations for spw in o.spws}):
        names = ms.spw(spw).correlations
        hands = parallel_hands(names)
        present = _present(data, selection, spw, hands)
        lacking = {hand: [f for f, good in present.items() if hand not in good] for hand in hands}
        common = set(hands).intersection(*present.values()) if present else set(hands)
        missing = [hand for hand in hands if lacking[hand]]
        if not missing or not common:
            continue
        single.add(spw)
        for hand in missing:
            data.flag_hand(spw, hand)
            fields = ", ".join(f"{ms.field(field).name} #{field}" for field in lacking[hand])
            lost.setdefault((names[hand], fields), []).append(spw)
    words = [
        f"spw {', '.join(map(str, spws))}: {hand} of {fields} is flagged, so that {hand} of all fields is left out"
        for (hand, fields), spws in lost.items()
    ]
    return replace(data, single_hand=frozenset(single)), words


def _present(data: CalibratorData, selection: Selection, spw: int, hands: list[int]) -> Mapping[int, set[int]]:
    """Return the parallel hands with unflagged data of each field that has any."""
    found = {}
    for field in sorted({o.field.id for o in selection.observations if spw in o.spws}):
        flag = data.visibilities(field, spw, selection.scans_of(field, spw)).flag
        good = {hand for hand in hands if flag.shape[0] > hand and not np.all(flag[hand])}
        if good:
            found[field] = good
    return found
