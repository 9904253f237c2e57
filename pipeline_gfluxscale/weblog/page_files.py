"""Text files that a page links to."""

import re
from collections.abc import Sequence
from pathlib import Path


def slug(name: str) -> str:
    """Return a name as the harmless part of a file name."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name)[-80:]


def write_lines(directory: Path, name: str, lines: Sequence[str]) -> str:
    """Write a text file unless there is nothing to write, and return its name."""
    if not lines:
        return ""
    (directory / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return name
