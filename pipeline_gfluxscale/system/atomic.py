"""Write files that are complete or missing, even if the process is killed."""

import os
import shutil
from pathlib import Path
from uuid import uuid4


def write_text_atomically(path: str | Path, text: str, *, durable: bool = True) -> None:
    """Write a UTF-8 text file; at any moment, also after a kill, it has the old or the new content.

    An existing file keeps its permissions, and a symbolic link still points to the file.
    A file that is not `durable` may be empty after a crash of the machine; this is for files that are easy to make
    again.
    """
    target = Path(path).resolve()
    # In the same directory, as a rename is atomic only within a file system.
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
