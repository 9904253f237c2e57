"""Convert dataclasses to JSON and back, by the types of their fields; a file cannot create objects of other types.

JSON has no NaN and no infinity. NaN is written as ``null``. On reading, ``null`` is NaN in a field of type ``float``,
and None in a field of type ``float | None``. The infinities are ``"inf"`` and ``"-inf"``.

`domain.json_shape` has the declarations with which the entries of a dataclass get other names or another place.
"""

import math
import types
import typing
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

from ..errors import FileFormatError, shown
from .json_entries import Entry, entries_of, is_open, names_of

T = TypeVar("T")

SEQUENCES = (tuple, list, Sequence)
SETS = (frozenset, set, Set)
MAPPINGS = (dict, Mapping)
INFINITIES = {"inf": math.inf, "-inf": -math.inf}
_MOST_DIGITS = 300
# Twice the depth of results.
_MOST_LEVELS = 30


def encode(value: Any, path_to_text: Callable[[Path], str] = str) -> Any:
    """Return a value as JSON-ready basic types.

    Parameters
    ----------
    value : object
        A dataclass, basic types, paths, sequences, sets and mappings of them; numpy's numbers and arrays.
    path_to_text : callable
        Returns the text of a path.

    Raises
    ------
    TypeError
        The value contains another type.
    """
    if isinstance(value, float):
        return _number(float(value))
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Path):
        return path_to_text(value)
    if hasattr(value, "tolist"):
        return encode(value.tolist(), path_to_text)
    return _encoded_items(value, lambda item: encode(item, path_to_text))


def _number(value: float) -> float | str | None:
    if math.isfinite(value):
        return value
    return None if math.isnan(value) else str(value)


def _encoded_items(value: Any, inner: Callable[[Any], Any]) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return _encoded_dataclass(value, inner)
    if isinstance(value, Mapping):
        if all(isinstance(key, str) for key in value) or all(type(key) is int for key in value):
            return {str(key): inner(item) for key, item in value.items()}
        return [[inner(key), inner(item)] for key, item in value.items()]
    if isinstance(value, Set | Sequence):
        return [inner(item) for item in (sorted(value) if isinstance(value, Set) else value)]
    raise TypeError(f"{shown(value)} cannot be saved as JSON")


