"""Make the functions of the prompt for all stages."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from ..pipeline.basetask import ResultsList
from ..stages import stage
from ..system.logs import console_logging
from ..system.unexpected import raises_our_errors
from .session import current_context

_NOTE = "Works on the current context: start with h_init(), or load a saved context with h_resume()."


def stage_function(command: str) -> Callable[..., ResultsList[Any]]:
    """Return the function of the prompt for a stage, with the stage's name, parameters and documentation."""
    chosen = stage(command)
    signature = chosen.signature

    def call(*args: Any, **kwargs: Any) -> ResultsList[Any]:
        arguments = signature.bind(*args, **kwargs).arguments
        parameters = arguments | arguments.pop("parameters", {})
        with console_logging():
            return raises_our_errors(run_on_current_context)(command, parameters)

    call.__name__ = call.__qualname__ = command
    call.__module__ = __package__.rpartition(".")[0]
    call.__doc__ = f"{inspect.getdoc(chosen.run)}\n\nNotes\n-----\n{_NOTE}\n"
    call.__signature__ = signature  # type: ignore[attr-defined]
    return call


def run_on_current_context(command: str, parameters: Mapping[str, Any]) -> ResultsList[Any]:
    """Run a stage on the current context, and render its page if it succeeds."""
    from ..recipes.run_stage import run_stage
    from .weblog import render_stage_weblog

    results = run_stage(current_context(), command, parameters)
    if not results.failed:
        render_stage_weblog(current_context())
    return results
