"""``gfluxscale run``: run hifa_gfluxscale on MeasurementSets."""

from pathlib import Path
from typing import Any

import click

from ..pipeline.parameters import PARALLEL, parameters_of
from ..stages.gfluxscale.inputs import GFluxscaleInputs
from .parameter_options import with_parameters
from .verbosity import verbose_option

_PATH = click.Path(path_type=Path)


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
    from .raw_data import are_raw, with_prior_calibration
    from .report import export, print_results
    from .weblog import show_weblog

    check_working_directory("--output-dir", output_dir)
    check_outputs(
        {"--json": json_file, "--table": table_file, "--flux-csv": flux_file, "--output-dir": output_dir / COMMAND_LOG},
        _inputs(vis, output_dir, calstate, parameters),
    )
    command = session_gfluxscale if as_session else hifa_gfluxscale
    with console_logging(results_shown=True), seconds_set(LOCK_TIMEOUT[0], lock_timeout):
        if calibrate or (calibrate is None and calstate is None and are_raw(vis)):
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
