"""Render the WebLog of a run from what its context keeps."""

from pathlib import Path

from ..errors import InputError
from ..infrastructure.context import Context
from ..tasks.gfluxscale.serialization import results_from_dict
from .page import TASK, render


def render_context(context: Context) -> Path:
    """Render the pages of the stages that have one, in ``weblog`` in the working directory.

    Parameters
    ----------
    context : Context

    Returns
    -------
    Path
        The last page.

    Raises
    ------
    InputError
        No stage with a page was run.
    """
    page = None
    for record in context.records:
        if record.command == TASK:
            page = render(results_from_dict(record.results), context.output_dir / "weblog", stage=record.number)
    if page is None:
        raise InputError("context", context.name, f"no {TASK} was run: there is nothing to show")
    return page
