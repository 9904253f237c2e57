"""The index page of the WebLog: the stages, with their lowest scores."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..domain.qa import QAScore
from ..domain.selection import is_id
from ..errors import GFluxscaleError
from ..files.json_input import read_json
from ..files.typed_json import decode, encode
from ..system.atomic import write_text_atomically
from .templates import STANDALONE, fill

_STAGES = "stages.json"


@dataclass(frozen=True)
class Entry:
    """A stage in the list of stages.

    Attributes
    ----------
    task, title : str
    page : str
        Address of its page within the WebLog; empty if it has none.
    vis : list of str
        Names of the MeasurementSets.
    errors : int
        Number of MeasurementSets that failed.
    score, band, shortmsg
        The lowest score; None without scores.
    """

    task: str
    title: str
    page: str
    vis: list[str]
    errors: int
    score: float | None
    band: str | None
    shortmsg: str | None


def entry(
    task: str, page: str, scores: Sequence[QAScore], *, title: str = "", vis: Sequence[str] = (), errors: int = 0
) -> Entry:
    """Return the entry of a stage; by default its MeasurementSets are the ones to which the scores apply."""
    worst = min(scores, key=lambda score: score.score, default=None)
    names = list(vis) or sorted({score.applies_to.vis for score in scores})
    of_worst = (worst.score, worst.band, worst.shortmsg) if worst else (None, None, None)
    return Entry(task, title, page, names, errors, *of_worst)


def add_to_index(weblog: Path, stage: int, described: Entry) -> None:
    """Add a stage to the list of stages."""
    stages = _known_stages(weblog / _STAGES) | {str(stage): described}
    write_text_atomically(weblog / _STAGES, json.dumps(encode(stages), indent=1) + "\n")


def write_index(weblog: Path) -> Path:
    """Write the index page of all stages in the list; return its path."""
    ordered = sorted(_known_stages(weblog / _STAGES).items(), key=lambda item: int(item[0]))
    index = weblog / "index.html"
    content = {"stages": ordered, "title": "WebLog", "task": "", "static": "static", "index": ""}
    write_text_atomically(index, fill("index.mako", layout=STANDALONE, **content))
    return index


def _known_stages(path: Path) -> dict[str, Entry]:
    """Return the stages that were rendered before, without entries that cannot be read or name pages elsewhere."""
    content: Any = {}
    with suppress(GFluxscaleError):
        content = read_json(path, "weblog") if path.is_file() else {}
    known: dict[str, Entry] = {}
    for number, stored in content.items() if isinstance(content, dict) else ():
        with suppress(GFluxscaleError):
            stage = decode(Entry, stored, str(path))
            if is_id(number) and (not stage.page or _is_page(path.parent, stage.page)):
                known[number] = stage
    return known


def _is_page(weblog: Path, name: str) -> bool:
    """Return whether a name, which may come from someone else's list, is a page of this WebLog."""
    try:
        page = (weblog / name).resolve()
        return page.is_file() and page.is_relative_to(weblog.resolve())
    except (OSError, ValueError):  # no path: too long, or with a NUL
        return False
