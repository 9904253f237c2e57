"""Render the WebLog of a run."""

from pathlib import Path

from ..pipeline.context import Context, StageRecord
from ..stages.gfluxscale.serialization import decoded_results
from ..system.outputs import WEBLOG
from . import page as gfluxscale_page
from .index import write_index
from .page_files import writing
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
    weblog = Path(output_dir or default_directory(context)).expanduser().absolute()
    with writing(weblog):
        for record in context.records:
            _render(record, weblog, context)
        return write_index(weblog)


def render_last_stage(context: Context) -> Path:
    """Write the page of the stage that was run last, and the index page.

    Returns
    -------
    Path
        The page.
    """
    weblog = default_directory(context)
    with writing(weblog):
        page = _render(context.records[-1], weblog, context)
        write_index(weblog)
    return page


def default_directory(context: Context) -> Path:
    """Return the directory of the WebLog of a run."""
    return context.output_dir / WEBLOG


def _render(record: StageRecord, weblog: Path, context: Context) -> Path:
    copy_static(weblog / "static")
    if record.command in ("hifa_gfluxscale", "session_gfluxscale"):
        results = decoded_results(record.results, f"stage {record.number}, {record.command}")
        return gfluxscale_page.write_page(results, weblog, record.number)
    return render_stage(record, weblog, plots=context.plotlevel != "summary")
