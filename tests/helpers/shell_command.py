"""The shell command ``gfluxscale`` in a process of its own."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Shell:
    """A command that was run."""

    directory: Path
    status: int
    out: str
    err: str


def gfluxscale(directory: Path, *arguments: object, columns: int = 80, **variables: str) -> Shell:
    """Run the command in a process of its own, with some variables in its environment."""
    command = [sys.executable, "-c", "from pipeline_gfluxscale.cli.main import main; main()", *map(str, arguments)]
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path)), "COLUMNS": str(columns), "PATH": "/usr/bin:/bin"}
    environment |= {"HOME": str(Path.home())} | variables
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, env=environment, check=False)
    return Shell(directory, done.returncode, done.stdout, done.stderr)
