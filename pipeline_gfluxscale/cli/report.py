"""Print results in a terminal, and write them to files."""

from pathlib import Path
from typing import Any

from rich.console import Console

from ..pipeline.basetask import ResultsList


def print_results(results: ResultsList[Any], console: Console | None = None) -> None:
    """Print the report of the results."""
    console = console or Console()
    for part in results.report():
        console.print(part)


def export(
    results: ResultsList[Any],
    json_file: Path | None = None,
    table_file: Path | None = None,
    flux_file: Path | None = None,
) -> None:
    """Write results to files; a path that is None is skipped."""
    from ..files.export import write_derived_flux_csv, write_ecsv, write_json

    measurements = [(of_ms.vis, m) for of_ms in results for m in of_ms.measurements]
    if json_file:
        write_json(json_file, results.to_dict())
    if table_file:
        references = [(of_ms.vis, flux) for of_ms in results for flux in of_ms.reference_fluxes]
        content = results.to_dict()
        qa = [{"vis": of_ms["vis"], **score} for of_ms in content["results"] for score in of_ms["qa"]]
        blocks = content.get("agreement", {}).get("blocks", [])
        write_ecsv(table_file, measurements, references, {"qa": qa, "blocks": blocks})
    if flux_file:
        write_derived_flux_csv(flux_file, measurements)
