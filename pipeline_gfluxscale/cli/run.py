"""``gfluxscale run``: run hifa_gfluxscale on MeasurementSets."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ..errors import InputError
from ..pipeline.basetask import ResultsList
from ..pipeline.checks import spw_list
from ..pipeline.parameters import PARALLEL, Parameter, check_given, parameters_of, plain
from ..stages.gfluxscale.inputs import GFluxscaleInputs
from .verbosity import verbose_option

Command = Callable[..., None]

_PATH = click.Path(path_type=Path)
_TYPES = {"int": int, "float": float}


def with_parameters(declared: dict[str, Parameter]) -> Callable[[Command], Command]:
    """Return a decorator that adds an option to a command for each parameter."""

    def decorate(command: Command) -> Command:
        for name, parameter in reversed(declared.items()):
            command = click.option(*_names(name, parameter), name, **_option(parameter))(command)
        return command

    return decorate


def _names(name: str, declared: Parameter) -> list[str]:
    words = name.replace("_", "-")
    whole = f"--{words}/--no-{words}" if declared.default is True else f"--{words}"
    return [declared.option, whole] if declared.option else [whole]


def _option(declared: Parameter) -> dict[str, Any]:
    if declared.default is False:
        return {"is_flag": True, "default": None, "help": plain(declared.help)}
    text = plain(f"{declared.help.rstrip('.')} [default: {declared.shown_default}].")
    if declared.default is True:
        return {"default": None, "help": text}
    if declared.kind == "list of int":
        return {"help": text, "callback": _spw_list}
    return {"help": text, "type": _TYPES.get(declared.kind, str)}


def _spw_list(_: click.Context, option: click.Parameter, text: str | None) -> tuple[int, ...] | None:
    try:
        return None if text is None else spw_list(str(option.name), text)
    except InputError:
        problem = f"{text!r} is not a list of spws such as 1,1,3,3"
        raise click.BadParameter(problem, param_hint=option.opts[0]) from None


@click.command()
@click.argument("vis", nargs=-1, required=True, type=_PATH)
@with_parameters(parameters_of(GFluxscaleInputs) | PARALLEL)
@click.option(
    "--session",
    "as_session",
    is_flag=True,
    help="VIS are a session: data without an amplitude calibrator adopt flux densities.",
)
@click.option("--dask", metavar="ADDRESS", help="Use the Dask cluster of this scheduler.")
@click.option("--calstate", type=_PATH, help="Prior calibration: applycal statements or a CASA cal library.")
@click.option(
    "--calibrate/--no-calibrate",
    default=None,
    help="Make the prior calibration (Tsys, bandpass, ...) with the recipe procedure_hifa_fluxcal.xml "
    "[default: for raw ALMA data without --calstate]. --no-calibrate without --calstate: DATA are calibrated already.",
)
@click.option("--output-dir", type=_PATH, default=".", show_default=True, help="Working directory.")
@click.option("--json", "json_file", type=_PATH, help="Write the results as JSON.")
@click.option("--table", "table_file", type=_PATH, help="Write the measurements as ECSV.")
@click.option("--flux-csv", "flux_file", type=_PATH, help="Write the derived flux densities as a flux.csv.")
@click.option("--weblog/--no-weblog", "with_weblog", default=True, show_default=True, help="Render the WebLog page.")
@click.option("--open", "open_page", is_flag=True, help="Open the WebLog page in a browser.")
@click.option(
    "--lock-timeout",
    metavar="SECONDS",
    type=click.FloatRange(min=0),
    help="Longest wait for another run on the same MeasurementSet [default: GFLUXSCALE_LOCK_TIMEOUT, else 600].",
)
@verbose_option
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
    lock_timeout: float | None,
    **parameters: Any,
) -> None:
    """Transfer the flux scale in the MeasurementSets VIS. For raw ALMA data (also ASDMs), first make the calibration.

    The derived flux densities are written to MODEL_DATA of the transfer fields; a reference field without a usable
    model gets a model too. Nothing else in VIS changes. The exit status is 1 if the stage failed for a MeasurementSet.
    """
    from ..system.environment import LOCK_TIMEOUT, seconds_set
    from ..system.logs import console_logging
    from ..system.outputs import COMMAND_LOG, check_outputs, check_working_directory
    from .prompt import hifa_gfluxscale, session_gfluxscale
    from .report import print_results
    from .weblog import show_weblog

    check_working_directory("--output-dir", output_dir)
    check_outputs(
        {"--json": json_file, "--table": table_file, "--flux-csv": flux_file, "--output-dir": output_dir / COMMAND_LOG},
        _inputs(vis, output_dir, calstate, parameters),
    )
    command = session_gfluxscale if as_session else hifa_gfluxscale
    with console_logging(results_shown=True), seconds_set(LOCK_TIMEOUT[0], lock_timeout):
        if calibrate or (calibrate is None and calstate is None and _are_raw(vis)):
            results = with_prior_calibration(command, vis, output_dir, parameters, with_weblog, dask)
        else:
            prior = "" if calibrate is False and calstate is None else calstate
            results = command(list(vis), **parameters, calstate=prior, output_dir=output_dir, dask=dask)
    print_results(results)
    export(results, json_file, table_file, flux_file)
    if with_weblog:
        show_weblog(results, output_dir / "weblog", open_page=open_page)
    if results.failed:
        raise SystemExit(1)


def _inputs(
    vis: tuple[Path, ...], output_dir: Path, calstate: Path | None, parameters: dict[str, Any]
) -> list[str | Path | None]:
    """Return all files that a run reads, including default files."""
    named = [parameters.get("reffile") or output_dir / "flux.csv", parameters.get("flagfile")]
    return [*vis, calstate, *named, *(Path(f"{path}.flagtemplate.txt") for path in vis)]


def _are_raw(vis: tuple[Path, ...]) -> bool:
    """Return whether the data are raw; raise an error if some are raw and others are not."""
    from ..casa.trial_opening import open_for_trial
    from ..pipeline.raw_data import can_be_calibrated
    from ..pipeline.unreadable import of_each

    open_for_trial(vis)
    # Data that cannot be read are an error in the results of the stage.
    readable, _ = of_each(vis, can_be_calibrated, Path())
    raw = [path for path in readable if readable[path]]
    if raw and len(raw) < len(readable):
        names = ", ".join(path.name for path in raw)
        raise InputError("vis", [str(path) for path in vis], f"{names} are raw, the others are not: use two calls")
    return bool(raw)


def with_prior_calibration(
    command: Callable[..., ResultsList[Any]],
    vis: tuple[Path, ...],
    output_dir: Path,
    parameters: dict[str, Any],
    with_weblog: bool,
    dask: str | None = None,
) -> ResultsList[Any]:
    """Run the package's recipe for the prior calibration, and then the stage itself in the same context.

    The parameters of the stage are checked as soon as the data are imported. Data that cannot be calibrated, of
    several, cost their own results only.
    """
    from ..parallel import one_worker
    from ..parallel.choose import using_dask
    from ..pipeline.context_json import save_context
    from ..recipes.recipe import RAW_RECIPE, check_commands, in_parallel, read_recipe
    from ..stages.gfluxscale.run import check_parameters
    from .recipe import run_procedure

    if parameters.get("dry_run"):
        raise InputError(
            "--dry-run",
            "raw data",
            f"{RAW_RECIPE}, which makes their calibration, sets models; make it first, and name it with --calstate",
        )
    given = {name: value for name, value in parameters.items() if value is not None}
    check_given(parameters_of(GFluxscaleInputs) | PARALLEL, given)
    whole = read_recipe(RAW_RECIPE).commands
    commands = whole[: [command.name for command in whole].index("hifa_gfluxscale")]
    check_commands(commands, RAW_RECIPE)
    click.echo(f"Raw data: {RAW_RECIPE} makes the prior calibration")
    commands = in_parallel(commands, given.get("parallel"))
    left_out: dict[str, str] = {}
    with one_worker(), using_dask(dask):
        context = run_procedure(
            commands,
            vis,
            output_dir=output_dir,
            with_weblog=with_weblog,
            left_out=left_out,
            check_imported=lambda imported: check_parameters(imported, given),
        )
        context.unreadable = left_out
        results = command(**given, dask=dask)
    save_context(context)
    return results


def export(
    results: ResultsList[Any],
    json_file: Path | None = None,
    table_file: Path | None = None,
    flux_file: Path | None = None,
) -> None:
    """Write results to files; a path that is None is skipped."""
    from ..files.export import write_derived_flux_csv, write_ecsv, write_json

    measurements = [(of_ms.vis, m) for of_ms in results for m in of_ms.measurements]
    if json_file:
        write_json(json_file, results.to_dict())
    if table_file:
        references = [(of_ms.vis, flux) for of_ms in results for flux in of_ms.reference_fluxes]
        content = results.to_dict()
        qa = [{"vis": of_ms["vis"], **score} for of_ms in content["results"] for score in of_ms["qa"]]
        blocks = content.get("agreement", {}).get("blocks", [])
        write_ecsv(table_file, measurements, references, {"qa": qa, "blocks": blocks})
    if flux_file:
        write_derived_flux_csv(flux_file, measurements)
