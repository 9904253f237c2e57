"""CASA's log, with and without casatasks; each test is a process of its own, as the log is the process's."""

import subprocess
import sys

import pytest

POST = "runtime.casalog().post('posted', 'INFO')\n"
STEPS = {
    "of the tools": "",
    "after another log has become global": "other = tools.logsink(); other.setglobal(True); del other\n",
    "of the tasks": "runtime.casatasks()\n",
    "of tasks that the user has imported": "import casatasks\n",
}


@pytest.mark.parametrize("moved", [False, True], ids=["first file", "another file"])
@pytest.mark.parametrize("steps", STEPS.values(), ids=STEPS)
def test_messages_of_casa_and_of_this_package_are_in_one_file(tmp_path, steps, moved):
    program = f"""
from pathlib import Path
from pipeline_gfluxscale.casa import runtime
tools = runtime.casatools()
{"runtime.log_to(Path('moved.log'))" if moved else ""}
{steps}{"runtime.log_to(Path('moved.log'))" if moved and "import casatasks" in steps else ""}
{POST}
tools.logsink()
try:
    tools.calibrater().open("missing.ms")
except RuntimeError:
    pass
{POST}print(runtime.casalog().logfile())
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    (log,) = tmp_path.glob("moved.log" if moved else "casa-*.log")
    assert done.stdout.strip() == str(log)
    lines = log.read_text().splitlines()
    assert sum(line.endswith("posted") for line in lines) == 2
    if "other" not in steps or not moved:  # the file of another's log is that other's choice
        assert any("Opening MS: missing.ms" in line for line in lines)
