"""Build a simulated execution block: the skeleton by CASA's simulator, the visibilities by the numbers of the plan."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..casa import models, tasks
from ..casa.simulator import ObservedBlock, antenna_configuration, mjd_seconds, object_direction, observe_blocks
from ..casa.solar_system import is_solar_system_object
from ..casa.tools import open_table, query
from ..domain.flux import CatalogueFlux, StokesFlux
from ..domain.intents import INTENTS
from ..errors import InputError
from ..infrastructure.atomic import write_text_atomically
from ..infrastructure.fluxcsv import FluxEntry, write_flux_csv
from . import corruption
from .alma_metadata import complete_metadata
from .plan import SimulatedField, SimulationPlan
from .system_temperatures import system_temperatures, write_measured

#: Frequency at which the flux densities of the plan's fields hold (Hz).
FLUX_FREQUENCY = 230e9
_NOISE_WIDTH, _NOISE_TIME = 31.25e6, 6.0
_NOMINAL_NOISE = 0.1  # Jy
_GAP = 12.0  # s between scans
_WITH_WVR = frozenset({"AMPLITUDE", "BANDPASS", "PHASE", "CHECK"})


@dataclass(frozen=True)
class Simulation:
    """The files of a simulated execution block.

    Attributes
    ----------
    vis : Path
        The MeasurementSet.
    flux_csv : Path
        The catalogue: flux densities that are known a little wrongly.
    truth : Path
        JSON: the flux densities that were simulated, for tests and the demo only.
    """

    vis: Path
    flux_csv: Path
    truth: Path


def simulate(
    output_dir: Path, name: str = "demo.ms", plan: SimulationPlan | None = None, *, overwrite: bool = False
) -> Simulation:
    """Simulate an execution block.

    Parameters
    ----------
    output_dir : Path
        Directory of the files; it is made if need be.
    name : str
        Name of the MeasurementSet.
    plan : SimulationPlan, optional
        `standard_plan` by default.
    overwrite : bool
        Replace what is there.

    Raises
    ------
    InputError
        If the MeasurementSet exists and may not be replaced, or the plan cannot be observed.
    """
    from .plan import standard_plan

    plan = plan or standard_plan()
    plan.check_references()
    output_dir.mkdir(parents=True, exist_ok=True)
    vis = output_dir / name
    if vis.exists() and not overwrite:
        raise InputError("name", name, f"{vis} exists; overwrite it, or choose another name")
    unfinished = output_dir / f".{name}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    _make_skeleton(unfinished, plan)
    sky = _sky(unfinished, plan)
    _fill(unfinished, plan, sky)
    _flag(unfinished, plan)
    if plan.system_temperature:
        write_measured(unfinished, plan)
    shutil.rmtree(vis, ignore_errors=True)
    unfinished.rename(vis)
    result = Simulation(vis, output_dir / "flux.csv", output_dir / f"{name}.truth.json")
    truth = _truth(plan, sky)
    write_text_atomically(result.truth, json.dumps(truth, indent=1) + "\n")
    _write_catalogue(result.flux_csv, name, plan, truth)
    return result


# The simulator tells fields apart by name, and so do planned fields of one name have to be, until they are made.
def _temporary_name(index: int) -> str:
    return f"field{index}"


def _make_skeleton(vis: Path, plan: SimulationPlan) -> None:
    start = mjd_seconds(plan.start)
    positions, pads = antenna_configuration(plan.configuration, plan.antennas)
    centre = positions.mean(axis=0)
    positions = centre + (positions - centre) * plan.spread
    names = [f"DA{41 + i}" if i < 25 else f"DV{i - 24:02d}" for i in range(plan.antennas)]
    width = plan.bandwidth / plan.channels
    spws = [
        (f"spw{i}", centre - plan.bandwidth / 2 + width / 2, width, plan.channels)
        for i, centre in enumerate(plan.spw_frequencies)
    ]
    fields = [(_temporary_name(i), _direction(f, plan, start)) for i, f in enumerate(plan.fields)]
    blocks, time = [], start
    for scan in plan.scans:
        stop = time + scan.integrations * plan.integration
        blocks += [
            ObservedBlock(_temporary_name(scan.field), spws[spw][0], _obs_mode(scan.intents), time, stop)
            for spw in plan.spws_of(scan)
        ]
        time = stop + _GAP
    observe_blocks(
        vis, plan.telescope, positions, names, pads, spws, plan.correlations, fields, blocks, plan.integration
    )
    _finish_metadata(vis, plan)


def _direction(field: SimulatedField, plan: SimulationPlan, start: float) -> tuple[float, float]:
    """Return where a field is (rad): fields lie around the solar-system object, or around a place that is up."""
    objects = [f.name for f in plan.fields if is_solar_system_object(f.name)]
    centre = object_direction(objects[0], start, plan.telescope) if objects else np.radians((48.1, 17.5))
    if is_solar_system_object(field.name):
        return object_direction(field.name, start, plan.telescope)
    d_ra, d_dec = np.radians(field.offset_deg)
    return float(centre[0] + d_ra), float(centre[1] + d_dec)


def _obs_mode(intents: tuple[str, ...]) -> str:
    modes = []
    for intent in intents:
        mode = INTENTS[intent][0]
        modes.append(mode if "#" in mode else f"{mode}#ON_SOURCE")
    if _WITH_WVR & set(intents):
        modes.append("CALIBRATE_WVR#ON_SOURCE")
    return ",".join(modes)


def _finish_metadata(vis: Path, plan: SimulationPlan) -> None:
    """Give fields, spws and scans their names and numbers; drop the scratch columns."""
    for subtable in ("FIELD", "SOURCE"):
        with open_table(vis / subtable, write=True) as table:
            for row in range(table.nrows()):
                index = int(str(table.getcell("NAME", row)).removeprefix("field"))
                table.putcell("NAME", row, plan.fields[index].name)
    if not plan.with_intents:
        with open_table(vis / "STATE", write=True) as table:
            table.putcol("OBS_MODE", [""] * table.nrows())
    with open_table(vis / "PROCESSOR", write=True) as table:
        # PROCESSOR_ID of the rows is 0, and the simulator leaves the table empty.
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
                band = _band(plan.spw_frequencies[row])
                name = f"{setup}#ALMA_RB_{band:02d}#BB_{baseband}#SW-01#FULL_RES"
                table.putcell("NAME", row, name)
    with open_table(vis, write=True) as table:
        table.removecols(["MODEL_DATA", "CORRECTED_DATA"])
        # The simulator numbers a scan for each spw; scans are told apart by their times instead.
        times = table.getcol("TIME")
        edges = _scan_starts(plan, float(times.min()) - plan.integration)
        table.putcol("SCAN_NUMBER", np.searchsorted(edges, times).astype(np.int32))
    complete_metadata(vis)


def _scan_starts(plan: SimulationPlan, start: float) -> np.ndarray:
    lengths = [scan.integrations * plan.integration + _GAP for scan in plan.scans]
    return start + np.concatenate([[0.0], np.cumsum(lengths)[:-1]])


def _band(frequency: float) -> int:
    limits = {3: 116e9, 4: 163e9, 5: 211e9, 6: 275e9, 7: 373e9, 8: 500e9, 9: 720e9, 10: 950e9}
    return next((band for band, upper in limits.items() if frequency < upper), 10)


def _sky(vis: Path, plan: SimulationPlan) -> dict[int, Any]:
    """Return the noise-free visibilities of the solar-system objects, by field and spw; CASA's own model.

    The models are taken out of the MeasurementSet again: finding one is the stage's work.
    """
    objects = [i for i, field in enumerate(plan.fields) if is_solar_system_object(field.name)]
    sky: dict[int, Any] = {}
    if not objects:
        return sky
    spws = list(range(len(plan.spw_frequencies)))
    for index in objects:
        found = tasks.run("setjy", vis=vis, field=str(index), standard="Butler-JPL-Horizons 2012", usescratch=True)
        with open_table(vis) as table:
            model = {}
            for spw in spws:
                with query(table, f"FIELD_ID == {index} && DATA_DESC_ID == {spw}") as rows:
                    if rows.nrows():
                        model[spw] = rows.getcol("MODEL_DATA")
        flux = {spw: float(found[str(index)][str(spw)]["fluxd"][0]) for spw in model}
        sky[index] = {"model": model, "flux": flux}
    if models.has_model_column(vis):
        with open_table(vis, write=True) as table:
            table.removecols(["MODEL_DATA"])
    return sky


def _fill(vis: Path, plan: SimulationPlan, sky: dict[int, Any]) -> None:
    """Write DATA, WEIGHT and SIGMA, one spw after another."""
    n_spw, n_scan, n_ant = len(plan.spw_frequencies), len(plan.scans), plan.antennas
    gains = corruption.amplitude_gains(plan.seed, n_scan, n_spw, 2, n_ant, plan.gain_scatter, plan.gain_drift)
    gains = corruption.disturb(gains, plan.disturbances)
    shapes = (
        corruption.bandpass_shapes(plan.seed, n_spw, 2, n_ant, plan.channels)
        if plan.bandpass
        else np.ones((n_spw, 2, n_ant, 1))
    )
    # Data without noise need weights all the same.
    nominal = plan.noise_jy or _NOMINAL_NOISE
    sigma = nominal * np.sqrt(_NOISE_WIDTH * plan.channels / plan.bandwidth * _NOISE_TIME / plan.integration)
    kelvin = system_temperatures(plan) if plan.system_temperature else None
    if kelvin is not None:
        sigma /= plan.system_temperature
    random = corruption.generator(plan.seed, "noise")
    with open_table(vis, write=True) as table:
        times = np.unique(table.getcol("TIME"))
        phase = corruption.phases(plan.seed, times.size, n_spw, 2, n_ant, plan.phase_noise)
        for spw in range(n_spw):
            for field in range(len(plan.fields)):
                with query(table, f"FIELD_ID == {field} && DATA_DESC_ID == {spw}") as rows:
                    if rows.nrows() == 0:
                        continue
                    data = _true_visibilities(rows, plan, field, spw, sky)
                    time = np.searchsorted(times, rows.getcol("TIME"))
                    scan = rows.getcol("SCAN_NUMBER") - 1
                    first, second = rows.getcol("ANTENNA1"), rows.getcol("ANTENNA2")
                    for corr, (p, q) in enumerate(_hands(data.shape[0])):
                        gain_1 = gains[scan, spw, p, first] * np.exp(1j * phase[time, spw, p, first])
                        gain_2 = gains[scan, spw, q, second] * np.exp(1j * phase[time, spw, q, second])
                        shape = shapes[spw, p, first] * np.conj(shapes[spw, q, second])
                        data[corr] *= (shape * (gain_1 * np.conj(gain_2))[:, None]).T
                        if kelvin is not None:
                            data[corr] /= np.sqrt(kelvin[field, spw, p, first] * kelvin[field, spw, q, second]).T
                    if plan.noise_jy:
                        data += corruption.noise(random, data.shape, sigma)
                    rows.putcol("DATA", data.astype(np.complex64))
                    rows.putcol("SIGMA", np.full((data.shape[0], data.shape[2]), sigma))
                    rows.putcol("WEIGHT", np.full((data.shape[0], data.shape[2]), sigma**-2))


def _hands(n_corr: int) -> tuple[tuple[int, int], ...]:
    """Return the polarisations of each correlation."""
    return {1: ((0, 0),), 2: ((0, 0), (1, 1)), 4: ((0, 0), (0, 1), (1, 0), (1, 1))}[n_corr]


def _true_visibilities(rows: Any, plan: SimulationPlan, field: int, spw: int, sky: dict[int, Any]) -> np.ndarray:
    """Return the visibilities of an unpolarised source at the phase centre, shape (n_corr, n_chan, n_row)."""
    n_corr = rows.getcell("DATA", 0).shape[0]
    if field in sky:
        return np.array(sky[field]["model"][spw], dtype=np.complex128)
    width = plan.bandwidth / plan.channels
    frequency = plan.spw_frequencies[spw] + width * (np.arange(plan.channels) - (plan.channels - 1) / 2)
    source = plan.fields[field]
    spectrum = source.flux_jy * (frequency / FLUX_FREQUENCY) ** source.spix
    data = np.zeros((n_corr, plan.channels, rows.nrows()), dtype=np.complex128)
    for corr, (p, q) in enumerate(_hands(n_corr)):
        if p == q:
            data[corr] = spectrum[:, None]
    return data


def _flag(vis: Path, plan: SimulationPlan) -> None:
    if not plan.flags:
        return
    with open_table(vis, write=True) as table:
        flag = table.getcol("FLAG")
        columns = {
            "scan": table.getcol("SCAN_NUMBER"),
            "spw": table.getcol("DATA_DESC_ID"),
            "field": table.getcol("FIELD_ID"),
        }
        first, second, time = table.getcol("ANTENNA1"), table.getcol("ANTENNA2"), table.getcol("TIME")
        for selection in plan.flags:
            rows = np.ones(time.size, dtype=bool)
            for name, values in columns.items():
                wanted = getattr(selection, name)
                if wanted is not None:
                    rows &= values == wanted
            if selection.antenna is not None:
                rows &= (first == selection.antenna) | (second == selection.antenna)
            if selection.fraction < 1:
                mine = np.unique(time[rows])
                rows &= np.isin(time, mine[: round(selection.fraction * mine.size)])
            flag[:, :, rows] = True
        table.putcol("FLAG", flag)


def _truth(plan: SimulationPlan, sky: dict[int, Any]) -> list[dict[str, Any]]:
    """Return the flux density of each field in each spw it was observed in."""
    entries = []
    for index, source in enumerate(plan.fields):
        scans = [scan for scan in plan.scans if scan.field == index and "ATMOSPHERE" not in scan.intents]
        intents = sorted({intent for scan in scans for intent in scan.intents})
        for spw in sorted({spw for scan in scans for spw in plan.spws_of(scan)}):
            frequency = plan.spw_frequencies[spw]
            flux = (
                sky[index]["flux"][spw]
                if index in sky
                else source.flux_jy * (frequency / FLUX_FREQUENCY) ** source.spix
            )
            entries.append(
                {
                    "field": source.name,
                    "field_id": index,
                    "intents": intents,
                    "spw": spw,
                    "frequency_hz": frequency,
                    "I": flux,
                    "spix": None if index in sky else source.spix,
                }
            )
    return entries


def _write_catalogue(path: Path, name: str, plan: SimulationPlan, truth: list[dict[str, Any]]) -> None:
    """Write what a catalogue would say of the quasars: flux densities with an error each; other MSs' entries stay."""
    from ..infrastructure.fluxcsv import read_flux_csv

    errors = plan.catalogue_error * corruption.generator(plan.seed, "catalogue").standard_normal(len(plan.fields))
    entries = [entry for entry in read_flux_csv(path) if entry.vis != name] if path.exists() else []
    for entry in truth:
        if entry["spix"] is None or "TARGET" in entry["intents"]:
            continue
        flux = CatalogueFlux(StokesFlux(entry["I"] * (1 + errors[entry["field_id"]])), entry["spix"], "DB", 5.0)
        comment = f"# field={entry['field']} intents={','.join(entry['intents'])} origin=DB age=5"
        entries.append(FluxEntry(name, entry["field_id"], entry["spw"], flux, comment=comment))
    write_flux_csv(path, entries)
