"""Values of calibration parameters in a text file, checked one by one."""

import ast
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from ..domain.intents import pipeline_words
from ..domain.selection import parse_ids
from ..errors import FileFormatError, InputError, shown

T = TypeVar("T")

#: What `literal` raises for anything but literals.
NOT_LITERAL = (ValueError, TypeError, SyntaxError, RecursionError, MemoryError)


def literal(text: str) -> Any:
    """Return the value of a Python literal; Python's warnings, as about ``1a``, would reach the terminal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.literal_eval(text)


def significant_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the numbered lines that are neither blank nor comments, without blanks around them."""
    for number, line in enumerate(text.split("\n"), start=1):
        if (stripped := line.strip()) and not stripped.startswith("#"):
            yield number, stripped


@dataclass(frozen=True)
class Place:
    """A line of a file, to complain about."""

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
    """The values of a statement or line by parameter, read with a check of their type."""

    values: Mapping[str, Any]
    place: Place

    def error(self, name: str, problem: str) -> FileFormatError:
        """Return the error that a parameter has a `problem`."""
        return self.place.error(f"{name}={shown(self.values.get(name))}", problem)

    def require_blank(self, names: Iterable[str]) -> None:
        """Refuse what would narrow the data that tables are applied to."""
        for name in names:
            given = self.values.get(name)
            # 0 is not blank: it is the id of an observation.
            if given is not False and given not in (None, "", []):
                raise self.error(name, "is not supported: tables are applied to all of a field's data")

    def selection(self, name: str) -> str:
        """Return a CASA selection, which may be a string, an id or a list of either."""
        given = self.values.get(name, "")
        items = given if isinstance(given, list | tuple) else [given]
        if any(isinstance(item, bool) or not isinstance(item, str | int) for item in items):
            raise self.error(name, "is not a selection")
        return ",".join(str(item) for item in items)

    def spw(self) -> str:
        """Return a selection of spws that `parse_ids` understands."""
        selection = self.selection("spw")
        try:
            parse_ids(selection)
        except InputError:
            raise self.error("spw", "does not select spws by id") from None
        return selection

    def intent(self) -> str:
        """Return the selection of intents in the pipeline's words."""
        return pipeline_words(self.selection("intent"))

    def text(self, name: str) -> str:
        """Return a string; blank if it is not given."""
        given = self.values.get(name, "")
        if not isinstance(given, str):
            raise self.error(name, "is not a string")
        return given

    def texts(self, name: str) -> list[str]:
        """Return strings that may be given as one."""
        given = self.values.get(name, "")
        items = [given] if isinstance(given, str) else given
        if not _is_list_of(items, str):
            raise self.error(name, "is not a list of strings")
        return [] if given == "" else list(items)

    def flag(self, name: str) -> bool:
        """Return a boolean; True if it is not given."""
        given = self.values.get(name, True)
        if not isinstance(given, bool):
            raise self.error(name, "is neither True nor False")
        return given

    def flags(self, name: str) -> list[bool]:
        """Return booleans that may be given as one."""
        given = self.values.get(name, True)
        items = [given] if isinstance(given, bool) else given
        if not _is_list_of(items, bool):
            raise self.error(name, "is not a list of True and False")
        return list(items)

    def whole_numbers(self, name: str) -> tuple[int, ...]:
        """Return a list of ids; empty if it is not given."""
        given = self.values.get(name, [])
        if not _is_list_of(given, int):
            raise self.error(name, "is not a list of whole numbers")
        return tuple(given)

    def spwmaps(self) -> list[tuple[int, ...]]:
        """Return spw maps that may be given as one."""
        given = self.values.get("spwmap", [])
        # CASA's own default of a map that is not given is a blank string.
        given = [] if given == "" else given
        maps = [given] if given and _is_list_of(given, int) else given
        if not isinstance(maps, list | tuple) or not all(m == "" or _is_list_of(m, int) for m in maps):
            raise self.error("spwmap", "is neither a list of spws nor a list of such lists")
        return [tuple(m) for m in maps]

    def one_a_table(self, name: str, values: Sequence[T], num_tables: int, default: T) -> list[T]:
        """Complete the values of a list parameter with its default."""
        if any(values[num_tables:]):
            raise self.error(name, f"has more entries than there are tables ({num_tables})")
        return [*values[:num_tables], *[default] * (num_tables - len(values))]


def _is_list_of(values: object, kind: type) -> bool:
    # True is an int to Python, but no spw.
    return isinstance(values, list | tuple) and all(type(value) is kind for value in values)
