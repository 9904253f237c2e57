"""Files of flag commands, in the format of CASA's flagdata(mode='list') and the ALMA Pipeline's flagtemplate.txt.

A command is a line such as ``mode='manual' antenna='DA41' spw='17:0~10' reason='spike'``. Lines are parsed and not
executed.
"""

import re
from pathlib import Path

from ..domain.flag_command import FlagCommand
from ..errors import shown
from .arguments import Place, significant_lines
from .input_file import read_text

SELECTIONS = (
    "antenna", "spw", "timerange", "scan", "intent", "field", "correlation", "uvrange", "observation", "array", "feed",
)  # fmt: skip
_OTHERS = ("mode", "reason", "autocorr")

# A parameter and its value, with or without quotes; CASA separates parameters by blanks, but commas are common too.
_ARGUMENT = re.compile(r"""\s*,?\s*(?P<name>[A-Za-z_]\w*)\s*=\s*(?:'(?P<a>[^']*)'|"(?P<b>[^"]*)"|(?P<c>[^\s'"#]+))""")
_END = re.compile(r"[\s,]*(?:#.*)?")


def flag_file_of(vis: Path, output_dir: Path) -> Path | None:
    """Return the path of the file of flag commands for a MeasurementSet; None if there is none.

    For a.ms it is ``a.ms.flagtemplate.txt`` or, as in the pipeline, ``a.flagtemplate.txt``, in the working directory or
    in the directory of the MeasurementSet.
    """
    names = dict.fromkeys(f"{name}.flagtemplate.txt" for name in (vis.name, vis.stem))
    candidates = [directory / name for directory in (output_dir, vis.parent) for name in names]
    return next((path for path in candidates if path.is_file()), None)


def read_flag_file(path: Path) -> tuple[FlagCommand, ...]:
    """Read a file of flag commands.

    Raises
    ------
    InputError
        There is no such file, or it cannot be read.
    FileFormatError
        A line is not a command of mode 'manual', or selects all data; the message has file, line and value.
    """
    return parse_flag_commands(read_text(path, "flagfile"), str(path))


def parse_flag_commands(text: str, source: str) -> tuple[FlagCommand, ...]:
    """Parse flag commands, one per line; blank lines and comments (``#``) are skipped.

    Parameters
    ----------
    text : str
    source : str
        Name of the file, for error messages.

    Raises
    ------
    FileFormatError
        A line is not a command of mode 'manual', or selects all data.
    """
    return tuple(_command(line, Place(source, number)) for number, line in significant_lines(text))


def _command(line: str, place: Place) -> FlagCommand:
    values = _values(line, place)
    if (mode := values.get("mode", "manual")) != "manual":
        raise place.error(f"mode={shown(mode)}", "is not supported; the choice is mode='manual'")
    for name in values:
        if name not in (*_OTHERS, *SELECTIONS):
            raise place.error(name, f"is no parameter of a manual flag; choices: {', '.join((*_OTHERS, *SELECTIONS))}")
    reason = values.get("reason", "")
    autocorr = _boolean(values.get("autocorr", "False"), place)
    selection = {name: value for name, value in values.items() if name in SELECTIONS and value}
    if not selection and not autocorr:
        raise place.error(line, f"selects all data; it needs one of {', '.join(SELECTIONS)}")
    return FlagCommand(place.source, place.line, line, selection, autocorr, reason)


def _values(line: str, place: Place) -> dict[str, str]:
    values: dict[str, str] = {}
    position = 0
    while match := _ARGUMENT.match(line, position):
        name = match["name"]
        if name in values:
            raise place.error(name, "is given twice")
        values[name] = (match["a"] or match["b"] or (match["c"] or "").rstrip(",")).strip()
        position = match.end()
        if line[position : position + 1] not in ("", " ", "\t", ",", "#"):
            raise place.error(line[match.start() :].strip(), "is not followed by a blank")
    if not _END.fullmatch(line, position):
        raise place.error(line[position:].strip(), "is not a parameter and its value such as antenna='DA41'")
    return values


def _boolean(text: str, place: Place) -> bool:
    words = {"true": True, "false": False}
    if text.lower() not in words:
        raise place.error(f"autocorr={shown(text)}", "is neither True nor False")
    return words[text.lower()]
