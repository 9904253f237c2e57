"""Run the stage on raw data: make the prior calibration with the package's recipe first."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ..errors import InputError
from ..pipeline.basetask import ResultsList
from ..pipeline.parameters import PARALLEL, check_given, parameters_of
from ..stages.gfluxscale.inputs import GFluxscaleInputs


def are_raw(vis: tuple[Path, ...]) -> bool:
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
