"""Report unexpected exceptions: one line for the user, and the traceback in a file."""

import functools
import os
import tempfile
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

from ..errors import GFluxscaleError, UnexpectedError, shown

P = ParamSpec("P")
T = TypeVar("T")


def explained(error: BaseException, directory: Path | None = None) -> str:
    """Describe an unexpected exception in one line that names a file with the traceback.

    Parameters
    ----------
    error : BaseException
    directory : Path, optional
        Directory of the file. Default: the current directory, or a temporary one if that is not writable.
    """
    words = shown(" ".join(str(error).split()))[1:-1] if str(error) else ""
    what = f"{type(error).__name__}: {words}" if words else type(error).__name__
    if isinstance(error, MemoryError):
        what = "there is not enough memory"
    log = _written(error, directory)
    return f"{what}; the traceback is in {log}" if log else what


def _written(error: BaseException, directory: Path | None) -> Path | None:
    text = "".join(traceback.format_exception(error))
    name = f"gfluxscale-error-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.log"
    for place in (directory or Path(), Path(tempfile.gettempdir())):
        with suppress(OSError, MemoryError):
            with (place / name).open("a", encoding="utf-8", errors="backslashreplace") as log:
                log.write(text)
            return place / name
    return None


def raises_our_errors(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function, so that it raises `UnexpectedError` for exceptions that are not errors of this package."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except GFluxscaleError:
            raise
        except Exception as error:
            raise UnexpectedError(explained(error)) from error

    return call
