"""Dataclasses as JSON and back, by the types of their fields: nothing in a file can make anything but these types."""

import math
import types
import typing
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from ..errors import FileFormatError, shown

T = TypeVar("T")

_SEQUENCES = (tuple, list, Sequence)
_SETS = (frozenset, set, Set)
_MAPPINGS = (dict, Mapping)
# JSON has no such numbers.
_NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def encode(value: Any, path_to_text: Callable[[Path], str] = str) -> Any:
    """Return a value as JSON-ready basic types.

    Parameters
    ----------
    value : object
        A dataclass, basic types, paths, sequences, sets and mappings of them; numpy's numbers and arrays.
    path_to_text : callable
        How a path is written.
    """

    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Path):
        return path_to_text(value)
    if hasattr(value, "tolist"):
        return encode(value.tolist(), path_to_text)
    return _encoded_items(value, lambda item: encode(item, path_to_text))


def _encoded_items(value: Any, inner: Callable[[Any], Any]) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: inner(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        if all(isinstance(key, str) for key in value):
            return {key: inner(item) for key, item in value.items()}
        return [[inner(key), inner(item)] for key, item in value.items()]
    if isinstance(value, Set | Sequence):
        return [inner(item) for item in (sorted(value) if isinstance(value, Set) else value)]
    raise TypeError(f"{shown(value)} cannot be saved as JSON")


def decode(kind: type[T], content: Any, where: str, text_to_path: Callable[[str], Path] = Path) -> T:
    """Return the value of a type that JSON holds.

    Parameters
    ----------
    kind : type
        What to make: as a rule a dataclass.
    content : object
        What `json.loads` returned.
    where : str
        Name of the value, for error messages.
    text_to_path : callable
        What a written path means.

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
        if origin in _SEQUENCES:
            return self._sequence(origin, arguments, content, where)
        if origin in _SETS:
            return frozenset(self._items(arguments[0], content, where))
        if origin in _MAPPINGS:
            return self._mapping(arguments, content, where)
        raise TypeError(f"{where}: {origin} cannot be loaded from JSON")

    def _basic(self, kind: Any, content: Any, where: str) -> Any:
        if kind is Path and isinstance(content, str):
            return self.text_to_path(content)
        if kind is float and isinstance(content, str) and content in _NOT_FINITE:
            return _NOT_FINITE[content]
        if kind is float and content is None:
            return math.nan  # as results have it in their files, for readers that are not Python
        if kind is float and type(content) is int and abs(content) < 10**300:
            return float(content)
        # type() and not isinstance: True is an int to Python.
        if kind in (int, float, str, bool, types.NoneType) and type(content) is kind:
            return content
        raise _wrong(where, content, f"is not of type {getattr(kind, '__name__', kind)}")

    def _dataclass(self, kind: Any, content: Any, where: str) -> Any:
        if not isinstance(content, dict):
            raise _wrong(where, content, f"is not a {kind.__name__}")
        hints = _hints(kind)
        known = {field.name: field for field in fields(kind) if field.init}
        if unknown := [name for name in content if name not in known]:
            raise FileFormatError(
                f"{where}: a {kind.__name__} has no {shown(unknown[0])}; was it saved by a newer version?"
            )
        for name, field in known.items():
            if name not in content and field.default is MISSING and field.default_factory is MISSING:
                raise FileFormatError(f"{where}: {shown(name)} is missing")
        return kind(**{name: self.decode(hints[name], content[name], f"{where}.{name}") for name in content})

    def _union(self, kinds: tuple[Any, ...], content: Any, where: str) -> Any:
        if content is None and types.NoneType in kinds:
            return None
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
        if isinstance(content, dict) and kinds[0] is str:
            pairs = list(content.items())
        elif isinstance(content, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in content):
            pairs = [(self.decode(kinds[0], key, where), value) for key, value in content]
        elif content == {}:
            pairs = []
        else:
            raise _wrong(where, content, "is not a mapping")
        return {key: self.decode(kinds[1], value, f"{where}[{shown(key)}]") for key, value in pairs}


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _wrong(where: str, content: Any, problem: str) -> FileFormatError:
    shown = repr(content)
    return FileFormatError(f"{where}: {shown if len(shown) <= 60 else shown[:57] + '...'} {problem}")
