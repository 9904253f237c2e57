"""Read JSON from untrusted sources."""

import json
from pathlib import Path
from typing import Any

from ..errors import FileFormatError, InputError


def read_json(path: Path, argument: str) -> Any:
    """Return the content of a JSON file.

    Parameters
    ----------
    path : Path
        The file.
    argument : str
        Name of the argument that `path` comes from, for the error message.

    Raises
    ------
    InputError
        There is no such file.
    FileFormatError
        It is not JSON, or nested more deeply than any file of this package.
    """
    if not path.is_file():
        raise InputError(argument, str(path), "no such file")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise FileFormatError(f"{path}: nested too deeply") from None
    except ValueError as error:
        raise FileFormatError(f"{path}: not JSON: {error}") from None
