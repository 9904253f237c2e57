"""Files that are there as a whole or not at all."""

import os
import shutil
from pathlib import Path
from uuid import uuid4


def write_text_atomically(path: str | Path, text: str, *, durable: bool = True) -> None:
    """Write a UTF-8 text file so that a reader, or a kill at any moment, sees the old content or the new.

    An existing file keeps its permissions, and a symbolic link goes on pointing to the file.
    A file that is not `durable` may be empty after a crash of the machine; this is for files that are easy to make
    again.
    """
    target = Path(path).resolve()
    # In the same directory: a rename is atomic only within a file system.
    temporary = target.with_name(f".{target.name}.{uuid4().hex[:12]}.tmp")
    try:
        with temporary.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
