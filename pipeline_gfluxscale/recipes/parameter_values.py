"""Convert the text of a parameter in a recipe or processing request to its value."""

import math
import re
from typing import Any

from ..files.arguments import NOT_LITERAL, literal

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_FLOAT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_WORDS = {"true": True, "false": False}
_BRACKETS = {"[": list, "(": tuple, "{": dict}
_MAX_LENGTH = 100_000


def parse_value(text: str) -> Any:
    """Return the value of a parameter, by the rules of the ALMA Pipeline.

    Parameters
    ----------
    text : str
        The text in the document, with XML's escapes resolved.

    Returns
    -------
    object
        A number; True or False (upper or lower case); a list, tuple or dictionary of literals, in brackets; a string,
        in quotes. Any other text is a string, such as ``'1,2,3'`` and ``'<12km'``. A blank, ``None`` and a list of
        blanks are None, which means the stage's default.

    Notes
    -----
    Unlike in the pipeline, ``inf`` is a string in requests too, as it is a solution interval, not a number. No text is
    executed.
    """
    text = text.strip()
    if text in ("", "None"):
        return None
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    return _without_blanks(_literal(text))


def _literal(text: str) -> Any:
    """Return the value of a literal in brackets or quotes; any other text unchanged."""
    wanted = _BRACKETS.get(text[0], str)
    if text[0] not in "[({'\"" or len(text) > _MAX_LENGTH:
        return text
    try:
        value = literal(text)
    except NOT_LITERAL:
        return text
    # 'a','b' is not a tuple, but the selection of a and b.
    return value if isinstance(value, wanted) else text


def _without_blanks(value: Any) -> Any:
    if value == "" or (isinstance(value, list | tuple) and all(item in ("", None) for item in value)):
        return None
    return value
