"""The shell command ``gfluxscale``."""

import importlib
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from .._version import __version__
from ..errors import SHOWN_CHARACTERS, GFluxscaleError, printable
from ..system import stops

_LONG_VALUE = re.compile(rf"('[^']{{{SHOWN_CHARACTERS}}})[^']+'")

# Commands are imported when they are called, so that help is shown at once: CASA takes seconds to start.
_COMMANDS = {
    "run": ("run", "Transfer the flux scale in MeasurementSets."),
    "recipe": ("recipe", "Run a recipe on MeasurementSets."),
    "ppr": ("ppr", "Run a pipeline processing request."),
    "demo": ("demo", "Simulate an observation, run the stage on it, and compare with the truth."),
    "simulate": ("simulate", "Simulate an ALMA execution block."),
    "compare": ("compare", "Compare the flux scales of execution blocks, from saved results."),
    "weblog": ("weblog", "Render the WebLog page of saved results."),
    "schema": ("schema", "Print the JSON schema of results or comparisons."),
}


class _LazyGroup(click.Group):
    """A group of commands whose modules are imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module = importlib.import_module(f".{_COMMANDS[name][0]}", __package__)
        command: click.Command = getattr(module, name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        with _one_line():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        with _one_line(), stops.raised():
            return super().invoke(ctx)


@contextmanager
def _one_line() -> Iterator[None]:
    """Convert every error to one printable line and exit status 1, or 2 for a wrong use of the command."""
    try:
        yield
    except click.UsageError as error:
        if isinstance(error, click.exceptions.NoArgsIsHelpError):
            raise
        message = _LONG_VALUE.sub(r"\1...'", error.format_message())
        raise click.UsageError("\n".join(map(printable, message.split("\n"))), error.ctx) from None
    except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
        raise
    except GFluxscaleError as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        click.echo("stopped by Ctrl-C", err=True)
        raise stops.Stopped(signal.SIGINT) from None
    except Exception as error:
        from ..system.unexpected import explained

        raise click.ClickException(explained(error)) from error


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def cli() -> None:
    """Transfer the absolute flux scale from the amplitude calibrator to the other calibrators (hifa_gfluxscale)."""


def main() -> None:
    """Entry point of the command."""
    sys.exit(cli())
