"""Checks of the parameters of stages, which raise an `InputError` with argument, value and choices."""

import math
import re
from collections.abc import Callable, Collection
from numbers import Integral, Real
from typing import Any

from ..domain.selection import is_id
from ..errors import InputError, shown

# A number with CASA's units of time, or one of its two words.
_SOLINT = re.compile(r"(inf|int|\d*\.?\d+(e[+-]?\d+)? *(s|sec|m|min|h|hr|d|day)?)", re.IGNORECASE)

_SOLINT_CHARACTERS = 20


def check_number(argument: str, value: Any, wanted: str, is_valid: Callable[[float], bool]) -> None:
    """Raise unless `value` is a finite number for which `is_valid` is true; `wanted` is the condition in words."""
    if isinstance(value, bool) or not isinstance(value, Real) or not _is_finite(value) or not is_valid(float(value)):
        raise InputError(argument, value, f"a number {wanted} is needed")


def _is_finite(value: Real) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer that is too large for a float
        return False


def check_whole(argument: str, value: Any, least: int) -> None:
    """Raise unless `value` is a whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise InputError(argument, value, f"a whole number from {least} on is needed")


def check_flag(argument: str, value: Any) -> None:
    """Raise unless `value` is True or False."""
    if not isinstance(value, bool):
        raise InputError(argument, value, "True or False is needed")


def check_choice(argument: str, value: Any, choices: Collection[str]) -> None:
    """Raise unless `value` is one of the words."""
    if not isinstance(value, str) or value not in choices:
        raise InputError(argument, value, "unknown option", choices)


def check_solint(argument: str, value: Any) -> None:
    """Raise unless `value` is a solution interval in time, in CASA's syntax."""
    # The length is limited, as the names of caltables contain it.
    if not isinstance(value, str) or len(value) > _SOLINT_CHARACTERS or not _SOLINT.fullmatch(value.strip()):
        raise InputError(argument, value, "not a solution interval", ["'inf'", "'int'", "a time such as '30s'"])


def check_text(argument: str, value: Any) -> None:
    """Raise unless `value` is a string."""
    if not isinstance(value, str):
        raise InputError(argument, value, "a string is needed")


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