def _encoded_dataclass(value: Any, inner: Callable[[Any], Any]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    kind: Any = type(value)
    for entry in entries_of(kind):
        item = entry.value_of(value)
        if entry.is_flat:
            content |= dict.fromkeys(names_of(entry.dataclass)) if item is None else inner(item)
        elif item is not None or not entry.is_omitted:
            content[entry.name] = inner(item)
    return content


def decode(kind: type[T], content: Any, where: str, text_to_path: Callable[[str], Path] = Path) -> T:
    """Return the value of a type from its JSON.

    Parameters
    ----------
    kind : type
        The type of the value, usually a dataclass.
    content : object
        A return value of `json.loads`.
    where : str
        Name of the value, for error messages.
    text_to_path : callable
        Returns the path for its text.

    Raises
    ------
    FileFormatError
        The content is not of that type; the message names the place and the value.
    """
    value: T = _Decoder(text_to_path).decode(kind, content, where)
    return value


@dataclass(frozen=True)
class _Decoder:
    text_to_path: Callable[[str], Path]

    def decode(self, kind: Any, content: Any, where: str) -> Any:
        if kind is Any:
            _check_depth(content, where)
            return content
        if is_dataclass(kind):
            return self._dataclass(kind, content, where)
        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if origin is None:
            return self._basic(kind, content, where)
        if origin in (typing.Union, types.UnionType):
            return self._union(arguments, content, where)
        return self._items_of(origin, arguments, content, where)

    def _items_of(self, origin: Any, arguments: tuple[Any, ...], content: Any, where: str) -> Any:
        if origin in SEQUENCES:
            return self._sequence(origin, arguments, content, where)
        if origin in SETS:
            return frozenset(self._items(arguments[0], content, where))
        if origin in MAPPINGS:
            return self._mapping(arguments, content, where)
        raise TypeError(f"{where}: {origin} cannot be loaded from JSON")

    def _basic(self, kind: Any, content: Any, where: str) -> Any:
        if kind is Path and isinstance(content, str):
            return self.text_to_path(content)
        if kind is float:
            return _decoded_number(content, where)
        # type() and not isinstance: True is an int in Python.
        if kind in (int, str, bool, types.NoneType) and type(content) is kind:
            return content
        raise _wrong(where, content, f"is not of type {getattr(kind, '__name__', kind)}")

    def _dataclass(self, kind: Any, content: Any, where: str) -> Any:
        if not isinstance(content, dict):
            raise _wrong(where, content, f"is not a {kind.__name__}")
        known = names_of(kind)
        if not is_open(kind) and (unknown := [name for name in content if name not in known]):
            raise FileFormatError(
                f"{where}: a {kind.__name__} has no {shown(unknown[0])}; was it saved by another version?"
            )
        arguments = {}
        for entry in entries_of(kind):
            if entry.is_flat:
                arguments[entry.attribute] = self._flat(entry, content, where)
            elif entry.name in content and not entry.is_computed:
                place = f"{where}.{entry.name}"
                arguments[entry.attribute] = self.decode(entry.kind, content[entry.name], place)
            elif not entry.has_default:
                raise FileFormatError(f"{where}: {shown(entry.name)} is missing")
        return kind(**arguments)

    def _flat(self, entry: Entry, content: dict[str, Any], where: str) -> Any:
        """Return the value of a flat entry from the entries of its owner; None if all its entries are null."""
        own = {name: content[name] for name in names_of(entry.dataclass) if name in content}
        is_none = all(item is None for item in own.values()) and types.NoneType in typing.get_args(entry.kind)
        return None if is_none else self.decode(entry.dataclass, own, where)

    def _union(self, kinds: tuple[Any, ...], content: Any, where: str) -> Any:
        if content is None and types.NoneType in kinds:
            return None
        if isinstance(content, dict):  # so that the error message is about the dataclass with these entries
            meant = [kind for kind in kinds if is_dataclass(kind) and names_of(kind) >= content.keys()]
            kinds = tuple(meant) or kinds
        problems = []
        for kind in kinds:
            try:
                return self.decode(kind, content, where)
            except FileFormatError as error:
                problems.append(error)
        raise problems[0]

    def _sequence(self, origin: Any, kinds: tuple[Any, ...], content: Any, where: str) -> Any:
        if origin is tuple and kinds[-1] is not Ellipsis:
            if not isinstance(content, list) or len(content) != len(kinds):
                raise _wrong(where, content, f"is not a list of {len(kinds)}")
            return tuple(self.decode(k, item, where) for k, item in zip(kinds, content, strict=True))
        items = self._items(kinds[0], content, where)
        return items if origin is list else tuple(items)

    def _items(self, kind: Any, content: Any, where: str) -> list[Any]:
        if not isinstance(content, list):
            raise _wrong(where, content, "is not a list")
        return [self.decode(kind, item, f"{where}[{i}]") for i, item in enumerate(content)]

    def _mapping(self, kinds: tuple[Any, ...], content: Any, where: str) -> dict[Any, Any]:
        if isinstance(content, dict) and kinds[0] in (str, int):
            pairs = [(key if kinds[0] is str else _decoded_id(key, where), value) for key, value in content.items()]
        elif isinstance(content, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in content):
            pairs = [(self.decode(kinds[0], key, where), value) for key, value in content]
        elif content == {}:
            pairs = []
        else:
            raise _wrong(where, content, "is not a mapping")
        return {key: self.decode(kinds[1], value, f"{where}[{shown(key)}]") for key, value in pairs}


def _check_depth(content: Any, where: str, levels: int = _MOST_LEVELS) -> None:
    """Raise an error for basic types that are nested too deeply for Python to copy them later."""
    if not levels:
        raise FileFormatError(f"{where}: nested too deeply")
    for item in content.values() if isinstance(content, dict) else content if isinstance(content, list) else ():
        if isinstance(item, dict | list):
            _check_depth(item, where, levels - 1)


def _decoded_number(content: Any, where: str) -> float:
    if content is None:
        return math.nan
    if type(content) is float or (type(content) is int and abs(content) < 10**_MOST_DIGITS):
        return float(content)
    if isinstance(content, str) and content in INFINITIES:
        return INFINITIES[content]
    raise _wrong(where, content, "is not of type float")


def _decoded_id(key: str, where: str) -> int:
    if len(key) < _MOST_DIGITS and key.removeprefix("-").isdecimal() and str(int(key)) == key:
        return int(key)
    raise _wrong(where, key, "is not a whole number")


def _wrong(where: str, content: Any, problem: str) -> FileFormatError:
    text = repr(content)
    return FileFormatError(f"{where}: {text if len(text) <= 60 else text[:57] + '...'} {problem}")
