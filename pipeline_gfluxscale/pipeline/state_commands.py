"""Commands that save and load the state of a run; they do not change data."""

import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from ..domain.calibration import CalApplication
from ..errors import InputError, listed
from ..files.applycal_text import export_applycal
from ..files.arguments import significant_lines
from ..system.atomic import write_text_atomically
from ..system.outputs import check_outputs
from .calibration_check import check_calibration
from .callibrary import is_about, read_calstate
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

    For the ALMA Pipeline, every statement names its MS. If the file is in the working directory, the paths of tables in
    the working directory are relative.

    Parameters
    ----------
    context : Context
    filename : path, optional
        The file, relative to the working directory. Default: the name of the context with ``.calstate``.
    state : {None, 'active'}
        ``'applied'``, as in the ALMA Pipeline, is an error, as no stage of this package applies calibration to data.

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
        replace(
            application, tables=tuple(replace(table, gaintable=shown(table.gaintable)) for table in application.tables)
        )
        for application in _one_for_each_ms(context.calibration, context)
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
            # The pipeline has no statement for all MSs.
            yield from (replace(application, calto=replace(application.calto, vis=name)) for name in context.data)


def import_calstate(context: Context, filename: str | Path) -> None:
    """Replace the calibration that is applied before every solve by the calibration of a file.

    Parameters
    ----------
    context : Context
    filename : path
        A file of applycal statements, by this package or by the ALMA Pipeline, or a CASA cal library; a relative path
        is relative to the working directory.
    """
    path = Path(filename).expanduser()
    path = path if path.is_absolute() else context.output_dir / path
    calibration = read_calstate(path)
    for observed in context.data.values():
        check_calibration(calibration, observed.ms)
    if context.data and not any(is_about(a.calto, o.ms) for a in calibration for o in context.data.values()):
        theirs = sorted({Path(application.calto.vis).name for application in calibration})
        raise InputError(
            "filename", str(path), f"it has calibration for {listed(theirs)}, and none for {', '.join(context.data)}"
        )
    context.calibration = calibration
    LOG.info("Calibration of %d selections of data read from %s", len(calibration), path)
