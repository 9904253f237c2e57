"""Two runs on one MeasurementSet at the same time: each is right or refused, and the MeasurementSet is well."""

import json
import os
import subprocess
import sys

import pytest

from helpers import paired_runs
from helpers.shell_command import gfluxscale
from helpers.small_observation import PLAN
from pipeline_gfluxscale import hifa_gfluxscale
from pipeline_gfluxscale.errors import InputError
from pipeline_gfluxscale.pipeline.ownership import owning


def test_two_runs_by_two_names_in_two_directories(observation, tmp_path):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, paired_runs.__file__, str(observation(PLAN)), str(tmp_path), "2", "1"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1]) == {"right and right": 2, "damaged": 0, "aborted": 0}


def test_the_second_run_is_refused_in_a_line(vis, tmp_path):
    before = {path.name for path in tmp_path.iterdir()}
    with owning([vis]):
        done = gfluxscale(tmp_path, "run", vis, "--lock-timeout", "0.5", columns=500)
    assert done.status == 1
    assert f"Error: {vis} is still in use by another run, process {os.getpid()} on" in done.err
    assert {path.name for path in tmp_path.iterdir() if not path.name.startswith("casa-")} == before


def test_a_link_to_an_ms_of_the_call_is_an_error(vis, tmp_path):
    (tmp_path / "link.ms").symlink_to(vis)
    with pytest.raises(InputError, match=r"link\.ms.*named twice"):
        hifa_gfluxscale([vis, "link.ms"])
    assert not (tmp_path / "casa_commands.log").exists()
