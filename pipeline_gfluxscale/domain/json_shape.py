"""Declare the shape of a dataclass in JSON if it differs from the fields; `files.typed_json` uses the declarations.

By default, each field is written under its name. The functions of this module declare other shapes of fields and
properties; two class variables concern the whole class:

``json_left_out`` : tuple of str
    Fields and properties that are not written, also inherited ones. The fields need default values.
``json_is_open`` : bool
    Whether entries with unknown names are ignored on reading; otherwise they are an error.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])

_NAME, _FLAT, _OMITTED, _COMPUTED = "json_name", "json_flat", "json_omitted", "json_computed"

FLAT: Mapping[str, Any] = {_FLAT: True}
"""Metadata of a field whose value is a dataclass: the value's entries are written on the level of the other fields."""

OMITTED_IF_NONE: Mapping[str, Any] = {_OMITTED: True}
"""Metadata of a field that is not written if its value is None."""


def named(name: str) -> Mapping[str, Any]:
    """Return the metadata of a field that has another name in JSON."""
    return {_NAME: name}


def in_json(function: FunctionT) -> FunctionT:
    """Decorate a property, or a method without arguments, whose value is written to JSON and ignored on reading."""
    return in_json_as(function.__name__)(function)


def in_json_as(name: str) -> Callable[[FunctionT], FunctionT]:
    """Return a decorator like `in_json`, with another name in JSON."""

    def mark(function: FunctionT) -> FunctionT:
        setattr(function, _COMPUTED, name)
        return function

    return mark


def name_of(metadata: Mapping[str, Any], default: str) -> str:
    """Return the name of a field in JSON."""
    return str(metadata.get(_NAME, default))


def is_flat(metadata: Mapping[str, Any]) -> bool:
    """Return whether the entries of a field's value are written on the level of the other fields."""
    return bool(metadata.get(_FLAT))


def is_omitted(metadata: Mapping[str, Any]) -> bool:
    """Return whether a field is not written if its value is None."""
    return bool(metadata.get(_OMITTED))


def computed_name_of(function: Any) -> str:
    """Return the name in JSON of the value of a property or method; blank if it is not written."""
    return str(getattr(getattr(function, "fget", function), _COMPUTED, ""))
