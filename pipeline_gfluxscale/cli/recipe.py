"""``gfluxscale recipe``: run a recipe of the pipeline on MeasurementSets."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .verbosity import verbose_option

if TYPE_CHECKING:
    from ..pipeline.context import Context
    from ..recipes.recipe import Command

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("file", type=_PATH)
@click.option("--vis", multiple=True, required=True, type=_PATH, help="A MeasurementSet or ASDM; may be repeated.")
@click.option("--calstate", type=_PATH, help="Prior calibration: applycal statements or a CASA cal library.")
@click.option("--output-dir", type=_PATH, default=".", show_default=True, help="Working directory.")
@click.option("--parallel", help="As in gfluxscale run, for all stages that have this parameter.")
@verbose_option
def recipe(file: Path, vis: tuple[Path, ...], calstate: Path | None, output_dir: Path, parallel: str | None) -> None:
    """Run the recipe FILE: a <ProcessingProcedure> in XML, or the name of a recipe of this package.

    The context is saved in the working directory. The exit status is 1 if a stage fails.
    """
    from ..recipes.recipe import check_commands, in_parallel, read_recipe

    commands = in_parallel(read_recipe(file).commands, parallel)
    check_commands(commands, str(file))
    run_procedure(commands, vis, output_dir=output_dir, calstate=calstate)


def run_procedure(
    commands: "Sequence[Command]",
    vis: Sequence[Path],
    *,
    output_dir: Path,
    calstate: Path | None = None,
    with_weblog: bool = True,
    left_out: dict[str, str] | None = None,
    check_imported: "Callable[[Context], None]" = lambda _: None,
) -> "Context":
    """Run commands on data in a new context, print their results, save the context and render the WebLog.

    See `run_commands` for `left_out`. `check_imported` is called once the data are imported; its error ends the run.

    Raises
    ------
    GFluxscaleError
        A stage failed; the context before this stage is saved.
    """
    from ..parallel import one_worker
    from ..pipeline.context_json import save_context
    from ..pipeline.state_commands import import_calstate
    from ..recipes.run_recipe import run_commands
    from ..stages import IMPORT_COMMANDS
    from ..system.logs import console_logging
    from .report import print_results
    from .state import h_init
    from .weblog import show_context_weblog

    context = h_init(weblog=False, output_dir=output_dir)  # the WebLog is rendered as a whole at the end
    with console_logging(results_shown=True), one_worker():
        if calstate is not None:
            import_calstate(context, calstate.absolute())
        try:
            paths = [path.absolute() for path in vis]
            for command, results in run_commands(context, commands, paths, left_out=left_out):
                print_results(results)
                if command.name in IMPORT_COMMANDS:
                    check_imported(context)
        finally:
            save_context(context)
            if with_weblog:
                show_context_weblog(context)
    return context
