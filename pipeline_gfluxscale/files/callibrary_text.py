"""Prior calibration as a CASA cal library: one ``caltable='...' calwt=True field='...' ...`` per line.

The syntax is described in the CASA documentation, "Cal Library Syntax". Lines are parsed and not executed.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from ..domain.calibration import CalApplication, CalTable, CalTo
from ..domain.selection import format_ids, parse_ids
from ..errors import InputError
from .arguments import NOT_LITERAL, Arguments, Place, literal, significant_lines

_PARAMETERS = ("caltable", "calwt", "field", "intent", "spw", "tinterp", "finterp", "fldmap", "spwmap")
_MUST_BE_BLANK = ("obs", "obsmap", "antmap", "reach")

_DEFAULT_INTERP = "linear"
_BOOLEANS = {"True": True, "T": True, "False": False, "F": False}
_PAIR = re.compile(
    r"""[\s,]* (?P<name>\w+) \s*=\s* (?P<value> '[^']*' | "[^"]*" | \[[^\]]*\] | [^\s,'"\[\]]+ )""",
    re.VERBOSE,
)


def parse_callibrary(text: str, source: str) -> tuple[CalApplication, ...]:
    """Parse a CASA cal library; it is not executed.

    Parameters
    ----------
    text : str
        Lines of ``caltable='...'`` with calwt, field, intent, spw, tinterp, finterp, fldmap and spwmap, as in CASA's
        documentation: one line per table, no line continuation, comments on separate lines. If fldmap is a list, it has
        the table's field for each field id; then field has to be ids, or missing (for all fields in the list).
    source : str
        Name of the file, for error messages.

    Returns
    -------
    tuple of CalApplication
        Tables with the same field, intent and spw are together, in the order of the lines; vis and antenna are blank,
        which means all.

    Raises
    ------
    FileFormatError
        A line cannot be understood, or has a parameter that a solve cannot repeat (obs, antmap, obsmap, reach).
    """
    return grouped(application for _, application in numbered_lines(text, source))


def numbered_lines(text: str, source: str) -> Iterator[tuple[int, CalApplication]]:
    """Yield the number and the calibration of each line; see `parse_callibrary`."""
    for number, line in significant_lines(text):
        place = Place(source, number)
        for application in _applications(Arguments(_pairs(line, place), place)):
            yield number, application


def _pairs(line: str, place: Place) -> dict[str, Any]:
    """Split ``name=value name=value ...``."""
    values: dict[str, Any] = {}
    end = 0
    while match := _PAIR.match(line, end):
        shown, name, end = match[0].strip(" ,"), match["name"], match.end()
        if name not in (*_PARAMETERS, *_MUST_BE_BLANK):
            raise place.error(shown, "is not a parameter of a cal library")
        if name in values:
            raise place.error(shown, "is given twice")
        values[name] = _value(match["value"], shown, place)
    if rest := line[end:].strip(" ,\t"):
        raise place.error(rest, "is not of the form name=value")
    return values


def _value(value: str, shown: str, place: Place) -> Any:
    if value[0] in "'\"":
        return value[1:-1]
    if value[0] == "[":
        try:
            return literal(value)
        except NOT_LITERAL:
            raise place.error(shown, "is not a literal value") from None
    if value in _BOOLEANS:
        return _BOOLEANS[value]
    if value.isascii() and value.isdigit():
        return value
    raise place.error(shown, "is not a literal value")


def _applications(arguments: Arguments) -> Iterator[CalApplication]:
    arguments.require_blank(_MUST_BE_BLANK)
    caltable = arguments.text("caltable")
    if not caltable:
        raise arguments.error("caltable", "has to name a table on every line")
    table = CalTable(
        gaintable=caltable,
        interp=_interp(arguments.text("tinterp"), arguments.text("finterp")),
        spwmap=arguments.whole_numbers("spwmap"),
        calwt=arguments.flag("calwt"),
    )
    calto = CalTo(intent=arguments.intent(), spw=arguments.spw())
    for field, gainfield in _fields_and_gainfields(arguments):
        yield CalApplication(replace(calto, field=field), (replace(table, gainfield=gainfield),))


def _interp(time: str, frequency: str) -> str:
    time = time or _DEFAULT_INTERP
    return f"{time},{frequency}" if frequency else time


def _fields_and_gainfields(arguments: Arguments) -> list[tuple[str, str]]:
    """Return pairs: a selection of fields, and the fields of the table whose solutions are applied to them."""
    field = arguments.selection("field")
    if isinstance(arguments.values.get("fldmap", ""), str):
        return [(field, arguments.text("fldmap"))]
    fldmap = arguments.whole_numbers("fldmap")
    if not fldmap:
        return [(field, "")]
    try:
        ids = parse_ids(field, "field") or tuple(range(len(fldmap)))
    except InputError:
        raise arguments.error("field", "has to be ids, as fldmap is a list") from None
    if ids[-1] >= len(fldmap):
        raise arguments.error("fldmap", f"has no entry for field {ids[-1]}")
    members_of: dict[int, list[int]] = {}
    for i in ids:
        members_of.setdefault(fldmap[i], []).append(i)
    return [(format_ids(members), str(table_field)) for table_field, members in members_of.items()]


def grouped(applications: Iterable[CalApplication]) -> tuple[CalApplication, ...]:
    """Join the tables for the same data, at the position of the first of them."""
    groups: dict[CalTo, tuple[CalTable, ...]] = {}
    for application in applications:
        groups[application.calto] = groups.get(application.calto, ()) + application.tables
    return tuple(CalApplication(calto, tables) for calto, tables in groups.items())
