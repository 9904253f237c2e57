"""Build a simulated execution block: the tables by CASA's simulator, the visibilities according to the plan."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..casa.main_table import renew_main_table
from ..domain.flux import CatalogueFlux, StokesFlux
from ..errors import InputError
from ..files.fluxcsv import FluxEntry, read_flux_csv, write_flux_csv
from ..system.atomic import write_text_atomically
from ..system.names import MAX_NAME_BYTES, check_name
from ..system.outputs import check_output_directory, check_outputs
from . import corruption
from .alma_tables import complete_subtables, divide_observations
from .detector_rows import add_detector_rows
from .ephemerides import attach_ephemerides
from .plan import SimulationPlan
from .site_tables import write_calibration_devices, write_online_flags, write_weather
from .skeleton import make_skeleton
from .sky import solar_system_sky, true_fluxes
from .spectral_windows import write_spectral_windows
from .spw_layout import spw_ids
from .standard_plan import standard_plan
from .system_temperatures import write_measured
from .visibilities import write_flags, write_visibilities

# Largest number of bytes that the names of the other files, also of temporary ones, have in addition to the MS's name.
_ENDING_BYTES = 40


@dataclass(frozen=True)
class Simulation:
    """The files of a simulated execution block.

    Attributes
    ----------
    vis : Path
        The MeasurementSet.
    flux_csv : Path
        The catalogue: flux densities with errors.
    truth : Path
        The true flux densities as JSON, for tests and the demo only.
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
        Directory of the files; it is created if it does not exist.
    name : str
        Name of the MeasurementSet.
    plan : SimulationPlan, optional
        `standard_plan` by default.
    overwrite : bool
        Replace existing files.

    Raises
    ------
    InputError
        If the MeasurementSet exists and may not be replaced, or the plan cannot be observed.
    """
    plan = plan or standard_plan()
    plan.check_references()
    _make_place(output_dir, name, overwrite=overwrite)
    vis = output_dir / name
    unfinished = output_dir / f".{name}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    make_skeleton(unfinished, plan)
    sky = solar_system_sky(unfinished, plan)
    renew_main_table(unfinished)
    write_visibilities(unfinished, plan, sky)
    write_flags(unfinished, plan)
    if plan.is_alma_form:
        write_spectral_windows(unfinished, plan)
        add_detector_rows(unfinished, plan)
        complete_subtables(unfinished, plan)
        write_weather(unfinished)
        write_calibration_devices(unfinished, plan)
        write_online_flags(unfinished, plan)
        attach_ephemerides(unfinished, plan)
    if plan.system_temperature:
        write_measured(unfinished, plan, spw_ids(plan))
    divide_observations(unfinished, plan)
    shutil.rmtree(vis, ignore_errors=True)
    unfinished.rename(vis)
    result = Simulation(vis, output_dir / "flux.csv", output_dir / f"{name}.truth.json")
    truth = true_fluxes(plan, sky, spw_ids(plan))
    write_text_atomically(result.truth, json.dumps(truth, indent=1) + "\n")
    _write_catalogue(result.flux_csv, name, plan, truth)
    return result


def _make_place(output_dir: Path, name: str, *, overwrite: bool) -> None:
    """Make the directory; raise `InputError` if the files cannot be written there, or may not be replaced."""
    check_name("name", name)
    if len(os.fsencode(name)) > MAX_NAME_BYTES - _ENDING_BYTES:
        raise InputError("name", name, f"it is longer than {MAX_NAME_BYTES - _ENDING_BYTES} bytes")
    check_output_directory("output_dir", output_dir)
    vis = output_dir / name
    if (vis.exists() or vis.is_symlink()) and not overwrite:
        raise InputError("name", name, f"{vis} exists; overwrite it, or choose another name")
    if vis.is_symlink() or (vis.exists() and not (vis / "table.dat").is_file()):
        raise InputError("name", name, f"{vis} is not a MeasurementSet: it is not replaced")
    output_dir.mkdir(parents=True, exist_ok=True)
    check_outputs({"output_dir": output_dir / "flux.csv", "name": output_dir / f"{name}.truth.json"}, [vis])


def _write_catalogue(path: Path, name: str, plan: SimulationPlan, truth: list[dict[str, Any]]) -> None:
    """Write catalogue entries of the quasars, with random errors; entries of other MSs in the file are kept."""
    errors = plan.catalogue_error * corruption.generator(plan.seed, "catalogue").standard_normal(len(plan.fields))
    entries = [entry for entry in read_flux_csv(path) if entry.vis != name] if path.exists() else []
    for entry in truth:
        if entry["spix"] is None or "TARGET" in entry["intents"]:
            continue
        flux = CatalogueFlux(StokesFlux(entry["I"] * (1 + errors[entry["field_id"]])), entry["spix"], "DB", 5.0)
        comment = f"# field={entry['field']} intents={','.join(entry['intents'])} origin=DB age=5"
        entries.append(FluxEntry(name, entry["field_id"], entry["spw"], flux, comment=comment))
    write_flux_csv(path, entries)
