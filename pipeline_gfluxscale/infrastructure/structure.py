"""Rebuild dataclasses from the basic types that JSON keeps of them."""

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from ..errors import FileFormatError

T = TypeVar("T")


def build(kind: type[T], value: Any, where: str = "") -> T:
    """Return what `value` is the JSON form of.

    Nothing but the types named in `kind` is ever made, so a file from someone else is safe to load.

    Parameters
    ----------
    kind : type
        A dataclass, ``str``, ``int``, ``float``, ``bool``, ``tuple[...]``, ``dict[str, ...]``, or one of them or None.
        A ``float`` that is null becomes NaN, as NaN is saved as null.
    value : object
        As `json.load` returns it. Entries that a dataclass does not know are left out.
    where : str
        Where the value stands in the file, for the error message.

    Raises
    ------
    FileFormatError
        If the value is of another type, or an entry is missing.
    """
    return _build(kind, value, where)  # type: ignore[no-any-return]


def _build(kind: Any, value: Any, where: str) -> Any:
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return None if value is None else _build(next(a for a in args if a is not type(None)), value, where)
    if is_dataclass(kind):
        return _dataclass(kind, value, where)
    if origin is tuple:
        return _tuple(args, value, where)
    if origin is dict and isinstance(value, Mapping):
        return {str(key): _build(args[1], item, f"{where}.{key}") for key, item in value.items()}
    return _basic(kind, value, where)


def _basic(kind: Any, value: Any, where: str) -> Any:
    if kind is float and value is None:
        return float("nan")
    if isinstance(value, bool) is (kind is bool):  # True is an int to Python, but not here
        if kind is float and isinstance(value, int | float):
            return float(value)
        if isinstance(kind, type) and isinstance(value, kind):
            return value
    raise FileFormatError(f"{where or 'the file'}: {str(value)[:60]!r} where {kind} is expected")


def _tuple(args: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise FileFormatError(f"{where}: {str(value)[:60]!r} where a list is expected")
    if len(args) == 2 and args[1] is Ellipsis:
        return tuple(_build(args[0], item, f"{where}[{i}]") for i, item in enumerate(value))
    if len(args) != len(value):
        raise FileFormatError(f"{where}: {len(value)} items where {len(args)} are expected")
    return tuple(_build(arg, item, f"{where}[{i}]") for i, (arg, item) in enumerate(zip(args, value, strict=True)))


def _dataclass(kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, Mapping):
        raise FileFormatError(f"{where or 'the file'}: {str(value)[:60]!r} where an object is expected")
    hints, known = get_type_hints(kind), {}
    for entry in fields(kind):
        if entry.name in value:
            known[entry.name] = _build(hints[entry.name], value[entry.name], f"{where}.{entry.name}".lstrip("."))
        elif entry.default is MISSING and entry.default_factory is MISSING:
            raise FileFormatError(f"{where or 'the file'}: {entry.name!r} is missing")
    return kind(**known)
