"""The current context of a prompt."""

from collections.abc import Sequence
from pathlib import Path

from ..errors import InputError
from ..pipeline.context import Context

_current: Context | None = None


def set_current_context(context: Context | None) -> None:
    """Set the current context, on which the stages of the prompt work."""
    global _current  # noqa: PLW0603 -- a prompt has one current context
    _current = context


def has_current_context() -> bool:
    """Return whether there is a current context."""
    return _current is not None


def current_context() -> Context:
    """Return the current context.

    Raises
    ------
    InputError
        There is none.
    """
    if _current is None:
        raise InputError("context", None, "there is none yet; start with h_init(), or load a saved one with h_resume()")
    return _current


def current_context_has(vis: str | Path | Sequence[str | Path]) -> bool:
    """Return whether the current context has all of these MeasurementSets, or has no data yet."""
    if _current is None or not _current.data:
        return _current is not None
    data = _current.data
    paths = [Path(v) for v in ([vis] if isinstance(vis, str | Path) else vis)]
    return all(
        path.name in data and (str(path) == path.name or path.absolute() == data[path.name].ms.path) for path in paths
    )
