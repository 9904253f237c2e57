"""What the stage costs beside the ALMA Pipeline's own and beside classic CASA calls, and how that grows with the data.

    python tests/benchmarks/stage_speed.py [--data small,medium,fdm] [--ways stock,classic,ours] [--write]

The ways, each a process of its own on a fresh copy of the same simulated MeasurementSet, with the same prior
calibration (system temperatures, bandpass and phase offsets) and without the pipeline's WebLog:

* stock: the stage of the ALMA Pipeline in the pipeline, and ours in its place; the seconds of the stage. Where there is
  no pipeline (``ALMA_PIPELINE`` and ``ALMA_PIPELINE_PYTHON``, see docs/alma_pipeline.md) this is left out, and said;
* classic: gaincal, fluxscale, setjy and applycal at full resolution, and reading CORRECTED_DATA; whole processes;
* ours: with each engine of the average, this package's and CASA's; whole processes.

`--directory` keeps the data for the next call; `--prepare` makes them and measures nothing. `--growth` measures ours on
data of more rows, channels and antennas instead.
"""

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simulated_run import markdown_table, measured_on, replace_section, scratch_directory
from stage_speed_ways import FACTS, VIS

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "performance.md"
PROGRAM = Path(__file__).with_name("stage_speed_ways.py")
SIMULATED = "simulated"

# Arguments of standard_plan; `longer` multiplies the integrations of the calibrators.
DATA: dict[str, dict[str, Any]] = {
    "small": {"antennas": 12, "channels": 128},
    "medium": {"antennas": 43, "channels": 128},
    "fdm": {"antennas": 16, "channels": 1920},
    "large": {"antennas": 16, "channels": 1920, "longer": 5},
    "rows4": {"antennas": 12, "channels": 128, "longer": 4},
    "rows16": {"antennas": 12, "channels": 128, "longer": 16},
    "channels512": {"antennas": 12, "channels": 512},
    "channels1920": {"antennas": 12, "channels": 1920},
    "antennas24": {"antennas": 24, "channels": 128},
    "antennas43": {"antennas": 43, "channels": 128},
}
GROWTH = ("small", "rows4", "rows16", "channels512", "channels1920", "antennas24", "antennas43")
WAYS = {
    "stock": ("pipeline_stock", "pipeline_ours"),
    "classic": ("classic",),
    "ours": ("ours", "ours_casa"),
}
WORDS = {
    "pipeline_stock": "ALMA Pipeline: its own stage",
    "pipeline_ours": "ALMA Pipeline: ours",
    "classic": "classic calls",
    "ours": "ours",
    "ours_casa": "ours, averaged by CASA",
}
# What each way is compared with.
RIVALS = {"pipeline_ours": "pipeline_stock", "ours": "classic", "ours_casa": "classic"}


def words_of_data(name: str) -> str:
    """Return what data a name stands for."""
    plan = DATA[name]
    longer = f", {plan['longer']} times as long" if "longer" in plan else ""
    return f"{name}: {plan['antennas']} antennas, 4 spws of {plan['channels']} channels{longer}"


def run_way(way: str, directory: Path, *arguments: str) -> dict[str, Any]:
    """Run a way as a process in a directory, and return what it found; `whole` is the seconds of the process."""
    python, environment = sys.executable, dict(os.environ)
    if way.startswith("pipeline_"):
        python = os.environ.get("ALMA_PIPELINE_PYTHON", python)
        environment |= {"PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": "python", "MPLBACKEND": "Agg"}
    paths = [str(ROOT), os.environ.get("ALMA_PIPELINE", ""), os.environ.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    start = time.perf_counter()
    with (directory / "output.txt").open("w") as output:
        done = subprocess.run(
            [python, str(PROGRAM), way, *arguments],
            cwd=directory, env=environment, stdout=output, stderr=output, check=False,
        )  # fmt: skip
    if done.returncode:
        sys.exit(f"{way} failed:\n{(directory / 'output.txt').read_text()[-3000:]}")
    found: dict[str, Any] = json.loads((directory / "found.json").read_text())
    return found | {"whole": time.perf_counter() - start}


def has_pipeline() -> str:
    """Return why the ALMA Pipeline cannot be imported; empty if it can."""
    probe = "from pipeline_gfluxscale.casa import runtime; runtime.casatasks(); import pipeline.infrastructure"
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("ALMA_PIPELINE", "")]),
        "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": "python",
        "MPLBACKEND": "Agg",
    }
    python = os.environ.get("ALMA_PIPELINE_PYTHON", sys.executable)
    done = subprocess.run([python, "-c", probe], env=environment, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["no reason given"])[-1]


