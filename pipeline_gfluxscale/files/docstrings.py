"""What docstrings say of a class and its attributes, for descriptions of the files that it is saved in."""

import inspect
import re
from typing import Any

_NAMES = re.compile(r"^(\w+(?:, \w+)*)(?: : .*)?$")


def summary_of(documented: Any) -> str:
    """Return the first paragraph of a docstring on one line; blank without one."""
    return _on_one_line((inspect.getdoc(documented) or "").split("\n\n")[0])


def attributes_of(kind: type) -> dict[str, str]:
    """Return what the section "Attributes" of a numpydoc docstring says, by name; also that of base classes."""
    found: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        _, _, section = inspect.cleandoc(each.__doc__ or "").partition("Attributes\n----------\n")
        names: list[str] = []
        for line in section.split("\n"):
            if line.startswith(" "):
                found |= {name: _on_one_line(f"{found.get(name, '')} {line}") for name in names}
            elif heading := _NAMES.match(line):
                names = heading[1].split(", ")
                found |= dict.fromkeys(names, "")
    return {name: text for name, text in found.items() if text}


def _on_one_line(text: str) -> str:
    return re.sub(r"``(.*?)``", r"\1", " ".join(text.split()))
