"""Results as a person reads them in a terminal."""

from collections.abc import Iterable

from rich.console import Console

from ..infrastructure.basetask import Results
from ..infrastructure.display import report


def print_results(results: Iterable[Results], console: Console | None = None) -> None:
    """Print the results of each MeasurementSet: what was found, the scores, and what was noticed."""
    console = console or Console()
    for each in results:
        console.print(report(each))
