"""Results as a person reads them in a terminal."""

from collections.abc import Iterable

from rich.console import Console

from ..pipeline.basetask import Results
from ..pipeline.display import joint_report, report


def print_results(results: Iterable[Results], console: Console | None = None) -> None:
    """Print the results of each MeasurementSet: what was found, the scores, and what was noticed."""
    console = console or Console()
    listed = list(results)
    for each in listed:
        console.print(report(each))
    for part in joint_report(listed):
        console.print(part)
