"""The option ``--verbose`` of shell commands."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

CommandT = TypeVar("CommandT", bound=Callable[..., Any])


def verbose_option(command: CommandT) -> CommandT:
    """Add the option ``--verbose`` to a command."""
    option = click.option(
        "--verbose",
        is_flag=True,
        expose_value=False,
        callback=_set,
        help="Show what CASA prints, each call of CASA, and the details of unexpected errors.",
    )
    return option(command)


def _set(_context: click.Context, _option: click.Parameter, verbose: bool) -> None:
    from ..system.logs import set_verbose

    set_verbose(verbose)
