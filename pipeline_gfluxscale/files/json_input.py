"""Read JSON from untrusted sources."""

import json
from pathlib import Path
from typing import Any

from ..errors import FileFormatError
from .input_file import read_text, size_of

MAX_BYTES = 2 * 10**9
"""A file of this package is smaller: a run on a hundred MeasurementSets saves some hundred MB."""


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
        There is no such file, or it cannot be read.
    FileFormatError
        It is not JSON, or larger or nested more deeply than any file of this package.
    """
    if (size := size_of(path, argument)) > MAX_BYTES:
        raise FileFormatError(f"{path}: {size / 1e9:.1f} GB, more than any file of this package")
    text = read_text(path, argument)
    try:
        return json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise FileFormatError(f"{path}: nested too deeply") from None
    except ValueError as error:
        raise FileFormatError(f"{path}: not JSON: {error}") from None


def _no_number(name: str) -> Any:
    """Refuse what Python's JSON knows besides the standard: NaN and the infinities."""
    raise ValueError(f"{name} is no number of JSON")
