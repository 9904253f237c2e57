"""MODEL_DATA, made by a process that may be killed at any moment."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from helpers import killed_writers
from helpers.fingerprints import changes, fingerprint
from helpers.small_observation import PLAN, REFERENCE
from pipeline_gfluxscale.casa import model_column, models, runtime
from pipeline_gfluxscale.casa.model_column import has_model_column, prepare_model_column
from pipeline_gfluxscale.casa.tools import open_table
from pipeline_gfluxscale.domain.flux import StokesFlux
from pipeline_gfluxscale.errors import CasaTaskError


def test_it_is_the_column_that_casa_makes(vis):
    other = vis.with_name("casa.ms")
    shutil.copytree(vis, other)
    runtime.casatasks().clearcal(vis=str(other), addmodel=True)
    prepare_model_column(vis)
    made, expected = fingerprint(vis), fingerprint(other)
    assert {name for name in changes(made, expected) if name.startswith("MODEL_DATA")} == set()
    with open_table(vis) as ours, open_table(other) as theirs:
        assert ours.getcoldesc("MODEL_DATA") == theirs.getcoldesc("MODEL_DATA")
        assert ours.getcolkeywords("MODEL_DATA") == {}


def test_one_that_is_there_stays(vis):
    models.set_point_models(vis, [models.PointModel(REFERENCE, 0, StokesFlux(2.0), 0.0, 230e9)], virtual=False)
    before = fingerprint(vis)
    prepare_model_column(vis)
    assert changes(before, fingerprint(vis)) == set()


def test_unfinished_counts_as_none_and_is_made_anew(vis, monkeypatch):
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    before = fingerprint(vis)
    with monkeypatch.context() as patch:
        patch.setattr(model_column, "_add_to_main_table", killed)
        patch.setattr(model_column.shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(KeyboardInterrupt):
            prepare_model_column(vis)
    assert [path.name for path in vis.iterdir() if "UNFINISHED" in path.name]
    assert not has_model_column(vis)
    prepare_model_column(vis)
    assert changes(before, {n: v for n, v in fingerprint(vis).items() if not n.startswith("MODEL")}) == set()
    with open_table(vis) as table:
        assert np.all(table.getcol("MODEL_DATA") == 1)


def test_one_that_cannot_be_read_does_not_come_into_force(vis, monkeypatch):
    real = model_column._check

    def damaged(linked: Path) -> None:
        for path in linked.glob("table.f*"):
            if not path.is_symlink():
                os.truncate(path, 10)
        real(linked)

    before = fingerprint(vis)
    with monkeypatch.context() as patch:
        patch.setattr(model_column, "_check", damaged)
        with pytest.raises((RuntimeError, CasaTaskError)):
            prepare_model_column(vis)
    assert changes(before, fingerprint(vis)) == set()
    assert not list(vis.glob("*UNFINISHED*"))


def test_what_killed_runs_left_is_deleted_and_nothing_else(vis, tmp_path):
    """Of setjy's component lists, those of solar-system objects lie in the current directory."""
    theirs = ["Uranus.cl", "Uranus_223.062-240.937GHz_60268.2d_other.ms.cl", "other.ms_setjy_spw0_3C279.cl"]
    ours = ["Uranus_223.062-240.937GHz_60268.2d_observed.ms.cl", "observed.ms_setjy_spw0_3C279_224GHz60268.2d.cl"]
    for name in (*theirs, *ours):
        (tmp_path / name).mkdir()
    (vis / model_column.UNFINISHED / "host-1").mkdir(parents=True)
    models.delete_leftovers(vis)
    assert sorted(path.name for path in tmp_path.glob("*.cl")) == sorted(theirs)
    assert not (vis / model_column.UNFINISHED).exists()


def test_permissions_stay(vis):
    for name in ("table.dat", "table.lock"):
        (vis / name).chmod(0o664)
    prepare_model_column(vis)
    assert {(vis / name).stat().st_mode & 0o777 for name in ("table.dat", "table.lock")} == {0o664}


def test_kills_while_it_is_made(observation, tmp_path):
    """Killed at random moments of the first setjy, again and again, the next one always succeeds."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, killed_writers.__file__, str(observation(PLAN) / "observed.ms"), str(tmp_path), "12"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert done.stdout.splitlines()[-1] == "12 kills"
