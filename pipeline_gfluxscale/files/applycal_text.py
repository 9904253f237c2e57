"""Prior calibration as applycal statements, as in ``<ms>.calapply.txt`` of ALMA deliveries.

The file has statements ``applycal(vis=..., gaintable=[...], ...)``, which are parsed and not executed.
"""

import ast
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

from ..domain.calibration import CalApplication, CalTable, CalTo
from ..errors import FileFormatError
from .arguments import NOT_LITERAL, Arguments, Place

# Parameters of applycal: the selection of data, the tables, parameters without an effect on solves, and selections that
# solves cannot repeat.
_DATA = ("vis", "field", "intent", "spw", "antenna")
_TABLES = ("gaintable", "gainfield", "interp", "spwmap", "calwt")
_IGNORED = ("applymode", "flagbackup", "parang", "selectdata", "callib")
_MUST_BE_BLANK = ("timerange", "uvrange", "scan", "observation", "msselect", "docallib")

_DEFAULT_INTERP = "linear"


def parse_applycal_statements(text: str, source: str) -> tuple[CalApplication, ...]:
    """Parse applycal statements; they are not executed.

    Parameters
    ----------
    text : str
        Calls of applycal with literal keyword arguments, and comments. Single values and short lists are completed
        with the defaults of applycal: gainfield ``''``, interp ``'linear'``, spwmap ``[]``, calwt ``True``. A single
        calwt is for all tables, a flat spwmap for the first table. Intents may be intents of the pipeline or patterns
        of OBS_MODE. applymode, flagbackup, parang, selectdata and callib are ignored.
    source : str
        Name of the file, for error messages.

    Returns
    -------
    tuple of CalApplication
        One per statement, in order.

    Raises
    ------
    FileFormatError
        The text contains something else, or a selection that a solve cannot repeat (timerange, scan, ...).
    """
    return tuple(application for _, application in numbered_statements(text, source))


def numbered_statements(text: str, source: str) -> Iterator[tuple[int, CalApplication]]:
    """Yield the line and the calibration of each statement; see `parse_applycal_statements`."""
    for statement in _syntax_tree(text, source).body:
        place = Place(source, statement.lineno)
        yield statement.lineno, _application(Arguments(_keywords(statement, text, source), place))


def _syntax_tree(text: str, source: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            # Python warns about a backslash in a path, which is valid here.
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        place = Place(source, error.lineno or 1)
        raise place.error((error.text or "").strip(), f"is not an applycal statement: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise FileFormatError(f"{source}: not applycal statements: {error}") from None


def _keywords(statement: ast.stmt, text: str, source: str) -> dict[str, Any]:
    """Return the keyword arguments of a call of applycal; any other statement is an error."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "applycal"):
        raise _error(statement, text, source, "is not an applycal statement")
    if call.args:
        raise _error(call.args[0], text, source, "has no keyword in front of it")
    values: dict[str, Any] = {}
    for keyword in call.keywords:
        if keyword.arg not in (*_DATA, *_TABLES, *_IGNORED, *_MUST_BE_BLANK):
            raise _error(keyword, text, source, "is not a parameter of applycal")
        if keyword.arg in values:
            raise _error(keyword, text, source, "is given twice")
        try:
            values[keyword.arg] = ast.literal_eval(keyword.value)
        except NOT_LITERAL:
            raise _error(keyword, text, source, "is not a literal value") from None
    return values


def _error(node: ast.stmt | ast.expr | ast.keyword, text: str, source: str, problem: str) -> FileFormatError:
    return Place(source, node.lineno).error(ast.get_source_segment(text, node) or "", problem)


def _application(arguments: Arguments) -> CalApplication:
    arguments.require_blank(_MUST_BE_BLANK)
    calto = CalTo(
        vis=arguments.text("vis"),
        field=arguments.selection("field"),
        intent=arguments.intent(),
        spw=arguments.spw(),
        antenna=arguments.selection("antenna"),
    )
    return CalApplication(calto, tuple(_tables(arguments)))


def _tables(arguments: Arguments) -> Iterator[CalTable]:
    gaintables = arguments.texts("gaintable")
    if "" in gaintables:
        raise arguments.error("gaintable", "has a blank name")
    num = len(gaintables)
    gainfields = arguments.one_per_table("gainfield", arguments.texts("gainfield"), num, "")
    interps = arguments.one_per_table("interp", arguments.texts("interp"), num, "")
    spwmaps = arguments.one_per_table("spwmap", arguments.spwmaps(), num, ())
    calwts = arguments.flags("calwt")
    calwts = calwts * num if len(calwts) == 1 else arguments.one_per_table("calwt", calwts, num, True)
    for gaintable, gainfield, interp, spwmap, calwt in zip(
        gaintables, gainfields, interps, spwmaps, calwts, strict=True
    ):
        yield CalTable(gaintable, gainfield, interp or _DEFAULT_INTERP, spwmap, calwt)


def export_applycal(applications: Iterable[CalApplication]) -> str:
    """Return prior calibration as applycal statements, in the format of the ALMA Pipeline.

    Parameters
    ----------
    applications : iterable of CalApplication
        Prior calibration.

    Returns
    -------
    str
        A comment and the statements of each MeasurementSet, in order of first mention;
        `parse_applycal_statements` reads it back.
    """
    by_vis: dict[str, list[str]] = {}
    for application in applications:
        by_vis.setdefault(application.calto.vis, []).append(_statement(application))
    return "".join(
        f"# Apply file for {_on_one_line(vis) or 'any MeasurementSet'}\n{''.join(lines)}"
        for vis, lines in by_vis.items()
    )


def _statement(application: CalApplication) -> str:
    calto, tables = application.calto, application.tables
    arguments = {
        "vis": calto.vis,
        "field": calto.field,
        "intent": calto.intent,
        "spw": calto.spw,
        "antenna": calto.antenna,
        "gaintable": [table.gaintable for table in tables],
        "gainfield": [table.gainfield for table in tables],
        "spwmap": [list(table.spwmap) for table in tables],
        "interp": [table.interp for table in tables],
        "calwt": [table.calwt for table in tables],
    }
    return f"applycal({', '.join(f'{name}={value!r}' for name, value in arguments.items())})\n"


def _on_one_line(name: str) -> str:
    """Escape characters that cannot be printed, as a line break in a name would begin a statement."""
    return repr(name)[1:-1]
