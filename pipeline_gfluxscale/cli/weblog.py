"""``gfluxscale weblog``: render the page of saved results."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ..pipeline.basetask import ResultsList
    from ..pipeline.context import Context
    from ..stages.gfluxscale.results import GFluxscaleResults

LOG = logging.getLogger(__name__)


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--output-dir", type=click.Path(path_type=Path), help="Directory of the WebLog [default: 'weblog' beside RESULTS]."
)
@click.option("--open", "open_page", is_flag=True, help="Open the page in a browser.")
def weblog(results: Path, output_dir: Path | None, open_page: bool) -> None:
    """Render the WebLog page of RESULTS, a JSON file that --json of 'gfluxscale run' wrote."""
    from ..stages.gfluxscale.serialization import read_results
    from ..system.outputs import check_output_directory

    directory = check_output_directory("--output-dir", output_dir or results.absolute().parent / "weblog")
    show_weblog(read_results(results), directory, open_page=open_page)


def show_weblog(results: "ResultsList[GFluxscaleResults]", directory: Path, *, open_page: bool = False) -> None:
    """Render results, print the path of the page, and with `open_page` open it in a browser."""
    from ..weblog.page import render

    page = render(results, directory)
    click.echo(f"WebLog: {page}")
    if open_page:
        click.launch(page.as_uri())


def show_context_weblog(context: "Context", *, quiet: bool = False) -> None:
    """Render the WebLog of a run that has stages, and print the path of its index page."""
    from ..weblog.run_pages import render_context

    if context.records:
        index = render_context(context)
        if not quiet:
            click.echo(f"WebLog: {index}")


def render_stage_weblog(context: "Context") -> None:
    """Render the page of the stage that was run last, if the context has `weblog` set."""
    from ..weblog.run_pages import render_last_stage

    if context.weblog and context.records:
        LOG.info("WebLog: %s", render_last_stage(context))
