"""Save a context as JSON, and load it, also in another directory or on another machine.

Loading creates the dataclasses of a context only, so that a file from someone else is safe. Paths are relative to the
directory of the file, which is the working directory of the run, so that a directory tree can be moved as a whole.
"""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..domain.calibration import CalApplication
from ..errors import FileFormatError, InputError, shown
from ..files.json_input import read_json
from ..files.typed_json import decode, encode
from ..system.atomic import write_text_atomically
from ..system.names import problem_of_name
from ..system.outputs import check_outputs
from .context import Context, ObservedData

FORMAT = "pipeline_gfluxscale context"
VERSION = 2
SUFFIX = ".context.json"
_MAX_STAGE = 99_999


def save_context(context: Context, path: str | Path | None = None) -> Path:
    """Save a context.

    Parameters
    ----------
    context : Context
    path : path, optional
        The file, relative to the working directory. Default: the name of the context, with ``.context.json``.

    Returns
    -------
    Path
        The file.
    """
    path = context.output_dir / Path(path or f"{context.name or 'pipeline'}{SUFFIX}").expanduser()
    check_outputs({"filename": path}, context.inputs)
    _check_replaceable(path)
    base = path.parent.absolute()

    def relative(target: Path | str) -> str:
        return os.path.relpath(target, base)

    movable = replace(context, calibration=_with_tables(context.calibration, relative))
    content = encode(movable, path_to_text=relative)
    document = {"format": FORMAT, "version": VERSION, "context": content}
    write_text_atomically(path, json.dumps(document, indent=1, allow_nan=False) + "\n")
    return path


def _check_replaceable(path: Path) -> None:
    """Raise `InputError` if the file exists and is not a saved context, as it would be lost."""
    if path.is_file() and path.stat().st_size:
        try:
            _content(path)
        except FileFormatError:
            raise InputError(
                "filename", str(path), "it exists and is not a saved context: it is not replaced"
            ) from None


def load_context(path: str | Path) -> Context:
    """Load a saved context; the directory of the file becomes the working directory.

    A MeasurementSet that is not at its path relative to the file is looked for in the directory of the file.

    Raises
    ------
    InputError
        There is no such file, or a MeasurementSet is in neither place.
    FileFormatError
        The file is not a saved context.
    """
    path = Path(path).expanduser().absolute()
    content = _content(path)
    base = path.parent
    # The working directory is always the directory of the file.
    content["output_dir"] = os.path.relpath(base, base)

    def absolute(text: str) -> Path:
        if Path(text).is_absolute():
            raise FileFormatError(f"{path}: {shown(text)} is not relative; was this saved by pipeline_gfluxscale?")
        return Path(os.path.normpath(base / text))

    try:
        context = decode(Context, content, str(path), absolute)
    except RecursionError:
        raise FileFormatError(f"{path}: nested too deeply") from None
    _check_names(context, path)
    context.calibration = _with_tables(context.calibration, lambda table: str(absolute(table)))
    for name, observed in context.data.items():
        context.data[name] = _with_existing_path(name, observed, path)
    return context


def latest_context(directory: str | Path = ".") -> Path:
    """Return the context that was saved last in a directory."""
    files = sorted(Path(directory).glob(f"*{SUFFIX}"), key=lambda file: (file.stat().st_mtime_ns, file.name))
    if not files:
        raise InputError("filename", "last", f"no saved context (*{SUFFIX}) in {Path(directory).absolute()}")
    return files[-1]


def _check_names(context: Context, source: Path) -> None:
    """Refuse names that are paths to other directories: a saved context may be from an untrusted source."""
    names = [context.name, *context.data, *(record.command for record in context.records)]
    for name in names:
        if name and (problem := problem_of_name(name)):
            raise FileFormatError(f"{source}: the name {shown(name)} cannot be used: {problem}")
    for number in (context.stage, *(record.number for record in context.records)):
        if not 0 <= number <= _MAX_STAGE:
            raise FileFormatError(f"{source}: {shown(number)} is not the number of a stage")


def _content(path: Path) -> dict[str, Any]:
    document = read_json(path, "filename")
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise FileFormatError(f"{path}: not a saved context of pipeline_gfluxscale")
    if document.get("version") != VERSION:
        raise FileFormatError(
            f"{path}: version {shown(document.get('version'))} of the format; this package reads {VERSION}"
        )
    content = document.get("context")
    if not isinstance(content, dict):
        raise FileFormatError(f"{path}: 'context' is missing")
    return content


def _with_existing_path(name: str, observed: ObservedData, source: Path) -> ObservedData:
    """Check the names in the data of an MS, and set the path at which the MS exists."""
    ms = observed.ms
    if ms.name != name:
        raise FileFormatError(f"{source}: the entry {shown(name)} is about another MeasurementSet, {shown(ms.name)}")
    known = {antenna.name for antenna in ms.antennas}
    if strange := [antenna for antenna in observed.reference_antennas if antenna not in known]:
        raise FileFormatError(f"{source}: {name} has no antenna {shown(strange[0])}")
    places = (ms.path, source.parent / name)
    for place in places:
        if place.is_dir():
            return replace(observed, ms=replace(ms, path=place))
    raise InputError("filename", str(source), f"its MeasurementSet is neither {places[0]} nor {places[1]}")


def _with_tables(calibration: tuple[CalApplication, ...], rename: Any) -> tuple[CalApplication, ...]:
    return tuple(
        replace(
            application,
            tables=tuple(replace(table, gaintable=rename(table.gaintable)) for table in application.tables),
        )
        for application in calibration
    )
