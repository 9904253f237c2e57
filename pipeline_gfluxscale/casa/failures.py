"""Explain why a CASA task failed, and append CASA's own message."""

import re
from collections.abc import Mapping
from typing import Any

from .terminal import Printed

# A pattern in CASA's message, and its meaning; {vis} and {data} are the MeasurementSet and the selection of the call.
_MEANINGS = (
    (r"No space left on device|disk full", "the disk is full"),
    (r"bad_alloc|Cannot allocate memory", "there is not enough memory"),
    (r"NullSelection|zero rows|selected table has no rows", "{vis} has no data of {data}"),
    (r"Ephemeris table (?P<name>\S+) not found", "{vis} lacks the ephemeris table {name} of a field"),
    (r"Found multiple gain solutions in a single timestamp", "{vis} has the same times more than once"),
    (r"\block(ed)?\b", "another process may keep {vis} or a table of its calibration locked"),
    (r"[Tt]able (?P<name>\S+) does not exist", "the table {name} is missing or incomplete"),
)  # fmt: skip
_WORK_OF_TASK = {
    "applycal": "the application of calibration to",
    "bandpass": "the bandpass solve for",
    "fluxscale": "the transfer of the flux scale in",
    "gaincal": "the gain solve for",
    "gencal": "the making of the table of system temperatures for",
    "importasdm": "the import of",
    "mstransform": "the copy of the calibrators' data of",
    "setjy": "the setting of the model in",
}
_SELECTION = ("field", "spw", "scan", "intent", "antenna")
_MAX_LINES = 3


def explain(task: str, arguments: Mapping[str, Any], message: str, printed: Printed) -> str:
    """Return why a call failed.

    Parameters
    ----------
    task : str
        Name of the task.
    arguments : mapping
        Its arguments.
    message : str
        The message of CASA's exception.
    printed : Printed
        What CASA wrote to the terminal and to its log.
    """
    words = " ".join(message.split()) or "nothing"
    vis = str(arguments.get("vis") or arguments.get("asdm") or "the data").rpartition("/")[2]
    data = ", ".join(f"{name} {arguments[name]}" for name in _SELECTION if arguments.get(name))
    about = f"{vis} ({data})" if data else vis
    meaning = _meaning(words, vis, data or "the selection") or f"{_WORK_OF_TASK.get(task, f'{task} on')} {about} failed"
    more = [line for line in printed.severe if line.partition(": ")[2] not in words and words not in line]
    return ". ".join([f"{meaning}; CASA's {task} says: {words}", *more[-_MAX_LINES:]])


def _meaning(words: str, vis: str, data: str) -> str:
    for pattern, meaning in _MEANINGS:
        if match := re.search(pattern, words):
            return meaning.format(vis=vis, data=data, **match.groupdict())
    return ""
