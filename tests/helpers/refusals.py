"""Calls that are refused before any work: nothing is written."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pipeline_gfluxscale import GFluxscaleError, hifa_gfluxscale
from pipeline_gfluxscale.errors import InputError


def state(directory: Path) -> dict[Path, tuple[int, int]]:
    """Return size and time of every file, but for CASA's logs and the notes of its locks."""
    return {
        path: (path.stat().st_size, path.stat().st_mtime_ns)
        for path in directory.rglob("*")
        if path.is_file() and path.name != "table.lock" and not path.name.startswith("casa-")
    }


@contextmanager
def nothing_written(directory: Path) -> Iterator[None]:
    before = state(directory)
    yield
    assert state(directory) == before


def refused(vis: Any, kind: type[GFluxscaleError] = InputError, **arguments: Any) -> str:
    """Assert that a call is refused before anything is written; return the message of the error."""
    with nothing_written(Path.cwd()), pytest.raises(kind) as caught:
        hifa_gfluxscale(vis, **arguments)
    return str(caught.value)
