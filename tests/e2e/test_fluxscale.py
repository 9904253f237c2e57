"""CASA's fluxscale, which is called through its tool."""

import shutil

import numpy as np

from helpers.stage_runs import small_plan
from pipeline_gfluxscale.casa import runtime, tasks
from pipeline_gfluxscale.casa.caltable import read_gains


def test_the_tool_gives_what_the_task_gives(run, tmp_path, monkeypatch):
    done = run(small_plan("quasar", seed=11))
    (call,) = done.calls("fluxscale")
    vis = shutil.copytree(done.vis, tmp_path / done.vis.name)  # the task writes to its HISTORY
    arguments = call | {"vis": str(vis), "caltable": str(done.vis.parent / call["caltable"])}
    monkeypatch.chdir(tmp_path)
    ours = tasks.run("fluxscale", **arguments | {"fluxtable": "ours.tbl"})
    casas = runtime.casatasks().fluxscale(**arguments | {"fluxtable": "casas.tbl"})
    np.testing.assert_equal(ours, casas)
    np.testing.assert_equal(vars(read_gains(tmp_path / "ours.tbl")), vars(read_gains(tmp_path / "casas.tbl")))
