"""Find a Python that can import the ALMA Pipeline, and run the pipeline with it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tests" / "hosts" / "alma_pipeline_run.py"


def environment() -> dict[str, str]:
    """Return the environment of the pipeline's Python: with this package, and a checkout of the pipeline.

    ``ALMA_PIPELINE`` names the checkout, where the pipeline is not installed.
    """
    paths = [str(ROOT), os.environ.get("ALMA_PIPELINE", ""), os.environ.get("PYTHONPATH", "")]
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": "python",
        "MPLBACKEND": "Agg",
    }


def python() -> str:
    """Return the Python that has the pipeline's requirements: ``ALMA_PIPELINE_PYTHON``, or the present one."""
    return os.environ.get("ALMA_PIPELINE_PYTHON", sys.executable)


def why_not() -> str:
    """Return why the pipeline cannot be imported; empty if it can."""
    probe = "from pipeline_gfluxscale.casa import runtime; runtime.casatasks(); import pipeline.infrastructure"
    done = subprocess.run([python(), "-c", probe], env=environment(), capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["no reason given"])[-1]


def run_pipeline(directory: Path, stage: str, *options: str) -> dict[str, Any]:
    """Run the chain with the ``'stock'`` stage or ``'ours'`` in a directory, and return its results."""
    with (directory / f"{stage}.log").open("w") as log:
        subprocess.run(
            [python(), str(SCRIPT), stage, *options],
            cwd=directory,
            env=environment(),
            stdout=log,
            stderr=log,
            check=True,
        )
    found: dict[str, Any] = json.loads((directory / "outcome.json").read_text())
    return found
