"""Read files that users name: errors name the argument and the file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import FileFormatError, InputError


def size_of(path: Path, argument: str) -> int:
    """Return the size of a file in bytes; see `read_text`."""
    with _reading(path, argument):
        if path.is_dir():
            raise InputError(argument, str(path), "it is a directory, and a file is needed")
        if not path.is_file():
            raise InputError(argument, str(path), "no such file")
        return path.stat().st_size


def read_bytes(path: Path, argument: str) -> bytes:
    """Return the content of a file; see `read_text`."""
    size_of(path, argument)
    with _reading(path, argument):
        return path.read_bytes()


def read_text(path: Path, argument: str) -> str:
    """Return the text of a file, with or without a byte order mark.

    Parameters
    ----------
    path : Path
        The file.
    argument : str
        Name of the argument that `path` comes from, for the error message.

    Raises
    ------
    InputError
        There is no such file, or it cannot be read.
    FileFormatError
        It is not UTF-8 text.
    """
    size_of(path, argument)
    with _reading(path, argument):
        try:
            return path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise FileFormatError(f"{path}: byte {error.start} is not UTF-8 text") from None


@contextmanager
def _reading(path: Path, argument: str) -> Iterator[None]:
    """Turn what the system reports into an `InputError`: no permission, a name that is too long, a broken disk."""
    try:
        yield
    except OSError as error:
        raise InputError(argument, str(path), f"it cannot be read: {error.strerror or error}") from None
