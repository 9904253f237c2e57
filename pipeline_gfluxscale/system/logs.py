"""Show the package's log on the terminal, and write it to CASA's log."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from ..casa import terminal as casa_terminal
from ..casa.log_handler import CasaLogHandler

_PACKAGE = logging.getLogger("pipeline_gfluxscale")
LOG = logging.getLogger(__name__)

# The names in the ALMA Pipeline; Python does not have the last two levels.
LOG_LEVELS = {
    "critical": logging.CRITICAL,
    "error": logging.ERROR,
    "warning": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
    "todo": logging.DEBUG,
    "trace": logging.DEBUG,
}

#: Attribute of log messages that the results of a stage also contain.
IN_RESULTS = "in_results"

_level = logging.INFO
_verbose = False


def set_log_level(word: str) -> None:
    """Show messages of this level (a key of `LOG_LEVELS`) and of higher levels."""
    global _level  # noqa: PLW0603 -- the state of a prompt
    _level = LOG_LEVELS[word]


def set_verbose(verbose: bool) -> None:
    """Show messages of all levels and CASA's output, regardless of the log level."""
    global _verbose  # noqa: PLW0603 -- the state of a prompt
    _verbose = verbose


@contextmanager
def console_logging(level: int | None = None, *, terminal: bool = True, results_shown: bool = False) -> Iterator[None]:
    """Show the package's log on the terminal and in casalog, unless the application has set up logging itself.

    At the end the log says how many lines CASA printed, and in which file they are.

    Parameters
    ----------
    level : int, optional
        Messages of lower levels are not shown. Default: as set by `set_log_level` and `set_verbose`.
    terminal : bool
        Whether the log is shown on the terminal too, and not written to casalog only.
    results_shown : bool
        Whether the results will be printed; then messages that the results contain are not shown on the terminal.
    """
    if _PACKAGE.handlers or logging.getLogger().handlers:
        yield
        return
    from rich.logging import RichHandler

    handlers: list[logging.Handler] = [CasaLogHandler(echo=not terminal)]
    if terminal:
        shown = RichHandler(show_path=False, log_time_format="%H:%M:%S")
        if results_shown:
            shown.addFilter(lambda record: not getattr(record, IN_RESULTS, False))
        handlers.append(shown)
    previous = _PACKAGE.level
    for handler in handlers:
        _PACKAGE.addHandler(handler)
    if level is None:
        level = logging.DEBUG if _verbose else _level
    _PACKAGE.setLevel(level)
    try:
        yield
    finally:
        _log_number_of_casa_lines()
        for handler in handlers:
            _PACKAGE.removeHandler(handler)
        _PACKAGE.setLevel(previous)


def _log_number_of_casa_lines() -> None:
    lines, log = casa_terminal.take_count()
    if lines:
        LOG.info("CASA printed %d more line%s: see %s", lines, "" if lines == 1 else "s", log)
