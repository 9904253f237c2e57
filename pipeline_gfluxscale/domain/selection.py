"""Selections of spws, fields and antennas in CASA syntax: ids, ranges of ids, and names."""

import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from ..errors import InputError, shown

# More than any array or correlator has; a range such as 0~999999999 is a typing error, and would fill the memory.
MAX_ID = 99_999
_ID_DIGITS = 9

_RANGE = re.compile(r"(?P<first>[0-9]+)(?:\s*~\s*(?P<last>[0-9]+))?")
_ITEM = re.compile(r"""(?:"[^"]*"|'[^']*'|[^,])+""")


def parse_ids(text: str, argument: str = "spw") -> tuple[int, ...]:
    """Return the ids of a selection.

    Parameters
    ----------
    text : str
        Ids and inclusive ranges such as ``'0~3,5'``. A channel part after a colon (``'5:10~20'``) is ignored.
    argument : str
        Name of the argument with the value `text`, for the error message.

    Returns
    -------
    tuple of int
        Ascending, without repetitions; empty for a blank and for ``'*'``, which in CASA mean all.

    Raises
    ------
    InputError
        A part is neither an id nor a range.
    """
    ids: set[int] = set()
    if text.strip() == "*":
        return ()
    for item in split_items(text):
        range_of_item = _range(item.split(":")[0].strip())
        if range_of_item is None:
            raise InputError(argument, text, f"{shown(item)} is neither an id nor a range of ids such as 0~3")
        ids.update(range_of_item)
    return tuple(sorted(ids))


def is_id(text: str) -> bool:
    """Return whether a text is an id: at most 9 ASCII digits."""
    return text.isascii() and text.isdigit() and len(text) <= _ID_DIGITS


def format_ids(ids: Iterable[int]) -> str:
    """Return ids as the shortest selection, such as ``'0~3,5'``; the inverse of `parse_ids`."""
    runs: list[tuple[int, int]] = []
    for i in sorted(set(ids)):
        if runs and i == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], i)
        else:
            runs.append((i, i))
    return ",".join(str(first) if first == last else f"{first}~{last}" for first, last in runs)


def select_named(text: str, named: Sequence[tuple[int, str]]) -> tuple[int, ...]:
    """Return the ids of the fields or antennas that a selection selects.

    Parameters
    ----------
    text : str
        Comma separated names, ids, ranges of ids or patterns with ``*``; a blank means all. Names with a comma need
        quotes. As in CASA, names have precedence over ids: ``'3'`` is the field with the name 3, if there is one.
    named : sequence of (int, str)
        Ids and names to choose from; a name may occur more than once.

    Returns
    -------
    tuple of int
        Ascending, without repetitions. Items that match nothing are ignored; `unmatched_items` returns them.
    """
    items = list(split_items(text))
    if not items:
        return tuple(sorted(i for i, _ in named))
    return tuple(sorted({i for item in items for i in _ids_of(item, named)}))


def unmatched_items(text: str, named: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    """Return the items of a selection that match none of the ids and names."""
    return tuple(item for item in split_items(text) if not _ids_of(item, named))


def split_items(text: str) -> Iterator[str]:
    """Split a selection at its commas, except for commas within quotes; blank items are left out."""
    for match in _ITEM.finditer(text):
        item = match[0].strip()
        if len(item) > 1 and item[0] == item[-1] and item[0] in "\"'":
            item = item[1:-1]
        if item:
            yield item


def _ids_of(item: str, named: Sequence[tuple[int, str]]) -> list[int]:
    if by_name := [i for i, name in named if name == item]:
        return by_name
    if (ids := _range(item)) is not None:
        return [i for i, _ in named if i in ids]
    return [i for i, name in named if "*" in item and fnmatchcase(name, item.replace("[", "[[]"))]


def _range(item: str) -> range | None:
    match = _RANGE.fullmatch(item)
    if match is None or len(match["first"]) > _ID_DIGITS or len(match["last"] or "") > _ID_DIGITS:
        return None
    first = int(match["first"])
    last = int(match["last"] or first)
    return range(first, last + 1) if first <= last <= MAX_ID else None
