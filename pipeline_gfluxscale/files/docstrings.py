"""Read the descriptions of a class and its attributes from docstrings, for the JSON schema."""

import inspect
import re
from typing import Any

_NAMES = re.compile(r"^(\w+(?:, \w+)*)(?: : .*)?$")


def summary_of(documented: Any) -> str:
    """Return the first paragraph of a docstring on one line; blank without one."""
    return _on_one_line((inspect.getdoc(documented) or "").split("\n\n")[0])


def attributes_of(kind: type) -> dict[str, str]:
    """Return the descriptions in the sections "Attributes" of a class and its base classes, by name."""
    described: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        _, _, section = inspect.cleandoc(base.__doc__ or "").partition("Attributes\n----------\n")
        names: list[str] = []
        for line in section.split("\n"):
            if line.startswith(" "):
                described |= {name: _on_one_line(f"{described.get(name, '')} {line}") for name in names}
            elif heading := _NAMES.match(line):
                names = heading[1].split(", ")
                described |= dict.fromkeys(names, "")
    return {name: text for name, text in described.items() if text}


def _on_one_line(text: str) -> str:
    return re.sub(r"``(.*?)``", r"\1", " ".join(text.split()))
