"""``gfluxscale demo``: simulate, calibrate, and compare with the truth."""

import json
import time
from pathlib import Path
from typing import Any

import click
from rich import box
from rich.console import Console
from rich.table import Table

from .simulate import simulate_with, simulation_options
from .verbosity import verbose_option


@click.command()
@click.option(
    "--output-dir", type=click.Path(path_type=Path), default="demo", show_default=True, help="Working directory."
)
@click.option("--open", "open_page", is_flag=True, help="Open the WebLog page in a browser.")
@simulation_options
@verbose_option
def demo(output_dir: Path, open_page: bool, **options: Any) -> None:
    """Simulate an ALMA execution block, run the stage on it, and print the flux densities with the truth.

    The data are raw, and the package's recipe makes their prior calibration. With --plain the data need a bandpass
    only, which is solved for and applied as prior calibration.
    """
    from ..simulation.bandpass import solve_bandpass
    from ..system.logs import console_logging
    from .prompt import hifa_gfluxscale
    from .raw_data import with_prior_calibration
    from .report import export, print_results
    from .weblog import show_weblog

    console = Console()
    start = time.perf_counter()
    console.print("Simulating an execution block")
    with console_logging(results_shown=True):
        simulation = simulate_with(output_dir, overwrite=True, **options)
        calstate = solve_bandpass(simulation.vis) if options["alma"] is False else None
        console.print(f"Simulated {simulation.vis} in {time.perf_counter() - start:.1f} s")
        if calstate is not None:
            results = hifa_gfluxscale(str(simulation.vis), calstate=calstate, output_dir=output_dir)
        else:
            results = with_prior_calibration(hifa_gfluxscale, (simulation.vis,), output_dir, {}, with_weblog=False)
    print_results(results, console)
    console.print(_comparison(results, json.loads(simulation.truth.read_text())))
    json_file = output_dir / "results.json"
    export(results, json_file, output_dir / "fluxes.ecsv")
    show_weblog(results, output_dir / "weblog", open_page=open_page)
    console.print(f"Results: {json_file}; total time {time.perf_counter() - start:.1f} s")
    if results.failed:
        raise SystemExit(1)


def _comparison(results: Any, truth: list[dict[str, Any]]) -> Table:
    """Return a table of the flux densities (Jy) and the simulated truth."""
    true = {(entry["field_id"], entry["spw"]): entry["I"] for entry in truth}
    table = Table(title="Against the simulated truth (Jy)", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Field", no_wrap=True)
    for name in ("Spw", "Derived", "Calibrated", "± total", "Catalogue", "Truth", "Off by"):
        table.add_column(name, justify="right", no_wrap=True)
    for of_ms in results:
        for m in of_ms.measurements:
            known = true[m.field_id, m.spw]
            calibrated = m.calibrated
            error = calibrated.total_uncertainty if calibrated else float("nan")
            table.add_row(
                m.field,
                str(m.spw),
                f"{m.derived.stokes.I:.4f}" if m.derived else "-",
                f"{calibrated.stokes.I:.4f}" if calibrated else "-",
                f"{error:.4f}" if calibrated else "-",
                f"{m.catalogue.stokes.I:.4f}" if m.catalogue else "-",
                f"{known:.4f}",
                f"{(calibrated.stokes.I - known) / error:+.1f} σ" if calibrated and error > 0 else "-",
            )
    return table
