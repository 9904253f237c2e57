"""Check the outputs of a run: not in the user's data, not one of the inputs, not twice the same file."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..errors import InputError
from .names import MAX_NAME_BYTES, problem_of_name

#: Files of every run in its working directory.
COMMAND_LOG = "casa_commands.log"
WEBLOG = "weblog"

# Files that identify a directory as a CASA table (also a MeasurementSet or caltable), or as an ASDM.
_MARKS = {"table.dat": "a CASA table", "table.info": "a CASA table", "ASDM.xml": "an ASDM"}

# `write_text_atomically` puts a dot before the name, and ".", 12 digits and ".tmp" behind it.
_TEMPORARY_BYTES = 18


def check_outputs(
    outputs: Mapping[str, str | Path | None], inputs: Iterable[str | Path | None] = (), *, directories: bool = False
) -> None:
    """Check the output files before the work starts.

    Parameters
    ----------
    outputs : mapping of str to path
        The files, by the argument that names them; None if an argument has no value.
    inputs : iterable of path
        The files, MeasurementSets and caltables that are read; None is ignored.
    directories : bool
        Whether the outputs are directories, which may exist already.

    Raises
    ------
    InputError
        An output lies in a MeasurementSet, ASDM or caltable, at any depth and through symbolic links, is an input or
        another output, or cannot be written.
    """
    read = [Path(path) for path in inputs if path is not None and str(path)]
    taken: dict[Path, str] = {}
    for argument, output in outputs.items():
        if output is None:
            continue
        path = Path(output).expanduser()
        if directories:
            check_output_directory(argument, path)
        else:
            _check_file(argument, path)
        target = Path(os.path.realpath(path))
        for other in read:
            if _is_same(target, other):
                raise InputError(argument, str(output), f"it is read by this run, as {other}")
        if target in taken:
            raise InputError(argument, str(output), f"{taken[target]} is written there, too")
        taken[target] = argument


def check_output_directory(argument: str, directory: str | Path) -> Path:
    """Return the path of a directory for output, which need not exist yet.

    Raises
    ------
    InputError
        It is a MeasurementSet, ASDM or caltable or lies in one, or it cannot be the path of a directory.
    """
    path = Path(directory).expanduser()
    _check_place(argument, path)
    if path.exists() and not path.is_dir():
        raise InputError(argument, str(directory), "it is not a directory")
    return path


def check_working_directory(argument: str, directory: str | Path) -> None:
    """Check a working directory, and the outputs that are always written there: the command log and the WebLog.

    Raises
    ------
    InputError
        See `check_output_directory`.
    """
    path = check_output_directory(argument, directory)
    for name in (COMMAND_LOG, WEBLOG):
        _check_place(argument, path / name)


def table_around(path: Path) -> Path | None:
    """Return the MeasurementSet, caltable or ASDM that contains a path, or is the path; None if there is none."""
    real = Path(os.path.realpath(path))
    tables = [place for place in (real, *real.parents) if any((place / mark).is_file() for mark in _MARKS)]
    return tables[-1] if tables else None


def _check_file(argument: str, path: Path) -> None:
    _check_place(argument, path)
    if path.is_dir():
        raise InputError(argument, str(path), "it is a directory")
    if not path.parent.is_dir():
        raise InputError(argument, str(path), f"there is no directory {path.parent}")
    if path.exists() and not path.is_file():
        raise InputError(argument, str(path), "it is not a file")
    if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise InputError(argument, str(path), "it cannot be written")
    if len(os.fsencode(path.name)) + _TEMPORARY_BYTES > MAX_NAME_BYTES:
        longest = MAX_NAME_BYTES - _TEMPORARY_BYTES
        raise InputError(argument, str(path), f"its name is longer than {longest} bytes")


def _check_place(argument: str, path: Path) -> None:
    for part in path.parts:
        if part not in (path.anchor, "..") and (problem := problem_of_name(part)):
            raise InputError(argument, str(path), problem)
    try:
        table = table_around(path)
    except OSError as error:
        raise InputError(argument, str(path), f"it cannot be written: {error.strerror or error}") from None
    if table is not None:
        kind = next(kind for mark, kind in _MARKS.items() if (table / mark).is_file())
        raise InputError(argument, str(path), f"{table} is {kind}: nothing is written into it")


def _is_same(target: Path, other: Path) -> bool:
    """Return whether two paths are paths of the same file, also through links."""
    if Path(os.path.realpath(other)) == target:
        return True
    try:
        return target.exists() and other.exists() and target.samefile(other)
    except OSError:
        return False
