"""The package's log on the terminal."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

_PACKAGE = logging.getLogger("pipeline_gfluxscale")


@contextmanager
def console_logging(level: int = logging.INFO) -> Iterator[None]:
    """Show the package's log on the terminal, unless the application has set up logging itself."""
    if _PACKAGE.handlers or logging.getLogger().handlers:
        yield
        return
    from rich.logging import RichHandler

    handler = RichHandler(show_path=False, log_time_format="%H:%M:%S")
    previous = _PACKAGE.level
    _PACKAGE.addHandler(handler)
    _PACKAGE.setLevel(level)
    try:
        yield
    finally:
        _PACKAGE.removeHandler(handler)
        _PACKAGE.setLevel(previous)
