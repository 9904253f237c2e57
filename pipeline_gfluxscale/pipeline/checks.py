"""Checks of the parameters of stages.

A check takes the name and the value of a parameter, and returns the value in the form that the task needs; it raises an
`InputError` with argument, value and choices if the value cannot be used.
"""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from ..domain.intents import validate_intents
from ..domain.selection import is_id
from ..errors import InputError, shown

Check = Callable[[str, Any], Any]

# A number with CASA's units of time, or one of its two words.
_SOLINT = re.compile(r"(inf|int|\d*\.?\d+(e[+-]?\d+)? *(s|sec|m|min|h|hr|d|day)?)", re.IGNORECASE)

_SOLINT_CHARACTERS = 20


def names(argument: str, value: Any) -> str:
    """Return names or ids as CASA writes them, as one string; blank for None."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ",".join(names(argument, item) for item in value)
    if isinstance(value, bool) or not isinstance(value, str | Integral | None):
        raise InputError(argument, value, "a string or a list of strings is needed")
    return "" if value is None else str(value)


def intents(argument: str, value: Any) -> tuple[str, ...]:
    """Return intents of the pipeline as a tuple."""
    return validate_intents(argument, names(argument, value))


def solution_interval(argument: str, value: Any) -> Any:
    """Return a solution interval in time."""
    # The length is limited, as the names of caltables contain it.
    if not isinstance(value, str) or len(value) > _SOLINT_CHARACTERS or not _SOLINT.fullmatch(value.strip()):
        raise InputError(argument, value, "not a solution interval", ["'inf'", "'int'", "a time such as '30s'"])
    return value


def spw_list(argument: str, value: Any) -> tuple[int, ...]:
    """Return spw ids from a list, from a single number, or from a string such as ``1,1,3,3`` (in the shell)."""
    if isinstance(value, str):
        words = value.strip("[]() ").split(",")
        # Longer numbers are not ids, and Python refuses to convert 5000 digits.
        if not all(re.fullmatch(r" *-?[0-9]{1,9} *", word) for word in words):
            raise InputError(argument, value, "a list of spw ids is needed, such as 1,1,3,3")
        return tuple(int(word) for word in words)
    if not isinstance(value, Iterable | Integral | None):
        raise InputError(argument, value, "a list of spw ids is needed")
    listed = tuple(value) if isinstance(value, Iterable) else () if value is None else (value,)
    if wrong := [spw for spw in listed if isinstance(spw, bool) or not isinstance(spw, Integral)]:
        raise InputError(argument, value, f"{shown(wrong[0])} is not the id of a spw")
    return tuple(map(int, listed))


def flag(argument: str, value: Any) -> Any:
    """Return True or False."""
    if not isinstance(value, bool):
        raise InputError(argument, value, "True or False is needed")
    return value


def path(argument: str, value: Any) -> Any:
    """Return the path of a file unchanged; None (the default) and a blank path (no file) have different meanings."""
    if not isinstance(value, str | Path | None):
        raise InputError(argument, value, "the path of a file is needed")
    return value


def text(argument: str, value: Any) -> Any:
    """Return a string."""
    if not isinstance(value, str):
        raise InputError(argument, value, "a string is needed")
    return value


def whole(least: int) -> Check:
    """Return a check for a whole number of at least `least`."""

    def check(argument: str, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
            raise InputError(argument, value, f"a whole number of at least {least} is needed")
        return value

    return check


def number(wanted: str, is_valid: Callable[[float], bool]) -> Check:
    """Return a check for a finite number for which `is_valid` is true; `wanted` is the condition in words."""

    def check(argument: str, value: Any) -> Any:
        is_number = isinstance(value, Real) and not isinstance(value, bool) and _is_finite(value)
        if not is_number or not is_valid(float(value)):
            raise InputError(argument, value, f"a number {wanted} is needed")
        return value

    return check


def _is_finite(value: Real) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer that is too large for a float
        return False


POSITIVE = number("greater than 0", lambda x: x > 0)
NOT_NEGATIVE = number("of 0 or more", lambda x: x >= 0)


def choice(*words: str) -> Check:
    """Return a check for one of some words."""

    def check(argument: str, value: Any) -> Any:
        if not isinstance(value, str) or value not in words:
            raise InputError(argument, value, "unknown option", words)
        return value

    return check


def one_of(options: Iterable[Any]) -> Check:
    """Return a check for one of some values; True and the number 1 are different values."""
    allowed = tuple(options)

    def check(argument: str, value: Any) -> Any:
        if not any(type(value) is type(option) and value == option for option in allowed):
            raise InputError(argument, value, "unknown option", [repr(option) for option in allowed])
        return value

    return check


def antenna_names(argument: str, value: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of antennas from a list of names or ids; as in CASA, names have precedence over ids."""
    chosen = []
    for token in value.split(","):
        word = token.strip()
        if word in names:
            chosen.append(word)
        elif is_id(word) and int(word) < len(names):
            chosen.append(names[int(word)])
        else:
            raise InputError(argument, value, f"no antenna {shown(word)}", names)
    return tuple(dict.fromkeys(chosen))
