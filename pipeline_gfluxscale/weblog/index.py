"""The index page of the WebLog: its stages, and the lowest score of each."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..domain.qa import QAScore
from ..system.atomic import write_text_atomically
from .templates import STANDALONE, fill

_STAGES = "stages.json"


def entry(task: str, page: str, scores: Sequence[QAScore], **more: Any) -> dict[str, Any]:
    """Return a stage as the list of stages has it; `page` is empty for one that has none."""
    worst = min(scores, key=lambda score: score.score, default=None)
    found = {"task": task, "title": "", "page": page, "vis": sorted({s.applies_to.vis for s in scores}), "errors": 0}
    of_worst = ("score", "band", "shortmsg")
    return found | {name: None if worst is None else getattr(worst, name) for name in of_worst} | more


def add_to_index(weblog: Path, stage: int, described: Mapping[str, Any]) -> None:
    """Add a stage, as `entry` describes it, to the list of stages."""
    stages = _known_stages(weblog / _STAGES) | {str(stage): described}
    write_text_atomically(weblog / _STAGES, json.dumps(stages, indent=1) + "\n")


def write_index(weblog: Path) -> Path:
    """Write the index page of all stages in the list, and return it."""
    ordered = sorted(_known_stages(weblog / _STAGES).items(), key=lambda item: int(item[0]))
    index = weblog / "index.html"
    content = {"stages": ordered, "title": "WebLog", "task": "", "static": "static", "index": ""}
    write_text_atomically(index, fill("index.mako", layout=STANDALONE, **content))
    return index


def _is_page(weblog: Path, name: str) -> bool:
    """Return whether a list of stages, which may come from someone else, names a page of this WebLog."""
    page = (weblog / name).resolve()
    return page.is_file() and page.is_relative_to(weblog.resolve())


def _known_stages(path: Path) -> dict[str, Mapping[str, Any]]:
    """Return the stages that were rendered before; a list that cannot be read is started afresh."""
    wanted = set(entry("", "", ()))
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {
            number: each
            for number, each in content.items()
            if number.isdigit() and wanted <= set(each) and (not each["page"] or _is_page(path.parent, each["page"]))
        }
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
