"""What the quality scores have in common: scales, and the fields and spws that a score applies to."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter

import numpy as np

from ..domain.flux import FluxMeasurement
from ..domain.qa import AppliesTo

SNR_OF_SOLUTIONS = ((0.0, 0.0), (0.33, 0.33), (0.5, 0.66), (0.75, 0.901), (1.0, 1.0))
"""(SNR of a solution / SNR that is needed, score), interpolated linearly; the bands are those of the ALMA Pipeline."""


def interpolated(x: float, points: Sequence[tuple[float, float]]) -> float:
    """Interpolate linearly between points (x, y); beyond the first and the last point y is constant."""
    abscissae, ordinates = np.transpose(points)
    return float(np.interp(x, abscissae, ordinates))


def in_order(measurements: Iterable[FluxMeasurement]) -> list[FluxMeasurement]:
    """Return measurements in the order of their field ids and spws."""
    return sorted(measurements, key=attrgetter("field_id", "spw"))


def listed(pairs: Mapping[tuple[str, int], str] | Sequence[tuple[str, int]]) -> str:
    """Return (field, spw) pairs in words, such as 'J0006-0623: spw 17 (4.2); J0108+0135: spw 17 (9.1)'."""
    remarks = pairs if isinstance(pairs, Mapping) else {}
    spws: dict[str, list[str]] = {}
    for field, spw in pairs:
        remark = remarks.get((field, spw), "")
        spws.setdefault(field, []).append(f"spw {spw} ({remark})" if remark else f"spw {spw}")
    return "; ".join(f"{field}: {', '.join(of_field)}" for field, of_field in spws.items())


def applies_to_measurements(vis: str, measurements: Sequence[FluxMeasurement]) -> AppliesTo:
    """Return the fields, spws and intents of measurements."""
    intents = {intent for m in measurements for intent in m.intents}
    return replace(applies_to(vis, {(m.field, m.spw) for m in measurements}), intent=tuple(sorted(intents)))


def applies_to(vis: str, pairs: Collection[tuple[str, int]]) -> AppliesTo:
    """Return the fields and spws of (field name, spw) pairs."""
    fields = {field for field, _ in pairs}
    # `AppliesTo` has a single field: for several fields it is blank, and the message names them.
    field = fields.pop() if len(fields) == 1 else ""
    return AppliesTo(vis, field, tuple(sorted({spw for _, spw in pairs})))
