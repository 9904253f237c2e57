"""Run the ALMA Pipeline's hifa_gfluxscale and this package's on two copies of one MeasurementSet, within the pipeline.

    export ALMA_PIPELINE=DIRECTORY ALMA_PIPELINE_PYTHON=PYTHON PYTHONPATH=tests
    python tests/benchmarks/side_by_side.py [--case NAME ...] [--write]

DIRECTORY is a checkout of the pipeline, PYTHON has its requirements; both may be left out where it is installed. All
stages from the import to the application of the calibration run, with one or the other hifa_gfluxscale among them.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helpers.pipeline_python import environment, python, run_pipeline, why_not
from pipeline_gfluxscale.simulation import SimulationPlan, simulate, standard_plan, with_system_temperatures

DOCUMENT = Path(__file__).parents[2] / "docs" / "alma_pipeline.md"
SECTION = ("<!-- side by side -->", "<!-- end of side by side -->")


def cases() -> dict[str, tuple[str, SimulationPlan]]:
    """Return what is compared: a title and a plan, by name."""
    small: dict[str, Any] = {"channels": 32, "antennas": 10, "phase_scans": 3, "catalogue_error": 0.0}
    large = small | {"channels": 480, "antennas": 16}
    noisy = small | {"noise_jy": 1.0}
    return {
        "quasar": ("a quasar as amplitude calibrator", standard_plan("quasar", wild=False, **small)),
        "callisto": ("Callisto, partly resolved", standard_plan("Callisto", wild=False, spread=3.0, **small)),
        "wild": ("a wild antenna in one scan", standard_plan("quasar", wild=True, **small)),
        "noisy": (
            "noisy data: phases of all spws together",
            standard_plan("quasar", wild=False, **noisy),
        ),
        "large": ("16 antennas, 4 spws of 480 channels", standard_plan("quasar", wild=False, **large)),
    }


def compare(plan: SimulationPlan, directory: Path) -> dict[str, Any]:
    """Simulate, run both, and return what they found and the truth."""
    (directory / "stock").mkdir(parents=True)
    os.chdir(directory)
    simulate(directory / "stock", "observed.ms", with_system_temperatures(plan))
    shutil.copytree(directory / "stock", directory / "ours")
    truth = json.loads((directory / "stock" / "observed.ms.truth.json").read_text())
    found = {stage: run_pipeline(directory / stage, stage) for stage in ("stock", "ours")}
    return found | {"truth": {(str(e["field_id"]), str(e["spw"])): e for e in truth}}


def summary(title: str, found: dict[str, Any]) -> str:
    """Return a row of the summary: the furthest from the truth of each kind, and the seconds, of stock and ours."""
    cells = [title]
    for kind in ("derived", "calibrated"):
        for stage in ("stock", "ours"):
            off = [
                100 * abs(value[0] / entry["I"] - 1)
                for (field, spw), entry in found["truth"].items()
                if (value := found[stage][kind].get(field, {}).get(spw))
            ]
            cells.append(f"{max(off):.2f} %" if off else "-")
    cells += [f"{found[stage]['seconds']:.1f}" for stage in ("stock", "ours")]
    return f"| {' | '.join(cells)} |"


def report(title: str, found: dict[str, Any]) -> str:
    """Return all that was found as Markdown, folded."""
    lines = [f"<details><summary>{title[0].upper()}{title[1:]}: all flux densities</summary>", ""]
    lines += ["| field | spw | truth (Jy) | kind | stock (Jy) | ours (Jy) | stock - truth | ours - truth |"]
    lines += ["| --- | --- | --- | --- | --- | --- | --- | --- |"]
    for (field, spw), entry in found["truth"].items():
        for kind in ("derived", "calibrated"):
            values = [found[stage][kind].get(field, {}).get(spw) for stage in ("stock", "ours")]
            if any(values):
                cells = [f"{v[0]:.4f} ± {v[1]:.4f}" if v else "-" for v in values]
                cells += [f"{100 * (v[0] / entry['I'] - 1):+.2f} %" if v else "-" for v in values]
                lines.append(f"| {entry['field']} | {spw} | {entry['I']:.4f} | {kind} | {' | '.join(cells)} |")
    lines.append("")
    for stage in ("stock", "ours"):
        outcome = found[stage]
        scores: dict[str, list[float]] = {}
        for name, score, _ in outcome["qa"]:
            scores.setdefault(name.removeprefix("gfluxscale_").removeprefix("score_"), []).append(score)
        words = ", ".join(f"{name} {min(values):.2f}" for name, values in scores.items())
        problems = "".join(f"; **{name} failed: {_last_line(tb)}**" for name, tb in outcome["failed"].items())
        lines.append(f"* {stage}: {outcome['seconds']:.1f} s; QA (lowest of each): {words or 'none'}{problems}")
    return "\n".join([*lines, "", "</details>", ""])


def _last_line(tracebacks: list[str]) -> str:
    return tracebacks[0].strip().splitlines()[-1][:200]


def main() -> None:
    """Compare, print the tables, and write them into the documentation if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--case", action="append", choices=cases(), help="default: all")
    parser.add_argument("--write", action="store_true", help=f"write the tables into {DOCUMENT.name}")
    options = parser.parse_args()
    if reason := why_not():
        sys.exit(f"The ALMA Pipeline cannot be imported: {reason}")
    reports, version = [], ""
    summaries = [
        "| observation | derived, stock | ours | calibrated, stock | ours | seconds, stock | ours |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    with tempfile.TemporaryDirectory() as root:
        for name in options.case or cases():
            title, plan = cases()[name]
            found = compare(plan, Path(root) / name)
            version = found["stock"]["version"]
            summaries.append(summary(title, found))
            reports.append(report(title, found))
            print(reports[-1], flush=True)
        os.chdir(DOCUMENT.parent)
    casa = subprocess.run(
        [python(), "-c", "import importlib.metadata as m, sys; print(m.version('casatools'), sys.version.split()[0])"],
        env=environment(), capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    ours = importlib.metadata.version("pipeline_gfluxscale")
    heading = (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with `tests/benchmarks/side_by_side.py`: ALMA Pipeline {version}, "
        f"this package {ours}, CASA {casa[0]}, Python {casa[1]}, {platform.machine()}, {os.cpu_count()} cores. The "
        "furthest from the truth of all flux densities of an observation, and the seconds of one run of "
        "hifa_gfluxscale, without WebLog:\n"
    )
    print(heading, *summaries, sep="\n")
    if options.write:
        text = DOCUMENT.read_text()
        before, rest = text.split(SECTION[0])
        after = rest.split(SECTION[1])[1]
        DOCUMENT.write_text(
            "\n".join([before + SECTION[0], "", heading, *summaries, "", *reports]) + SECTION[1] + after
        )


if __name__ == "__main__":
    main()
