"""Read files of prior calibration, and find the tables that are applied to some data."""

import logging
import os
import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

from ..domain.calibration import CalApplication, CalTable, CalTo
from ..domain.measurementset import Field, MeasurementSet
from ..domain.selection import parse_ids, select_named
from ..files.applycal_text import numbered_statements
from ..files.arguments import Place, significant_lines
from ..files.callibrary_text import grouped, numbered_lines
from ..files.input_file import read_text

LOG = logging.getLogger(__name__)


def read_calstate(path: str | Path, *, check: bool = True) -> tuple[CalApplication, ...]:
    """Read prior calibration from a file of applycal statements or a CASA cal library.

    Parameters
    ----------
    path : str or Path
        The file; its first line that is not a comment determines the format.
    check : bool
        Whether every table has to exist.

    Returns
    -------
    tuple of CalApplication
        With absolute paths of the tables. Relative paths in the file are relative to its directory or, if there is no
        such table, to the working directory.

    Raises
    ------
    InputError
        There is no such file, or it cannot be read.
    FileFormatError
        The file cannot be understood, or a table does not exist; the message names file, line and value.
    """
    path = Path(path)
    text = read_text(path, "calstate")
    library = _is_callibrary(text, str(path))
    numbered = numbered_lines(text, str(path)) if library else numbered_statements(text, str(path))
    located = [_with_located_tables(application, Place(str(path), n), check) for n, application in numbered]
    return grouped(located) if library else tuple(located)


def _is_callibrary(text: str, source: str) -> bool:
    for number, line in significant_lines(text):
        if re.match(r"applycal\s*\(", line):
            return False
        if re.search(r"\bcaltable\s*=", line):
            return True
        raise Place(source, number).error(line, "is neither an applycal statement nor a cal library line")
    return False


def _with_located_tables(application: CalApplication, place: Place, check: bool) -> CalApplication:
    tables = tuple(
        replace(table, gaintable=_located(table.gaintable, place, check), origin=str(place))
        for table in application.tables
    )
    return replace(application, tables=tables)


def _located(gaintable: str, place: Place, check: bool) -> str:
    beside = (Path(place.source).parent / gaintable).absolute()
    here = Path(gaintable).absolute()
    for candidate in (beside, here):
        if os.path.exists(candidate):  # False also for a name that the system rejects
            return str(candidate)
    if check:
        raise place.error(gaintable, f"is a table that does not exist, neither as {beside} nor as {here}")
    return str(beside)


def applicable(
    applications: Iterable[CalApplication],
    ms: MeasurementSet,
    field: Field,
    intents: Collection[str],
    spw: int,
) -> tuple[CalTable, ...]:
    """Return the tables that apply to the data of a field, some intents and a spw.

    Parameters
    ----------
    applications : iterable of CalApplication
        Prior calibration.
    ms : MeasurementSet
        The MeasurementSet of the data, with the names and ids of antennas and fields.
    field : Field
        A field of the MeasurementSet.
    intents : collection of str
        Intents of the pipeline; calibration for any of them applies. To data without intents, only calibration for all
        intents applies.
    spw : int
        Id of the spectral window.

    Returns
    -------
    tuple of CalTable
        Without repetitions, in the order of first mention. If a table is applied in several ways, the last way is used,
        as in a CASA cal library. As solves apply tables to all antennas, calibration for some antennas only is returned
        too, with a warning.
    """
    tables: dict[str, CalTable] = {}
    for application in applications:
        if _is_for(application.calto, ms, field, intents, spw):
            _warn_of_some_antennas(application.calto, ms)
            tables.update((table.gaintable, table) for table in application.tables)
    return tuple(tables.values())


def without_tables_of(command: str, ms_name: str, applications: Iterable[CalApplication]) -> tuple[CalApplication, ...]:
    """Return prior calibration without the tables that a stage has made for a MeasurementSet.

    Parameters
    ----------
    command : str
        The stage, such as ``'hifa_bandpass'``, which the names of its tables contain.
    ms_name : str
    applications : iterable of CalApplication
    """
    mine = f"{ms_name}.{command}."
    kept = (
        replace(a, tables=tuple(t for t in a.tables if not Path(t.gaintable).name.startswith(mine)))
        for a in applications
    )
    return tuple(application for application in kept if application.tables)


def is_about(calto: CalTo, ms: MeasurementSet) -> bool:
    """Return whether calibration is for a MeasurementSet: it names this MeasurementSet or none."""
    return not calto.vis or Path(calto.vis).name == ms.name


def _is_for(calto: CalTo, ms: MeasurementSet, field: Field, intents: Collection[str], spw: int) -> bool:
    words = {word.strip() for word in calto.intent.split(",")}
    spws = parse_ids(calto.spw)
    return (
        is_about(calto, ms)
        and (not calto.intent or not words.isdisjoint(intents))
        and (not spws or spw in spws)
        and (not calto.field or field.id in select_named(calto.field, [(f.id, f.name) for f in ms.fields]))
    )


def _warn_of_some_antennas(calto: CalTo, ms: MeasurementSet) -> None:
    antennas = [(antenna.id, antenna.name) for antenna in ms.antennas]
    if len(select_named(calto.antenna, antennas)) < len(antennas):
        _warn_once(f"{ms.name}: calibration for antenna={calto.antenna!r} is applied to all antennas in solves")


@cache
def _warn_once(message: str) -> None:
    LOG.warning(message)
