"""Part of step 2: if a field has no data of one polarisation, leave that polarisation out of all fields.

The gain of a field with both polarisations is a mean of the two. If another field has a single polarisation, the ratio
of the fields' gains, and so the flux density, would contain the difference between the polarisations' gains.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ....domain.measurementset import MeasurementSet
from ...shared.calibrator_data import CalibratorData
from .selection import Selection


def with_common_polarisations(
    ms: MeasurementSet, data: CalibratorData, selection: Selection
) -> tuple[CalibratorData, list[str]]:
    """Flag in the working copy the polarisations of which a field has no data.

    Returns
    -------
    data : CalibratorData
        The working copy; `single_hand` has the spws in which a polarisation is left out.
    words : list of str
        Sentences about the polarisations that are left out, and the fields without data of them.
    """
    single: set[int] = set()
    lost: dict[tuple[str, str], list[int]] = {}
    for spw in selection.spws:
        names, hands = ms.spw(spw).correlations, ms.spw(spw).parallel_hands
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
    """Return the parallel hands with unflagged data of each field; fields without any are left out."""
    hands_of = {}
    for field in sorted({o.field.id for o in selection.observations if spw in o.spws}):
        flag = data.flags(field, spw, selection.scans_of(field, spw))
        good = {hand for hand in hands if flag.shape[0] > hand and not np.all(flag[hand])}
        if good:
            hands_of[field] = good
    return hands_of
