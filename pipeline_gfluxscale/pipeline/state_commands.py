"""The commands that handle the state of a run: they write and read it, and change no data."""

import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from ..domain.calibration import CalApplication
from ..errors import InputError
from ..files.arguments import significant_lines
from ..system.atomic import write_text_atomically
from ..system.outputs import check_outputs
from .calibration_check import check_calibration
from .callibrary import export_applycal, is_about, read_calstate
from .context import Context
from .context_json import save_context

LOG = logging.getLogger(__name__)


def save(context: Context, filename: str | Path | None = None) -> Path:
    """Save the context; see `save_context`."""
    path = save_context(context, filename)
    LOG.info("Context saved in %s", path)
    return path


def export_calstate(context: Context, filename: str | Path | None = None, state: str | None = None) -> Path:
    """Write the calibration that is applied before every solve as applycal statements.

    Every statement names its MS, and tables in the working directory are named relative to it, if the file is there:
    that is what the ALMA Pipeline reads.

    Parameters
    ----------
    context : Context
    filename : path, optional
        The file, relative to the working directory. Default: the name of the context with ``.calstate``.
    state : {None, 'active'}
        The pipeline's ``'applied'`` is not known here, as no stage of this package applies calibration to the data.

    Returns
    -------
    Path
        The file.
    """
    if state not in (None, "", "active"):
        raise InputError("state", state, "no such calibration in this context", ["'active'"])
    path = context.output_dir / Path(filename or f"{context.name or 'pipeline'}.calstate").expanduser()
    check_outputs({"filename": path}, context.inputs)
    _check_replaceable(path)
    beside = path.parent.resolve() == context.output_dir.resolve()

    def shown(table: str) -> str:
        inside = beside and Path(table).is_relative_to(context.output_dir)
        return os.path.relpath(table, context.output_dir) if inside else table

    statements = [
        replace(each, tables=tuple(replace(table, gaintable=shown(table.gaintable)) for table in each.tables))
        for each in _one_for_each_ms(context.calibration, context)
    ]
    write_text_atomically(path, export_applycal(statements))
    LOG.info("Calibration exported to %s", path)
    return path


def _check_replaceable(path: Path) -> None:
    """Raise `InputError` if the file exists and is not a file of applycal statements, as it would be lost."""
    if path.is_file():
        text = path.read_text(encoding="utf-8", errors="replace")
        if any(not line.startswith("applycal(") for _, line in significant_lines(text)):
            problem = "it exists and has lines other than applycal statements: it is not replaced"
            raise InputError("filename", str(path), problem)


def _one_for_each_ms(applications: Iterable[CalApplication], context: Context) -> Iterator[CalApplication]:
    for application in applications:
        if application.calto.vis:
            yield application
        else:
            # Any MS is not in the pipeline's vocabulary.
            yield from (replace(application, calto=replace(application.calto, vis=name)) for name in context.data)


def import_calstate(context: Context, filename: str | Path) -> None:
    """Replace the calibration that is applied before every solve by that of a file.

    Parameters
    ----------
    context : Context
    filename : path
        Applycal statements, of this package or of the ALMA Pipeline, or a CASA cal library; in the working directory,
        unless the path says otherwise.
    """
    path = Path(filename).expanduser()
    path = path if path.is_absolute() else context.output_dir / path
    calibration = read_calstate(path)
    for observed in context.data.values():
        check_calibration(calibration, observed.ms)
    if context.data and not any(is_about(each.calto, o.ms) for each in calibration for o in context.data.values()):
        theirs = sorted({Path(each.calto.vis).name for each in calibration})
        raise InputError(
            "filename", str(path), f"it has calibration for {', '.join(theirs)}, and none for {', '.join(context.data)}"
        )
    context.calibration = calibration
    LOG.info("Calibration of %d selections of data read from %s", len(calibration), path)
