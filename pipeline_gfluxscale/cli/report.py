"""Print results in a terminal."""

from typing import Any

from rich.console import Console

from ..pipeline.basetask import ResultsList


def print_results(results: ResultsList[Any], console: Console | None = None) -> None:
    """Print the report of the results."""
    console = console or Console()
    for part in results.report():
        console.print(part)