def prepared(name: str) -> Path:
    """Return the directory with the data of a name, made if it is not there."""
    directory = Path(SIMULATED, name).absolute()
    if not (directory / FACTS).exists():
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        print(f"{words_of_data(name)}: simulating", flush=True)
        run_way("prepare", directory, json.dumps(DATA[name]))
    return directory


def measure(name: str, ways: Sequence[str], repeats: int) -> dict[str, dict[str, Any]]:
    """Run the ways in turns, each on a fresh copy, and return the fastest run of each."""
    source = prepared(name)
    fastest: dict[str, dict[str, Any]] = {}
    for _ in range(repeats):
        for way in ways:
            copy = Path("running").absolute()
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(source, copy)
            found = run_way(way, copy)
            shutil.rmtree(copy)
            found["counts"] = found["seconds"] if way.startswith("pipeline_") else found["whole"]
            print(f"{name}, {WORDS[way]}: {found['counts']:.1f} s", flush=True)
            if way not in fastest or found["counts"] < fastest[way]["counts"]:
                fastest[way] = found
    return fastest


def rows_of(name: str, found: dict[str, dict[str, Any]]) -> list[list[str]]:
    """Return the rows of the table about some data."""
    size = json.loads((prepared(name) / FACTS).read_text())["bytes"]
    rows = []
    for way, outcome in found.items():
        rival = found.get(RIVALS.get(way, ""))
        ratio = f"{rival['counts'] / outcome['counts']:.1f}" if rival else ""
        rows.append(
            [
                name,
                WORDS[way],
                f"{outcome['counts']:.1f}",
                ratio,
                f"{outcome['processor']:.1f}",
                f"{outcome['read'] / size:.1f}",
                f"{outcome['written'] / size:.1f}",
                f"{outcome['peak'] / 1e6:.0f}",
                ", ".join(f"{step} {seconds:.1f}" for step, seconds in outcome["steps"].items() if seconds >= 0.1),
            ]
        )
    return rows


def differences(found: dict[str, dict[str, Any]]) -> str:
    """Return by how much the calibrated flux densities differ from those of the rivals."""
    words = []
    for way, rival in RIVALS.items():
        if way in found and rival in found:
            first, second = found[way]["fluxes"], found[rival]["fluxes"]
            keys = sorted(first.keys() & second.keys())
            off = max((abs(first[key] / second[key] - 1) for key in keys), default=float("nan"))
            words.append(f"{WORDS[way]} and {WORDS[rival]}: up to {100 * off:.3f} % ({len(keys)} flux densities)")
    return "; ".join(words)


def from_truth(name: str, found: dict[str, dict[str, Any]]) -> str:
    """Return by how much the calibrated flux densities differ from those that were simulated."""
    sources = json.loads((prepared(name) / f"{VIS}.truth.json").read_text())
    truth = {f"{source['field_id']} {source['spw']}": source["I"] for source in sources}
    words = []
    for way, outcome in found.items():
        off = [flux / truth[key] - 1 for key, flux in outcome["fluxes"].items()]
        rms = math.sqrt(sum(each**2 for each in off) / len(off)) if off else math.nan
        words.append(f"{WORDS[way]} {100 * rms:.2f} %")
    return f"Rms difference from the truth: {', '.join(words)}"


def words_of_load() -> str:
    """Return how many processes of others were at work before the measurement."""
    return f"The machine's load was {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores before."


