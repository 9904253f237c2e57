"""``gfluxscale ppr``: run a pipeline processing request."""

from pathlib import Path

import click

from ..recipes.ppr import BREAKPOINT_ACTIONS
from ..recipes.recipe import BREAKPOINT
from ..system.logs import LOG_LEVELS
from .verbosity import verbose_option


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--importonly", is_flag=True, help="Stop after the import of the data.")
@click.option("--breakpoint", default=BREAKPOINT, show_default=True, help="The command that marks the breakpoint.")
@click.option(
    "--bpaction",
    type=click.Choice(BREAKPOINT_ACTIONS),
    default="ignore",
    show_default=True,
    help="Run all commands, the commands before the breakpoint, or the commands after it.",
)
@click.option("--loglevel", type=click.Choice(list(LOG_LEVELS)), default="info", show_default=True, help="Log level.")
@verbose_option
def ppr(file: Path, importonly: bool, breakpoint: str, bpaction: str, loglevel: str) -> None:
    """Run the pipeline processing request FILE.

    The data have to be in $SCIPIPE_ROOTDIR/<RelativePath>/rawdata, or in ../rawdata if that variable is not set. Files
    are written to the directory working beside it. After an error the exit status is 1, and there is a file
    errorexit-*.txt.
    """
    from .executeppr import executeppr

    executeppr(file, importonly, breakpoint, bpaction, loglevel)
