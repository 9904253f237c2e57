"""Shared data of the project, which stand beside the repository."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture
def shared_file():
    """Return the path of a file of the shared data, or skip the test."""

    def find(name: str) -> Path:
        if not (SHARED / name).exists():
            pytest.skip(f"no shared data beside the repository: {name}")
        return SHARED / name

    return find
