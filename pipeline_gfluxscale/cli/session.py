"""The current context of a prompt, in one place."""

from collections.abc import Sequence
from pathlib import Path

from ..errors import InputError
from ..pipeline.context import Context

_current: Context | None = None


def set_current_context(context: Context | None) -> None:
    """Make a context the one that stages without `vis` work on."""
    global _current  # noqa: PLW0603 -- this is the one place
    _current = context


def has_current_context() -> bool:
    """Whether `current_context` would return one."""
    return _current is not None


def current_context() -> Context:
    """Return the current context.

    Raises
    ------
    InputError
        There is none.
    """
    if _current is None:
        raise InputError("context", None, "there is none yet; start with h_init(), or take one up with h_resume()")
    return _current


def holds(vis: str | Path | Sequence[str | Path]) -> bool:
    """Whether MeasurementSets are those of the current context; one without data will take them."""
    if _current is None or not _current.data:
        return _current is not None
    data = _current.data
    paths = [Path(v) for v in ([vis] if isinstance(vis, str | Path) else vis)]
    return all(
        path.name in data and (str(path) == path.name or path.absolute() == data[path.name].ms.path) for path in paths
    )
