"""Check before any work that CASA can apply the prior calibration, and would not misinterpret it."""

import re
from collections.abc import Iterable
from pathlib import Path

from ..casa.caltable_contents import read_contents
from ..domain.calibration import ANY_FIELD, CalApplication, CalTable, CalTo, TableContents
from ..domain.measurementset import MeasurementSet
from ..domain.selection import format_ids, parse_ids, select_named, unmatched_items
from ..errors import CaltableError, FileFormatError, InputError
from .callibrary import is_about

# CASA accepts any word that begins with one of these, and uses 'linear' for an unknown word for frequency. The
# interpolations 'cubic' and 'spline' in time end the process (CASA 6.7) if there are few solutions.
_IN_TIME = re.compile(r"(nearest|linear)(PD)?(perobs|perscan)?(PD)?")
_IN_FREQUENCY = re.compile(r"(nearest|linear|cubic|spline)(flag)?(rel)?(flag)?")
_ONE_FOR_ALL_SOLVED = -999
_SHOWN = 3


def check_calibration(applications: Iterable[CalApplication], ms: MeasurementSet) -> None:
    """Raise an error if the prior calibration of a MeasurementSet cannot be applied as requested.

    Parameters
    ----------
    applications : iterable of CalApplication
        Applications to other MeasurementSets are ignored.
    ms : MeasurementSet

    Raises
    ------
    FileFormatError
        The message names the table, the value and the choices, and file and line if the calibration is from a file.
    """
    for application in applications:
        if is_about(application.calto, ms):
            for table in application.tables:
                if problem := _problem(table, application.calto, ms):
                    place = f"{table.origin}: " if table.origin else f"{ms.name}: "
                    raise FileFormatError(f"{place}{problem}")


def check_is_about(applications: Iterable[CalApplication], ms: MeasurementSet, source: str) -> None:
    """Raise `InputError` if prior calibration from a file has nothing for a MeasurementSet."""
    known = list(applications)
    if not any(is_about(application.calto, ms) for application in known):
        names = sorted({Path(application.calto.vis).name for application in known})
        raise InputError("calstate", source, f"it has calibration for {', '.join(names)}, and none for {ms.name}")


def _problem(table: CalTable, calto: CalTo, ms: MeasurementSet) -> str:
    """Return the problem with a table or its parameters; empty if there is none."""
    name = Path(table.gaintable).name
    try:
        contents = read_contents(Path(table.gaintable))
    except CaltableError as error:
        return f"gaintable {name!r} {error}"
    problem = (
        _interp_problem(table.interp)
        or _antenna_problem(contents, ms)
        or _gainfield_problem(table.gainfield, contents)
        or _spwmap_problem(table, calto, contents, ms)
    )
    return f"{problem} (gaintable {name!r})" if problem else ""


def _interp_problem(interp: str) -> str:
    time, _, frequency = (part.strip() for part in interp.partition(","))
    if time and not _IN_TIME.fullmatch(time):
        return f"interp={interp!r}: {time!r} is no interpolation in time; choices: nearest, linear, with PD, perobs"
    if frequency and not _IN_FREQUENCY.fullmatch(frequency):
        choices = "nearest, linear, cubic, spline, with flag, rel"
        return f"interp={interp!r}: {frequency!r} is no interpolation in frequency; choices: {choices}"
    return ""


def _antenna_problem(contents: TableContents, ms: MeasurementSet) -> str:
    """Return a sentence about antennas with other names: CASA applies solutions by the antenna's id, not its name."""
    differing = [
        f"antenna {antenna.id} is {antenna.name} in {ms.name} and {theirs} in the table"
        for antenna, theirs in zip(ms.antennas, contents.antennas, strict=False)
        if antenna.name != theirs
    ]
    if not differing:
        return ""
    more = f" and {len(differing) - _SHOWN} more" if len(differing) > _SHOWN else ""
    return f"the table was made for another array: {'; '.join(differing[:_SHOWN])}{more}"


def _gainfield_problem(gainfield: str, contents: TableContents) -> str:
    solved = contents.solved_fields
    if gainfield.strip() in ("", "nearest") or ANY_FIELD in solved:
        return ""
    named = list(enumerate(contents.fields))
    choices = ", ".join(f"{contents.fields[i]} ({i})" for i in sorted(solved) if i < len(named)) or "none"
    if unknown := unmatched_items(gainfield, named):
        return f"gainfield={gainfield!r}: the table has no field {unknown[0]!r}; fields with solutions: {choices}"
    if solved.isdisjoint(select_named(gainfield, named)):
        return f"gainfield={gainfield!r}: the table has no solutions of it; fields with solutions: {choices}"
    return ""


def _spwmap_problem(table: CalTable, calto: CalTo, contents: TableContents, ms: MeasurementSet) -> str:
    spwmap = table.spwmap
    if not spwmap or spwmap == (-1,) or spwmap[0] == _ONE_FOR_ALL_SOLVED:
        return ""
    shown = f"spwmap={list(spwmap)}"
    if len(spwmap) > (count := len(ms.spectral_windows)):
        return f"{shown}: it has {len(spwmap)} entries, and {ms.name} has {count} spws"
    if unknown := [spw for spw in spwmap if not 0 <= spw < contents.num_spws]:
        return f"{shown}: the table has no spw {unknown[0]}; its spws: 0~{contents.num_spws - 1}"
    wanted = sorted(ms.science_spw_ids & set(parse_ids(calto.spw) or ms.science_spw_ids))
    beyond = [spw for spw in wanted if len(spwmap) > 1 and spw >= len(spwmap)]
    if beyond:
        return (
            f"{shown}: it has no entry for spw {format_ids(beyond)}; one for each of the {count} spws is needed, "
            "or a single one for all"
        )
    for spw in wanted:
        if (mapped := table.spw_for(spw)) != spw and mapped not in contents.solved_spws:
            solved = format_ids(contents.solved_spws)
            return f"{shown}: the table has no solutions for spw {mapped}; spws with solutions: {solved}"
    return ""
