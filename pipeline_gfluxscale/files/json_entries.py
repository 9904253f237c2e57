"""The entries of a dataclass in JSON: its fields, and computed properties, with their names in JSON."""

import typing
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from typing import Any

from ..domain.json_shape import computed_name_of, is_flat, is_omitted, name_of


@dataclass(frozen=True)
class Entry:
    """An entry in the JSON of a dataclass.

    Attributes
    ----------
    name, attribute : str
        Name in JSON and in Python.
    kind : type
    is_flat : bool
        Whether the value is a dataclass (or None) whose entries are written in place of this entry.
    is_omitted : bool
        Whether the entry is missing if the value is None.
    is_computed : bool
        Whether the value is computed from the fields; then it is ignored on reading.
    has_default : bool
        Whether it may be missing on reading.
    """

    name: str
    attribute: str
    kind: Any
    is_flat: bool = False
    is_omitted: bool = False
    is_computed: bool = False
    has_default: bool = True

    def value_of(self, owner: Any) -> Any:
        """Return the value of the entry for an object."""
        value = getattr(owner, self.attribute)
        return value() if self.is_computed and callable(value) else value

    @property
    def dataclass(self) -> Any:
        """The dataclass of a flat entry."""
        return next(kind for kind in (self.kind, *typing.get_args(self.kind)) if is_dataclass(kind))


@cache
def entries_of(kind: Any) -> tuple[Entry, ...]:
    """Return the entries of a dataclass, in the order of its fields.

    Raises
    ------
    TypeError
        ``json_left_out`` has a name that is not the name of an entry.
    """
    hints = typing.get_type_hints(kind)
    entries = [
        Entry(
            name=name_of(field.metadata, field.name),
            attribute=field.name,
            kind=hints[field.name],
            is_flat=is_flat(field.metadata),
            is_omitted=is_omitted(field.metadata),
            has_default=field.default is not MISSING or field.default_factory is not MISSING,
        )
        for field in fields(kind)
        if field.init
    ]
    entries += [
        Entry(name, attribute, _returned(kind, attribute), is_computed=True)
        for attribute, name in _computed(kind).items()
    ]
    left_out = getattr(kind, "json_left_out", ())
    if unknown := set(left_out) - {entry.attribute for entry in entries}:
        raise TypeError(f"{kind.__name__} has no {', '.join(sorted(unknown))} to leave out of its JSON")
    return tuple(entry for entry in entries if entry.attribute not in left_out)


def names_of(kind: Any) -> set[str]:
    """Return the names of all entries of a dataclass, including the entries of flat dataclasses."""
    names: set[str] = set()
    for entry in entries_of(kind):
        names |= names_of(entry.dataclass) if entry.is_flat else {entry.name}
    return names


def is_open(kind: Any) -> bool:
    """Return whether entries with unknown names are ignored on reading."""
    return bool(getattr(kind, "json_is_open", False))


def _computed(kind: Any) -> dict[str, str]:
    """Return the names in JSON of computed properties by attribute; a subclass inherits the declaration."""
    members = (member for base in reversed(kind.__mro__) for member in vars(base).items())
    return {attribute: name for attribute, value in members if (name := computed_name_of(value))}


def function_of(kind: Any, name: str) -> Callable[..., Any]:
    """Return the function of a property or method."""
    attribute = getattr(kind, name)
    function: Callable[..., Any] = getattr(attribute, "fget", attribute)
    return function


def _returned(kind: Any, name: str) -> Any:
    return typing.get_type_hints(function_of(kind, name)).get("return", Any)
