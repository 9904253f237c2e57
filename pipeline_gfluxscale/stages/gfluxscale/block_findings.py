"""Find possible reasons for the deviation of a block's flux scale from other blocks, besides its QA scores."""

from collections.abc import Mapping, Sequence
from math import radians, sin

from ...heuristics.resolved import AntennaSelection
from ...pipeline.run_record import RunRecord

# Elevations are named if the air masses of the reference and the other calibrators differ by more than this.
_AIR_MASSES = 0.5


def block_findings(
    selection: AntennaSelection,
    flags: Sequence[str],
    reference: Sequence[str],
    transfer: Sequence[str],
    record: RunRecord | None,
) -> list[str]:
    """Return sentences about a resolved reference, flagged gains, and elevations.

    Parameters
    ----------
    selection : AntennaSelection
        The antennas and baselines used for the reference.
    flags : sequence of str
        Flag commands of the amplitude solutions.
    reference, transfer : sequence of str
        Names of the fields.
    record : RunRecord or None
        The record of the run, with the elevations.
    """
    findings = []
    if selection.resolved:
        antennas = f"{len(selection.antennas)} antennas" if selection.antennas else "all antennas"
        findings.append(f"its reference is resolved ({antennas}, uv range {selection.uvrange or 'unlimited'})")
    if flags:
        findings.append(f"amplitude solutions flagged as outliers: {len(flags)}")
    if record is None:
        return findings
    known = {record.fields[id_]: value for id_, value in record.elevations.items() if id_ in record.fields}
    return findings + _elevations(known, reference, transfer)


def _elevations(elevations: Mapping[str, float], reference: Sequence[str], transfer: Sequence[str]) -> list[str]:
    its = [elevations[name] for name in reference if elevations.get(name, 0.0) > 0]
    others = [elevations[name] for name in transfer if elevations.get(name, 0.0) > 0]
    if not its or not others:
        return []
    lowest, highest = min(others), max(others)
    if max(abs(_air_mass(its[0]) - _air_mass(value)) for value in (lowest, highest)) < _AIR_MASSES:
        return []
    span = f"{lowest:.0f}" if highest - lowest < 1 else f"{lowest:.0f} to {highest:.0f}"
    return [f"its reference was at an elevation of {its[0]:.0f} degrees, the other calibrators at {span}"]


def _air_mass(elevation: float) -> float:
    return 1 / sin(radians(elevation))
