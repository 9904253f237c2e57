"""The package's log on the terminal, and in CASA's log."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from ..casa.log_handler import CasaLogHandler

_PACKAGE = logging.getLogger("pipeline_gfluxscale")

# The pipeline's words; Python has none for the last two.
LOG_LEVELS = {
    "critical": logging.CRITICAL,
    "error": logging.ERROR,
    "warning": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
    "todo": logging.DEBUG,
    "trace": logging.DEBUG,
}

_level = logging.INFO


def set_log_level(word: str) -> None:
    """Show messages from this level on, one of `LOG_LEVELS`."""
    global _level  # noqa: PLW0603 -- the state of a prompt
    _level = LOG_LEVELS[word]


@contextmanager
def console_logging(level: int | None = None, *, terminal: bool = True) -> Iterator[None]:
    """Show the package's log on the terminal and in casalog, unless the application has set up logging itself.

    Parameters
    ----------
    level : int, optional
        Messages of lower levels are not shown. Default: as set by `set_log_level`.
    terminal : bool
        Whether it is shown on the terminal, and not in casalog only.
    """
    if _PACKAGE.handlers or logging.getLogger().handlers:
        yield
        return
    from rich.logging import RichHandler

    handlers: list[logging.Handler] = [CasaLogHandler(echo=not terminal)]
    if terminal:
        handlers.append(RichHandler(show_path=False, log_time_format="%H:%M:%S"))
    previous = _PACKAGE.level
    for handler in handlers:
        _PACKAGE.addHandler(handler)
    _PACKAGE.setLevel(_level if level is None else level)
    try:
        yield
    finally:
        for handler in handlers:
            _PACKAGE.removeHandler(handler)
        _PACKAGE.setLevel(previous)
