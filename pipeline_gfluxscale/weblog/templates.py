"""The templates and static files of the WebLog."""

import re
from pathlib import Path
from typing import Any

from ..system.atomic import write_text_atomically

STANDALONE = "layout_standalone.mako"

_PACKAGE = Path(__file__).parents[1]


def templates_directory() -> Path:
    """Return the directory of the templates: in the installed package, or beside the package in a git checkout."""
    installed = _PACKAGE / "weblog_templates"
    return installed if installed.is_dir() else _PACKAGE.parent / "weblog_templates"


def fill(template: str, **content: Any) -> str:
    """Return the text of a template with its variables filled in; values are escaped by default."""
    from mako.lookup import TemplateLookup

    lookup = TemplateLookup(
        directories=[str(templates_directory())], default_filters=["h"], input_encoding="utf-8", strict_undefined=True
    )
    text: str = lookup.get_template(template).render_unicode(**content)
    return text


def copy_static(directory: Path, rem_px: float | None = None) -> None:
    """Copy the style sheet and the script of the pages into a directory.

    Parameters
    ----------
    directory : Path
    rem_px : float, optional
        Size of a rem (px), for pages of the ALMA Pipeline, which set another size. Default: the size that the reader
        has set.
    """
    directory.mkdir(parents=True, exist_ok=True)
    for file in sorted((templates_directory() / "static").iterdir()):
        text = file.read_text(encoding="utf-8")
        if rem_px is not None and file.suffix == ".css":
            text = re.sub(r"([\d.]+)rem\b", lambda match: f"{float(match[1]) * rem_px:g}px", text)
        write_text_atomically(directory / file.name, text, durable=False)
