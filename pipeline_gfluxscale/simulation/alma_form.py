"""Add to the plan of an observation what ALMA observes besides science data: pointing and atmosphere scans."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..errors import InputError
from .plan import ATMOSPHERE_SUBSCANS, SimulatedScan, SimulationPlan
from .scans import with_scans_before
from .system_temperatures import with_system_temperatures

_POINTED_AT = frozenset({"BANDPASS", "AMPLITUDE", "PHASE"})


def with_alma_form(plan: SimulationPlan, kelvin: float = 80.0) -> SimulationPlan:
    """Return a plan whose MeasurementSet has the form that ALMA writes.

    The data are raw: correlation coefficients, with the system temperatures that calibrate them. System temperatures
    are measured in scans on each field, and the pointing is measured on the calibrators, both in separate spws.
    Radiometers, channel averages and square-law detectors have spws too. Positions of solar-system objects are from
    ephemerides. The science spws come after the spws of pointing and atmosphere scans: four of them have the ids 17,
    19, 21 and 23.

    Parameters
    ----------
    plan : SimulationPlan
        A plan of science spws only.
    kelvin : float
        Mean system temperature (K).
    """
    if plan.telescope != "ALMA":
        raise InputError("telescope", plan.telescope, "only data of ALMA have ALMA's form", ["ALMA"])
    if plan.system_temperature or plan.spw_kinds:
        raise InputError("plan", plan.spw_kinds or plan.system_temperature, "the plan has spws of system temperatures")
    science = len(plan.spw_frequencies)
    raw = with_system_temperatures(plan, kelvin)
    raw = replace(raw, scans=tuple(_with_loads(scan) for scan in raw.scans))
    centres = tuple(dict.fromkeys(plan.spw_frequencies))
    spws = tuple(range(2 * science, 2 * science + len(centres)))
    kinds = ("SCIENCE",) * science + ("TSYS",) * science + ("POINTING",) * len(centres)
    pointed = with_scans_before(raw, _pointings(raw, spws))
    return replace(pointed, spw_frequencies=(*raw.spw_frequencies, *centres), spw_kinds=kinds)


def _with_loads(scan: SimulatedScan) -> SimulatedScan:
    """Return an atmosphere scan with one integration on the sky and on each load; other scans are not changed."""
    return replace(scan, integrations=len(ATMOSPHERE_SUBSCANS)) if scan.intents == ("ATMOSPHERE",) else scan


def _pointings(plan: SimulationPlan, spws: tuple[int, ...]) -> Mapping[int, Sequence[SimulatedScan]]:
    """Return a pointing scan for each calibrator, by index of the scan before which it is observed."""
    calibrators = {scan.field for scan in plan.scans if _POINTED_AT & set(scan.intents)}
    first = {field: min(i for i, scan in enumerate(plan.scans) if scan.field == field) for field in calibrators}
    return {index: [SimulatedScan(field, ("POINTING",), 2, spws)] for field, index in first.items()}
