"""No room on the disk: found before any work, and survived in the middle of it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.fingerprints import changes, fingerprint
from helpers.small_observation import PLAN
from pipeline_gfluxscale import hifa_gfluxscale
from pipeline_gfluxscale.casa import models
from pipeline_gfluxscale.domain.flux import StokesFlux
from pipeline_gfluxscale.errors import NotEnoughDiskSpaceError

_RUN = """
import sys
from pipeline_gfluxscale import hifa_gfluxscale
from pipeline_gfluxscale.stages.shared import disk_space
if sys.argv[3] == "unexpected":
    disk_space._require = lambda *_: None
results = hifa_gfluxscale(sys.argv[1], output_dir=sys.argv[2])
print("ERROR", results[0].error)
"""


@pytest.fixture
def small_disk(tmp_path):
    """Return a function that mounts a disk of so many MB; it is gone at the end."""
    mounted = []

    def mount(megabytes: float) -> Path:
        disk = tmp_path / "disk"
        disk.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={int(megabytes * 1024)}k", "tmpfs", str(disk)]
        if os.getuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
            pytest.skip("a disk can be mounted by root only")
        mounted.append(disk)
        return disk

    yield mount
    for disk in mounted:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def run_in_another_process(vis: Path, output_dir: Path, how: str) -> subprocess.CompletedProcess[str]:
    """Run the stage where CASA may take the process down."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", _RUN, str(vis), str(output_dir), how]
    return subprocess.run(command, env=environment, cwd=vis.parent, capture_output=True, text=True, check=False)


def test_found_before_any_work(vis, small_disk):
    disk = small_disk(2)
    before = fingerprint(vis)
    with pytest.raises(NotEnoughDiskSpaceError, match=r"the working copy of observed\.ms"):
        hifa_gfluxscale(vis, output_dir=disk)
    assert list(disk.iterdir()) == []
    assert changes(before, fingerprint(vis)) == set()


def test_no_room_for_the_models(copied, small_disk, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    disk = small_disk(8)
    vis = copied(PLAN, disk)
    (disk / "ballast").write_bytes(b"\0" * (shutil.disk_usage(disk).free - 100_000))
    with pytest.raises(NotEnoughDiskSpaceError, match="its models"):
        hifa_gfluxscale(vis, output_dir=tmp_path)


@pytest.mark.parametrize("megabytes", [0.3, 0.8])
def test_full_in_the_middle_of_the_working_copy(vis, small_disk, megabytes):
    """CASA fails, or takes the process down with it."""
    disk = small_disk(megabytes)
    shutil.copy("flux.csv", disk)
    before = fingerprint(vis)
    done = run_in_another_process(vis, disk, "unexpected")
    failed = "No space left on device" in done.stdout
    assert failed or "No space left on device" in done.stderr, done.stdout[-500:] + done.stderr[-2000:]
    differing = changes(before, fingerprint(vis))
    assert {name for name in differing if not name.startswith("MODEL_DATA")} == set()
    assert not failed or list(disk.glob(".gfluxscale*")) == []


@pytest.mark.parametrize("spare", [0, 200_000])
def test_full_while_the_models_are_written(copied, small_disk, tmp_path, monkeypatch, spare):
    """CASA may take the process down with it; the MeasurementSet is well, and the next run has its room again."""
    monkeypatch.chdir(tmp_path)
    disk = small_disk(8)
    vis = copied(PLAN, disk)
    shutil.copy(disk / "flux.csv", tmp_path)
    before = fingerprint(vis)
    (disk / "ballast").write_bytes(b"\0" * (shutil.disk_usage(disk).free - spare))
    done = run_in_another_process(vis, tmp_path, "unexpected")
    assert "ERROR OSError: [Errno 28] No space left" in done.stdout or done.returncode < 0, done.stdout[-500:]
    (disk / "ballast").unlink()
    differing = changes(before, fingerprint(vis))
    assert {name for name in differing if not name.startswith("MODEL_DATA")} == set()
    models.set_point_models(vis, [models.PointModel(0, 0, StokesFlux(1.5), 0.0, 224e9)], virtual=False)
