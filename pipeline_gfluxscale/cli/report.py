"""Print results in a terminal."""

from collections.abc import Iterable

from rich.console import Console

from ..pipeline.basetask import Results
from ..pipeline.display import joint_report, report


def print_results(results: Iterable[Results], console: Console | None = None) -> None:
    """Print the results of each MeasurementSet: the summary, the scores and the notes."""
    console = console or Console()
    listed = list(results)
    for of_ms in listed:
        console.print(report(of_ms))
    for part in joint_report(listed):
        console.print(part)
