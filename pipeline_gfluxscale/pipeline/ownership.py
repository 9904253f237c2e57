"""Let one run at a time own a MeasurementSet, from its first read to its last write.

During a run the MeasurementSet contains two lock files. The run keeps `RUN` locked until it ends. The process that does
the work, which is the run itself or one of its workers, keeps `WORK` locked: a worker may end a moment after its run,
and the next run has to wait for the worker too. The files are in the MeasurementSet, so that they are the same for all
paths to the MeasurementSet.
"""

import functools
import inspect
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from ..errors import InputError
from ..system import stops
from ..system.waiting_lock import locked
from .context import Context

P = ParamSpec("P")
T = TypeVar("T")

RUN = "gfluxscale.lock"
WORK = "gfluxscale.work.lock"

# MeasurementSets that this run owns, as device and inode.
_owned: ContextVar[frozenset[tuple[int, int]]] = ContextVar("owned", default=frozenset())


@contextmanager
def owning(paths: Iterable[Path]) -> Iterator[None]:
    """Own MeasurementSets; wait for other runs that own them.

    MeasurementSets that this run owns already are skipped.

    Parameters
    ----------
    paths : iterable of Path
        MeasurementSets. Other paths are skipped: reading them raises an error later.

    Raises
    ------
    MeasurementSetLockedError
        If another run owns one of them, and still does after the time in GFLUXSCALE_LOCK_TIMEOUT.
    InputError
        If GFLUXSCALE_LOCK_TIMEOUT is not a time.
    """
    wanted = {identity(path): path.absolute() for path in paths if is_table(path)}
    # All runs lock in the same order; otherwise two runs could wait for each other without end.
    order = sorted(wanted.keys() - _owned.get())
    with ExitStack() as locks:
        for key in order:
            locks.enter_context(locked(wanted[key] / RUN, wanted[key]))
            with working_on(wanted[key]):
                pass  # waits for a worker of a killed run to end
        token = _owned.set(_owned.get() | set(order))
        try:
            yield
        finally:
            _owned.reset(token)


@contextmanager
def working_on(path: Path) -> Iterator[None]:
    """Work on a MeasurementSet that this run, or the run of this worker process, owns.

    Raises
    ------
    MeasurementSetLockedError
        If another process works on it, and still does after the time in GFLUXSCALE_LOCK_TIMEOUT.
    """
    with locked(path / WORK, path):
        yield


def is_owned(path: Path) -> bool:
    """Return whether this run owns a MeasurementSet."""
    return is_table(path) and identity(path) in _owned.get()


@contextmanager
def owning_data(vis: Any, context: Context | None) -> Iterator[None]:
    """Own the MeasurementSets that a stage is called for, and clean up if the run is stopped.

    Parameters
    ----------
    vis : path or sequence of paths, optional
        Paths, or names in the context. Default: all of the context.
    context : Context, optional
    """
    with stops.raised(), owning(_paths(vis, context)):
        yield


def owns_its_data(stage: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function, so that it owns the data that its arguments `vis` and `context` name; see `owning_data`."""
    signature = inspect.signature(stage)

    @functools.wraps(stage)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        arguments = signature.bind(*args, **kwargs).arguments
        with owning_data(arguments.get("vis"), arguments.get("context")):
            return stage(*args, **kwargs)

    return call


def _paths(vis: Any, context: Context | None) -> list[Path]:
    """Return the paths of the MeasurementSets that a stage is called for; the stage itself rejects invalid ones."""
    data = context.data if context else {}
    if not vis:
        return [observed.ms.path for observed in data.values()]
    named = vis if isinstance(vis, Sequence) and not isinstance(vis, str) else [vis]
    paths = [Path(os.path.expanduser(path)) for path in named if isinstance(path, str | Path)]
    return [data[path.name].ms.path if path.name in data else path for path in paths]


def is_table(path: Path) -> bool:
    """Return whether a path leads to a CASA table."""
    try:
        return (path / "table.dat").is_file()
    except (OSError, ValueError):  # not a valid path: too long, or with a NUL
        return False


def check_different(paths: Sequence[Path]) -> None:
    """Raise `InputError` if two paths lead to the same data: a link, a relative path, a slash at the end."""
    first: dict[tuple[int, int], Path] = {}
    for path in paths:
        try:
            other = first.setdefault(identity(path), path)
        except (OSError, ValueError):  # no such data: reading them raises an error later
            continue
        if other is not path:
            raise InputError("vis", str(path), f"it is named twice: {other} is the same data set")


def identity(path: Path) -> tuple[int, int]:
    """Return device and inode of a directory, which are the same for all paths to it, links and relative ones too."""
    status = path.stat()
    return status.st_dev, status.st_ino
