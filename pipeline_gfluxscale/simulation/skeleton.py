"""Make a simulated MeasurementSet without data, with CASA's simulator: antennas, fields, spws and scans."""

from itertools import cycle
from pathlib import Path

import numpy as np

from ..casa.simulator import ObservedBlock, antenna_configuration, mjd_seconds, object_direction, observe_blocks
from ..casa.solar_system import is_solar_system_object
from ..casa.tools import open_table
from ..domain.intents import INTENTS
from .alma_metadata import complete_metadata
from .plan import ATMOSPHERE_SUBSCANS, SimulatedField, SimulatedScan, SimulationPlan
from .spw_layout import band_of

_GAP = 12.0  # s between scans
_WITH_WVR = frozenset({"AMPLITUDE", "BANDPASS", "PHASE", "CHECK", "POINTING"})


def make_skeleton(vis: Path, plan: SimulationPlan) -> None:
    """Make a MeasurementSet with the scans of a plan; DATA is zero, and there are no MODEL_DATA and CORRECTED_DATA."""
    start = mjd_seconds(plan.start)
    positions, pads = antenna_configuration(plan.configuration, plan.antennas)
    centre = positions.mean(axis=0)
    positions = centre + (positions - centre) * plan.spread
    spws = [
        (f"spw{i}", float(plan.channel_frequencies(i)[0]), plan.channel_width(i), plan.channels_of(i))
        for i in range(len(plan.spw_frequencies))
    ]
    fields = [(_temporary_name(i), _direction(f, plan, start)) for i, f in enumerate(plan.fields)]
    blocks, time = [], start
    for scan in plan.scans:
        stop = time + scan.integrations * plan.integration
        blocks += [
            ObservedBlock(_temporary_name(scan.field), spws[spw][0], mode, begin, end)
            for mode, begin, end in _subscans(scan, plan, time)
            for spw in plan.spws_of(scan)
        ]
        time = stop + _GAP
    observe_blocks(
        vis,
        plan.telescope,
        positions,
        _antenna_names(plan),
        pads,
        plan.diameters(),
        spws,
        plan.correlations,
        fields,
        blocks,
        plan.integration,
    )
    _finish_metadata(vis, plan)


def _antenna_names(plan: SimulationPlan) -> list[str]:
    large = plan.antennas - plan.compact_antennas
    names = [f"DA{41 + i}" if i < 25 else f"DV{i - 24:02d}" for i in range(large)]
    return names + [f"CM{i + 1:02d}" for i in range(plan.compact_antennas)]


def _subscans(scan: SimulatedScan, plan: SimulationPlan, start: float) -> list[tuple[str, float, float]]:
    """Return OBS_MODE, start and end of each subscan; atmosphere scans have subscans on the sky and on two loads."""
    if scan.intents != ("ATMOSPHERE",) or not plan.is_alma_form:
        return [(_obs_mode(scan.intents), start, start + scan.integrations * plan.integration)]
    parts = [
        (f"CALIBRATE_ATMOSPHERE#{part},CALIBRATE_WVR#{part}", start + i * plan.integration)
        for i, part in zip(range(scan.integrations), cycle(ATMOSPHERE_SUBSCANS), strict=False)
    ]
    return [(mode, begin, begin + plan.integration) for mode, begin in parts]


# CASA's simulator identifies fields by name. Fields of the plan may have the same name, so they get temporary names.
def _temporary_name(index: int) -> str:
    return f"field{index}"


def _direction(field: SimulatedField, plan: SimulationPlan, start: float) -> tuple[float, float]:
    """Return the direction of a field (rad), near the solar-system object or near a point above the horizon.

    The position of the object is rounded to whole degrees, so that the directions of the other fields are the same in
    simulations that start within some hours.
    """
    objects = [f.name for f in plan.fields if is_solar_system_object(f.name)]
    place = np.round(np.degrees(object_direction(objects[0], start, plan.telescope))) if objects else (48.1, 17.5)
    if is_solar_system_object(field.name):
        return object_direction(field.name, start, plan.telescope)
    ra, dec = np.radians(np.add(place, field.offset_deg))
    return float(ra), float(dec)


def _obs_mode(intents: tuple[str, ...]) -> str:
    modes = []
    for intent in intents:
        mode = INTENTS[intent][0]
        modes.append(mode if "#" in mode else f"{mode}#ON_SOURCE")
    if _WITH_WVR & set(intents):
        modes.append("CALIBRATE_WVR#ON_SOURCE")
    return ",".join(modes)


def _finish_metadata(vis: Path, plan: SimulationPlan) -> None:
    """Set the names of fields and spws and the numbers of scans; remove MODEL_DATA and CORRECTED_DATA."""
    for subtable in ("FIELD", "SOURCE"):
        with open_table(vis / subtable, write=True) as table:
            for row in range(table.nrows()):
                index = int(str(table.getcell("NAME", row)).removeprefix("field"))
                table.putcell("NAME", row, plan.fields[index].name)
    if not plan.with_intents:
        with open_table(vis / "STATE", write=True) as table:
            table.putcol("OBS_MODE", [""] * table.nrows())
    with open_table(vis / "PROCESSOR", write=True) as table:
        # The simulator leaves the table empty, but PROCESSOR_ID of the main table is 0.
        if table.nrows() == 0:
            table.addrows(1)
            for column, text in (("TYPE", "CORRELATOR"), ("SUB_TYPE", "ALMA_CORRELATOR_MODE")):
                table.putcell(column, 0, text)
    with open_table(vis / "SPECTRAL_WINDOW", write=True) as table:
        if "BBC_NO" not in table.colnames():
            table.addcols({"BBC_NO": {"valueType": "int", "option": 0, "maxlen": 0, "comment": "Baseband"}})
        for row in range(table.nrows()):
            baseband = plan.baseband(row)
            table.putcell("BBC_NO", row, baseband)
            if plan.telescope == "ALMA":
                setup = "X1000000001"
                band = band_of(plan.spw_frequencies[row])
                name = f"{setup}#ALMA_RB_{band:02d}#BB_{baseband}#SW-01#FULL_RES"
                table.putcell("NAME", row, name)
    with open_table(vis, write=True) as table:
        table.removecols(["MODEL_DATA", "CORRECTED_DATA"])
        # The simulator counts one scan per spw. The scans of the plan follow from the times.
        times = table.getcol("TIME")
        edges = _scan_starts(plan, float(times.min()) - plan.integration)
        table.putcol("SCAN_NUMBER", np.searchsorted(edges, times).astype(np.int32))
    complete_metadata(vis)


def _scan_starts(plan: SimulationPlan, start: float) -> np.ndarray:
    lengths = [scan.integrations * plan.integration + _GAP for scan in plan.scans]
    return start + np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
