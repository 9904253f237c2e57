"""The WebLog of a run."""

from pathlib import Path

from ..infrastructure.context import Context, StageRecord
from ..tasks.gfluxscale.serialization import results_from_dict
from . import page
from .index import write_index
from .stage_page import render_stage
from .templates import copy_static


def render_context(context: Context, output_dir: str | Path | None = None) -> Path:
    """Write the WebLog of a run: the pages of its stages, and the index page that lists them with their scores.

    Parameters
    ----------
    context : Context
    output_dir : path, optional
        Directory of the WebLog. Default: ``weblog`` in the working directory.

    Returns
    -------
    Path
        The index page.
    """
    weblog = Path(output_dir or context.output_dir / "weblog").expanduser().absolute()
    weblog.mkdir(parents=True, exist_ok=True)
    copy_static(weblog / "static")
    for record in context.records:
        _render(record, weblog)
    return write_index(weblog)


def _render(record: StageRecord, weblog: Path) -> Path:
    if record.command in ("hifa_gfluxscale", "session_gfluxscale"):
        return page.render(results_from_dict(record.results), weblog, stage=record.number)
    return render_stage(record, weblog)
