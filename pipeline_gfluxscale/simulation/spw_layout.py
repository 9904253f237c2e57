"""The spectral windows of ALMA's MeasurementSets: their order, ids and names."""

from dataclasses import dataclass

from .plan import SimulationPlan

# The kinds of spws, in the order of their ids.
_ORDER = ("POINTING", "TSYS", "SCIENCE")
# The spectral setups that the names of the spws begin with; pointing has a setup of its own.
_SETUPS = {"POINTING": "X1000000002", "TSYS": "X1000000001", "SCIENCE": "X1000000001"}
_UPPER_EDGES = {3: 116e9, 4: 163e9, 5: 211e9, 6: 275e9, 7: 373e9, 8: 500e9, 9: 720e9, 10: 950e9}  # Hz


@dataclass(frozen=True)
class LaidOutSpw:
    """A spw of the MeasurementSet.

    Attributes
    ----------
    id : int
    name : str
    kind : str
        ``'WVR'``, ``'FULL_RES'``, ``'CH_AVG'`` or ``'SQLD'``.
    planned : int
        The spw of the plan that it represents, or whose average or total power it is; -1 for the radiometers.
    """

    id: int
    name: str
    kind: str
    planned: int = -1


def lay_out(plan: SimulationPlan) -> tuple[LaidOutSpw, ...]:
    """Return the spws of ALMA's form, in the order of their ids."""
    entries: list[tuple[str, str, int]] = [("WVR#NOMINAL", "WVR", -1)]
    planned = [i for kind in _ORDER for i, other in enumerate(plan.spw_kinds) if other == kind]
    for spw in planned:
        stem = f"{_SETUPS[plan.spw_kinds[spw]]}#{_receiver_and_baseband(plan, spw)}#SW-01"
        entries += [(f"{stem}#FULL_RES", "FULL_RES", spw), (f"{stem}#CH_AVG", "CH_AVG", spw)]
    # There is one detector per baseband; its spw has the frequencies of the pointing spw of the baseband.
    detectors = [spw for spw in planned if plan.spw_kinds[spw] == "POINTING"]
    entries += [(f"{_receiver_and_baseband(plan, spw)}#SQLD", "SQLD", spw) for spw in detectors]
    return tuple(LaidOutSpw(number, *entry) for number, entry in enumerate(entries))


def spw_ids(plan: SimulationPlan) -> tuple[int, ...]:
    """Return the id in the MeasurementSet of each spw of the plan."""
    if not plan.is_alma_form:
        return tuple(range(len(plan.spw_frequencies)))
    ids = {spw.planned: spw.id for spw in lay_out(plan) if spw.kind == "FULL_RES"}
    return tuple(ids[spw] for spw in range(len(plan.spw_frequencies)))


def band_of(frequency: float) -> int:
    """Return the ALMA band of a frequency (Hz)."""
    return next((band for band, upper in _UPPER_EDGES.items() if frequency < upper), 10)


def _receiver_and_baseband(plan: SimulationPlan, spw: int) -> str:
    return f"ALMA_RB_{band_of(plan.spw_frequencies[spw]):02d}#BB_{plan.baseband(spw)}"
