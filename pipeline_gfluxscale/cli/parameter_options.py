"""Make options of the shell from the declarations of parameters."""

from collections.abc import Callable
from typing import Any

import click

from ..errors import InputError
from ..pipeline.checks import spw_list
from ..pipeline.parameters import Parameter, plain

Command = Callable[..., None]

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