def compare(names: Sequence[str], ways: Sequence[str], repeats: int) -> str:
    """Measure, and return the table as Markdown."""
    rows, notes, version, load = [], [], "", words_of_load()
    for name in names:
        found = measure(name, ways, repeats)
        rows += rows_of(name, found)
        facts = json.loads((prepared(name) / FACTS).read_text())
        size = f"{facts['bytes'] / 1e9:.2f} GB of the calibrators' DATA in {facts['rows']} rows"
        compared = [words for words in (differences(found), from_truth(name, found)) if words]
        notes.append(f"* {words_of_data(name)}, {size}. {'. '.join(compared)}")
        version = next((each["version"] for each in found.values() if "version" in each), version)
    header = [
        "data", "what", "seconds", "times faster", "processor (s)", "read", "written", "peak memory (MB)", "steps (s)",
    ]  # fmt: skip
    pipeline = f" ALMA Pipeline {version}." if version else ""
    return (
        f"{measured_on('tests/benchmarks/stage_speed.py')}{pipeline} {load} "
        f"The fastest of {repeats}, in turns. Read and "
        "written: bytes over those of the calibrators' DATA. In the ALMA Pipeline the stage counts, otherwise the "
        "whole process. Differences are those of the calibrated flux densities.\n\n"
        + markdown_table(header, rows)
        + "\n"
        + "\n".join(notes)
        + "\n"
    )


def growth(repeats: int) -> str:
    """Measure ours on data of more rows, channels and antennas, and return the table as Markdown."""
    rows, load = [], words_of_load()
    for name in GROWTH:
        found = measure(name, ["ours"], repeats)["ours"]
        facts = json.loads((prepared(name) / FACTS).read_text())
        steps = {step: found["steps"].get(step, 0.0) for step in ("Average", "Solve", "Set models", "Measure")}
        cells = [words_of_data(name).partition(": ")[2], str(facts["rows"]), f"{facts['bytes'] / 1e9:.2f}"]
        cells += [f"{found['counts']:.1f}", f"{found['processor']:.1f}"]
        rows.append([*cells, *(f"{seconds:.1f}" for seconds in steps.values()), f"{found['peak'] / 1e6:.0f}"])
    header = [
        "data", "rows", "GB", "seconds", "processor (s)", "Average", "Solve", "Set models", "Measure", "peak (MB)",
    ]  # fmt: skip
    return f"{measured_on('tests/benchmarks/stage_speed.py --growth')} {load}\n\n{markdown_table(header, rows)}"


def _names(text: str, known: Sequence[str]) -> list[str]:
    names = text.split(",")
    if unknown := [name for name in names if name not in known]:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(known)}")
    return names


def main() -> None:
    """Measure, print, and write into the documentation if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=lambda text: _names(text, list(DATA)), default=["small", "medium", "fdm"])
    parser.add_argument("--ways", type=lambda text: _names(text, list(WAYS)), default=list(WAYS))
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--growth", action="store_true", help="measure how ours grows with the data")
    parser.add_argument("--directory", type=Path, help="keep the simulated data here, and use those that are there")
    parser.add_argument("--prepare", action="store_true", help="simulate the data only")
    parser.add_argument("--write", action="store_true", help=f"write the tables into {DOCUMENT.name}")
    options = parser.parse_args()
    with scratch_directory(options.directory):
        names = GROWTH if options.growth else options.data
        if options.prepare:
            for name in names:
                print(prepared(name))
            return
        if options.growth:
            section, text = "growth", growth(options.repeats)
        else:
            ways = [way for name in options.ways for way in WAYS[name]]
            if any(way.startswith("pipeline_") for way in ways) and (reason := has_pipeline()):
                print(f"The ALMA Pipeline cannot be imported, and is left out: {reason}")
                ways = [way for way in ways if not way.startswith("pipeline_")]
            section, text = "stage_speed", compare(names, ways, options.repeats)
    print(text)
    if options.write:
        replace_section(DOCUMENT, section, text)


if __name__ == "__main__":
    main()
