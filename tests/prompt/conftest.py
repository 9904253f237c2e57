"""A real CASA prompt: casashell in a terminal of its own."""

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import pipeline_gfluxscale
from pipeline_gfluxscale.simulation import SimulationPlan, standard_plan

PLAN: SimulationPlan = standard_plan("quasar", antennas=8, channels=8, phase_scans=2)

_PROMPT = r"CASA <\d+>: "
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\r")


def documented_configuration() -> str:
    """Return the commands that docs/prompt.md gives for CASA's configuration."""
    page = (Path(pipeline_gfluxscale.__file__).parents[1] / "docs" / "prompt.md").read_text(encoding="utf-8")
    (commands,) = re.findall(r"```bash\n(mkdir .*?)```", page, flags=re.DOTALL)
    return commands


class CasaPrompt:
    """Types lines at a CASA prompt, and reads the output."""

    def __init__(self, directory: Path):
        import pexpect

        self.directory = directory
        options = ["--nologger", "--nogui", "--agg", "--colors", "NoColor"]
        root = str(Path(pipeline_gfluxscale.__file__).parents[1])
        # Without it IPython redraws the line at every key.
        environment = {**os.environ, "PYTHONPATH": root, "IPY_TEST_SIMPLE_PROMPT": "1", "HOME": str(directory)}
        subprocess.run(["bash", "-ec", documented_configuration()], env=environment, cwd=directory, check=True)
        self._shell = pexpect.spawn(
            sys.executable,
            ["-m", "casashell", *options],
            cwd=directory,
            env=environment,
            encoding="utf-8",
            timeout=300,
            dimensions=(60, 200),
        )
        self._shell.expect(_PROMPT)

    def type(self, line: str) -> str:
        """Type a line, and return the output until the next prompt."""
        self._shell.sendline(line)
        return self._shown()

    def interrupt(self, line: str, when: str) -> str:
        """Type a line, and Ctrl-C when some words are shown."""
        self._shell.sendline(line)
        self._shell.expect(when)
        self._shell.sendintr()
        return self._shown()

    def _shown(self) -> str:
        self._shell.expect(_PROMPT)
        return _CONTROL.sub("", self._shell.before)

    def close(self) -> None:
        self._shell.close(force=True)


@pytest.fixture(scope="session")
def casa(tmp_path_factory, copied: Callable[..., Path]) -> Iterator[CasaPrompt]:
    """Return a CASA prompt in a directory with ``observed.ms`` and its flux.csv."""
    for module in ("casashell", "pexpect", "casadata"):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed: no CASA prompt to type at")
    directory = tmp_path_factory.mktemp("prompt")
    copied(PLAN, directory)
    prompt = CasaPrompt(directory)
    yield prompt
    prompt.close()
