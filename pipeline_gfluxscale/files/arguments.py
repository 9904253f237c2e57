"""Read the values of calibration parameters in a text file, with checks of their types."""

import ast
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from ..domain.intents import pipeline_words
from ..domain.selection import parse_ids
from ..errors import FileFormatError, InputError, shown

T = TypeVar("T")

#: The exceptions that `literal` raises if a text is not a literal.
NOT_LITERAL = (ValueError, TypeError, SyntaxError, RecursionError, MemoryError)


def literal(text: str) -> Any:
    """Return the value of a Python literal, without Python's warnings (as about ``1a``) on the terminal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.literal_eval(text)


def significant_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield number and text of lines that are neither blank nor comments; the texts are stripped of blanks."""
    for number, line in enumerate(text.split("\n"), start=1):
        if (stripped := line.strip()) and not stripped.startswith("#"):
            yield number, stripped


@dataclass(frozen=True)
class Place:
    """A line of a file, for error messages."""

    source: str
    line: int

    def error(self, value: object, problem: str) -> FileFormatError:
        """Return the error that `value` on this line has a `problem`."""
        shown = " ".join((value if isinstance(value, str) else repr(value)).split())
        if len(shown) > 120:
            shown = f"{shown[:117]}..."
        return FileFormatError(f"{self}: {shown} {problem}")

    def __str__(self) -> str:
        return f"{self.source}, line {self.line}"


@dataclass(frozen=True)
class Arguments:
    """The values of the parameters in a statement or line; the methods check their types."""

    values: Mapping[str, Any]
    place: Place

    def error(self, name: str, problem: str) -> FileFormatError:
        """Return the error that a parameter has a `problem`."""
        return self.place.error(f"{name}={shown(self.values.get(name))}", problem)

    def require_blank(self, names: Iterable[str]) -> None:
        """Raise an error for parameters that would restrict the data to which tables are applied."""
        for name in names:
            value = self.values.get(name)
            # 0 is not blank: it is the id of an observation.
            if value is not False and value not in (None, "", []):
                raise self.error(name, "is not supported: tables are applied to all of a field's data")

    def selection(self, name: str) -> str:
        """Return a CASA selection, which may be a string, an id or a list of either."""
        value = self.values.get(name, "")
        items = value if isinstance(value, list | tuple) else [value]
        if any(isinstance(item, bool) or not isinstance(item, str | int) for item in items):
            raise self.error(name, "is not a selection")
        return ",".join(str(item) for item in items)

    def spw(self) -> str:
        """Return a selection of spws that `parse_ids` accepts."""
        selection = self.selection("spw")
        try:
            parse_ids(selection)
        except InputError:
            raise self.error("spw", "does not select spws by id") from None
        return selection

    def intent(self) -> str:
        """Return the selection of intents, as intents of the pipeline."""
        return pipeline_words(self.selection("intent"))

    def text(self, name: str) -> str:
        """Return a string; blank if the parameter is missing."""
        value = self.values.get(name, "")
        if not isinstance(value, str):
            raise self.error(name, "is not a string")
        return value

    def texts(self, name: str) -> list[str]:
        """Return a list of strings from a list or a single string; empty for a blank or missing one."""
        value = self.values.get(name, "")
        items = [value] if isinstance(value, str) else value
        if not _is_list_of(items, str):
            raise self.error(name, "is not a list of strings")
        return [] if value == "" else list(items)

    def flag(self, name: str) -> bool:
        """Return a boolean; True if the parameter is missing."""
        value = self.values.get(name, True)
        if not isinstance(value, bool):
            raise self.error(name, "is neither True nor False")
        return value

    def flags(self, name: str) -> list[bool]:
        """Return a list of booleans from a list or a single boolean; ``[True]`` if the parameter is missing."""
        value = self.values.get(name, True)
        items = [value] if isinstance(value, bool) else value
        if not _is_list_of(items, bool):
            raise self.error(name, "is not a list of True and False")
        return list(items)

    def whole_numbers(self, name: str) -> tuple[int, ...]:
        """Return a list of ids; empty if the parameter is missing."""
        value = self.values.get(name, [])
        if not _is_list_of(value, int):
            raise self.error(name, "is not a list of whole numbers")
        return tuple(value)

    def spwmaps(self) -> list[tuple[int, ...]]:
        """Return a list of spw maps from a list of maps or a single map."""
        value = self.values.get("spwmap", [])
        # CASA's default is a blank string.
        value = [] if value == "" else value
        maps = [value] if value and _is_list_of(value, int) else value
        if not isinstance(maps, list | tuple) or not all(m == "" or _is_list_of(m, int) for m in maps):
            raise self.error("spwmap", "is neither a list of spws nor a list of such lists")
        return [tuple(m) for m in maps]

    def one_per_table(self, name: str, values: Sequence[T], num_tables: int, default: T) -> list[T]:
        """Return one value per table: the values of a list, completed with the default."""
        if any(values[num_tables:]):
            raise self.error(name, f"has more entries than there are tables ({num_tables})")
        return [*values[:num_tables], *[default] * (num_tables - len(values))]


def _is_list_of(values: object, kind: type) -> bool:
    # type() and not isinstance: True is an int in Python, but not an spw.
    return isinstance(values, list | tuple) and all(type(value) is kind for value in values)
