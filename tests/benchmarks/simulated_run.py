"""Simulate an observation and run the stage on it: what the benchmark scripts have in common."""

import contextlib
import json
import logging
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from pipeline_gfluxscale import hifa_gfluxscale
from pipeline_gfluxscale.casa import runtime
from pipeline_gfluxscale.simulation import SimulationPlan, simulate
from pipeline_gfluxscale.stages.gfluxscale.results import GFluxscaleResults

ROLES = ("BANDPASS", "PHASE", "CHECK")


class SimulatedRun(NamedTuple):
    """The results of the stage, the true flux densities (Jy) by field id and spw, and the true spix by field id."""

    results: GFluxscaleResults
    flux: dict[tuple[int, int], float]
    spix: dict[int, float]


@contextlib.contextmanager
def scratch_directory(kept: Path | None = None) -> Iterator[None]:
    """Work in a directory that is deleted at the end, or in one that is kept."""
    logging.basicConfig(level=logging.ERROR)
    before = Path.cwd()
    directory = tempfile.mkdtemp(prefix="gfluxscale_benchmark_") if kept is None else str(kept)
    os.makedirs(directory, exist_ok=True)
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(before)
        if kept is None:
            shutil.rmtree(directory, ignore_errors=True)


def run(plan: SimulationPlan, **arguments: Any) -> SimulatedRun:
    """Simulate `plan` in the current directory, and run the stage on it without prior calibration."""
    simulation = simulate(Path(), "benchmark.ms", plan, overwrite=True)
    for table in Path().glob("*.tbl"):
        shutil.rmtree(table)
    (results,) = hifa_gfluxscale(str(simulation.vis), **arguments)
    truth = json.loads(simulation.truth.read_text())
    return SimulatedRun(
        results,
        {(entry["field_id"], entry["spw"]): entry["I"] for entry in truth},
        {entry["field_id"]: entry["spix"] for entry in truth},
    )


def measured_on(script: str) -> str:
    """Return a sentence on when, with what and on what machine something was measured."""
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with `{script}`, CASA {runtime.casatools().version_string()}, "
        f"Python {platform.python_version()}, {platform.machine()}, {len(os.sched_getaffinity(0))} cores."
    )


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def replace_section(path: Path, name: str, text: str) -> None:
    """Replace what is between ``<!-- name -->`` and ``<!-- end of name -->`` in a document; append it if need be."""
    start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    before = path.read_text() if path.exists() else ""
    section = f"{start}{text}{end}"
    if start in before:
        head, _, rest = before.partition(start)
        path.write_text(head + section + rest.partition(end)[2])
    else:
        path.write_text(f"{before}\n{section}")
