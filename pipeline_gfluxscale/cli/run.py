"""``gfluxscale run``: the stage on MeasurementSets."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ..infrastructure.basetask import ResultsList

_PATH = click.Path(path_type=Path)

# Name, help and type of each parameter of the stage; the defaults are the stage's own.
_PARAMETERS: tuple[tuple[str, str, Any], ...] = (
    ("reference", "Names or ids of the reference fields [default: those with the reference intents].", str),
    ("transfer", "Names or ids of the transfer fields [default: those with the transfer intents].", str),
    ("refintent", "Intents of the reference data; '' for data without intents [default: AMPLITUDE].", str),
    ("transintent", "Intents of the transfer data [default: PHASE,BANDPASS,CHECK,... see README].", str),
    ("refspwmap", "For each spw the spw whose reference solutions scale it, such as 1,1,3,3.", str),
    ("reffile", "Flux densities of calibrators [default: flux.csv in the working directory].", str),
    ("phaseupsolint", "Solution interval of the phase solves [default: int].", str),
    ("solint", "Solution interval of the amplitude solves [default: inf].", str),
    ("minsnr", "Least signal-to-noise ratio of a solution [default: 2].", float),
    ("refant", "Reference antennas, best first [default: ranked by the stage].", str),
    ("hm_resolvedcals", "How antennas are chosen for a resolved reference: automatic or manual.", str),
    ("antenna", "Antennas for --hm-resolvedcals manual.", str),
    ("peak_fraction", "Fraction of its peak at which a resolved reference is cut off [default: 0.2].", float),
    ("amp_outlier_sigma", "Amplitude solutions further off than this are flagged [default: 50].", float),
    (
        "parallel",
        "Work on several MeasurementSets at a time (automatic, true or false): in the processes of mpirun, on a Dask "
        "cluster, or in processes on this machine [default: false].",
        str,
    ),
)


def _with_parameters(command: Callable[..., None]) -> Callable[..., None]:
    for name, text, kind in reversed(_PARAMETERS):
        command = click.option(f"--{name.replace('_', '-')}", name, help=text, type=kind)(command)
    return command


@click.command()
@click.argument("vis", nargs=-1, required=True, type=_PATH)
@_with_parameters
@click.option(
    "--session", "as_session", is_flag=True, help="VIS are a session: those without amplitude calibrator adopt."
)
@click.option("--dask", metavar="ADDRESS", help="Use the Dask cluster of this scheduler.")
@click.option("--calstate", type=_PATH, help="Prior calibration: applycal statements or a CASA cal library.")
@click.option(
    "--calibrate/--no-calibrate",
    default=None,
    help="Make the calibration that comes before (Tsys, bandpass, ...), by the recipe procedure_hifa_fluxcal.xml "
    "[default: for raw ALMA data without --calstate].",
)
@click.option("--output-dir", type=_PATH, default=".", show_default=True, help="Working directory.")
@click.option("--json", "json_file", type=_PATH, help="Write the results as JSON.")
@click.option("--table", "table_file", type=_PATH, help="Write the measurements as ECSV.")
@click.option("--flux-csv", "flux_file", type=_PATH, help="Write the derived flux densities as a flux.csv.")
@click.option("--weblog/--no-weblog", "with_weblog", default=True, show_default=True, help="Render the WebLog page.")
@click.option("--open", "open_page", is_flag=True, help="Open the WebLog page in a browser.")
def run(
    vis: tuple[Path, ...],
    as_session: bool,
    dask: str | None,
    calstate: Path | None,
    calibrate: bool | None,
    output_dir: Path,
    json_file: Path | None,
    table_file: Path | None,
    flux_file: Path | None,
    with_weblog: bool,
    open_page: bool,
    **parameters: Any,
) -> None:
    """Transfer the flux scale in the MeasurementSets VIS. Of raw ALMA data, also ASDMs, first make the calibration.

    The derived flux densities are written to MODEL_DATA of the transfer fields; nothing else in VIS changes.
    Ends with status 1 if a MeasurementSet could not be done.
    """
    from ..infrastructure.export import check_output_file
    from .prompt import hifa_gfluxscale, session_gfluxscale
    from .report import print_results
    from .weblog import show_weblog

    for option, path in (("--json", json_file), ("--table", table_file), ("--flux-csv", flux_file)):
        check_output_file(option, path)
    if parameters["refspwmap"] is not None:
        parameters["refspwmap"] = _spw_list(parameters["refspwmap"])
    command = session_gfluxscale if as_session else hifa_gfluxscale
    if calibrate or (calibrate is None and calstate is None and _are_raw(vis)):
        results = _with_prior_calibration(command, vis, output_dir, parameters | {"dask": dask}, with_weblog)
    else:
        results = command(list(vis), **parameters, calstate=calstate, output_dir=output_dir, dask=dask)
    print_results(results)
    export(results, json_file, table_file, flux_file)
    if with_weblog:
        show_weblog(results, output_dir / "weblog", open_page=open_page)
    if results.failed:
        raise SystemExit(1)


def _are_raw(vis: tuple[Path, ...]) -> bool:
    """Return whether the prior calibration of data has still to be made; those that differ in this cannot be mixed."""
    from ..errors import InputError
    from ..infrastructure.raw_data import is_raw

    raw = [path for path in vis if is_raw(path)]
    if raw and len(raw) < len(vis):
        names = ", ".join(path.name for path in raw)
        raise InputError("vis", [str(path) for path in vis], f"{names} are raw, the others are not: run them apart")
    return bool(raw)


def _with_prior_calibration(
    command: Callable[..., ResultsList],
    vis: tuple[Path, ...],
    output_dir: Path,
    parameters: dict[str, Any],
    with_weblog: bool,
) -> ResultsList:
    """Run the stages that come before by the package's recipe, and then the stage itself on their context."""
    from ..infrastructure.context_json import save_context
    from ..infrastructure.recipe import RAW_RECIPE, check_commands, read_recipe
    from .recipe import run_procedure

    commands = read_recipe(RAW_RECIPE).commands
    check_commands(commands, RAW_RECIPE)
    click.echo(f"Raw data: the calibration that comes before is made by {RAW_RECIPE}")
    context = run_procedure(commands[:-1], vis, output_dir=output_dir, with_weblog=with_weblog)
    results = command(**parameters)
    save_context(context)
    return results


def export(
    results: ResultsList, json_file: Path | None = None, table_file: Path | None = None, flux_file: Path | None = None
) -> None:
    """Write results to the files that were asked for."""
    from ..infrastructure.export import write_derived_flux_csv, write_ecsv, write_json

    measurements = [(each.vis, m) for each in results for m in each.measurements]
    if json_file:
        write_json(json_file, results.to_dict())
    if table_file:
        write_ecsv(table_file, measurements)
    if flux_file:
        write_derived_flux_csv(flux_file, measurements)


def _spw_list(text: str) -> list[int]:
    try:
        return [int(word) for word in text.strip("[] ").split(",")]
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a list of spws such as 1,1,3,3", param_hint="--refspwmap") from None
