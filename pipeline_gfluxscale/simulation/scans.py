"""Insert scans into a plan."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from .plan import SimulatedScan, SimulationPlan


def with_scans_before(plan: SimulationPlan, inserted: Mapping[int, Sequence[SimulatedScan]]) -> SimulationPlan:
    """Return the plan with more scans; disturbances and flags stay with their scans.

    Parameters
    ----------
    plan : SimulationPlan
    inserted : mapping of int to sequence of SimulatedScan
        New scans, by index of the scan before which they are inserted.
    """
    scans: list[SimulatedScan] = []
    numbers = {}
    for index, scan in enumerate(plan.scans):
        scans += [*inserted.get(index, ()), scan]
        numbers[index + 1] = len(scans)
    return replace(
        plan,
        scans=tuple(scans),
        disturbances=tuple(d if d.scan is None else replace(d, scan=numbers[d.scan]) for d in plan.disturbances),
        flags=tuple(f if f.scan is None else replace(f, scan=numbers[f.scan]) for f in plan.flags),
    )
