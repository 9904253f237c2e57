"""``gfluxscale schema``: the JSON schemas of the files that the other commands write."""

import json
from typing import Any

import click

FILES = {
    "results": "the file of --json of 'gfluxscale run'",
    "comparison": "the file of --json of 'gfluxscale compare'",
}


@click.command()
@click.argument("file", type=click.Choice(list(FILES)), default="results")
def schema(file: str) -> None:
    """Print the JSON schema (draft 2020-12) of FILE: 'results' of 'gfluxscale run', or 'comparison'.

    The package has the same schemas as files, in its folder 'schemas'.
    """
    click.echo(json.dumps(schema_of_file(file), indent=1))


def schema_of_file(file: str) -> dict[str, Any]:
    """Return the schema of a file of `FILES`."""
    from ..files.json_schema import schema_of
    from ..stages.comparison.compare import Comparison
    from ..stages.gfluxscale.results import GFluxscaleResultsFile

    return schema_of({"results": GFluxscaleResultsFile, "comparison": Comparison}[file])
