"""Check names of files, so that a name from an untrusted source cannot be a path to another directory."""

import os

from ..errors import InputError

#: The longest name of a file, in bytes, on common file systems.
MAX_NAME_BYTES = 255


#: Largest number of bytes of a caltable's name after the name of its MeasurementSet.
TABLE_NAME_BYTES = 105


def problem_of_name(name: str) -> str:
    """Return why a name cannot be the name of a file; empty if it can."""
    if not name or name in (".", ".."):
        return "a name is needed"
    if "/" in name:
        return "a name is needed, not a path"
    if not name.isprintable():
        return "it has characters that cannot be printed"
    if len(name.encode("utf-8", "surrogateescape")) > MAX_NAME_BYTES:
        return f"it is longer than {MAX_NAME_BYTES} bytes, which no file's name may be"
    return ""


def check_ms_name(name: str) -> None:
    """Raise `InputError` if the name of a MeasurementSet is too long for the names of its caltables."""
    longest = MAX_NAME_BYTES - TABLE_NAME_BYTES
    if len(os.fsencode(name)) > longest:
        problem = (
            f"it is longer than {longest} bytes; the names of caltables begin with its name, and would be too long"
        )
        raise InputError("vis", name, problem)


def check_name(argument: str, name: object) -> str:
    """Return a name that a file can have.

    Raises
    ------
    InputError
        If it has a separator or characters that cannot be printed, or is too long.
    """
    if not isinstance(name, str):
        raise InputError(argument, name, "a name is needed")
    if problem := problem_of_name(name):
        raise InputError(argument, name, problem)
    return name
