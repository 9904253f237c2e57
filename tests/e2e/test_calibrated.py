"""The phases and amplitudes that Measure applies in memory, beside CASA's applycal."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from helpers.small_observation import quick_plan
from pipeline_gfluxscale import hifa_gfluxscale
from pipeline_gfluxscale.casa import tasks
from pipeline_gfluxscale.domain.spwmap import SpwMap
from pipeline_gfluxscale.simulation import FlagSelection
from pipeline_gfluxscale.stages.gfluxscale import task
from pipeline_gfluxscale.stages.gfluxscale.steps import calibrated, phase_up


def plan(correlations: str):
    """An observation in which an antenna has no solution on a scan, and one has data of a part of a scan."""
    return quick_plan(
        channels=4,
        antennas=7,
        correlations=correlations,
        flags=(FlagSelection(antenna=2, scan=3), FlagSelection(antenna=4, scan=1, fraction=0.4)),
    )


@pytest.mark.parametrize(
    ("correlations", "combine"), [("XX YY", False), ("XX YY", True), ("YY", False), ("XX XY YX YY", False)]
)
def test_equal_to_applycals(simulated, tmp_path, monkeypatch, correlations, combine):
    pairs = []

    def calibrate(data, phases, transferred):
        ours = calibrated.calibrate(data, phases, transferred)
        assert ours.applications, "nothing was applied in memory"
        casas = replace(data, vis=shutil.copytree(data.vis, tmp_path / "casa.ms"))
        for phase in phases:
            arguments = calibrated._applycal_arguments(casas, phase, phase.observation.spws, transferred)
            tasks.run("applycal", **arguments)
        for phase in phases:
            o = phase.observation
            pairs.extend((d.visibilities(o.field.id, s, o.scans) for d in (ours, casas)) for s in o.spws)
        pairs[:] = [tuple(pair) for pair in pairs]
        return ours

    monkeypatch.setattr(task, "calibrate", calibrate)
    if combine:
        monkeypatch.setattr(phase_up, "spwmap_of", lambda inputs, observation: SpwMap(combine=True))
    results = hifa_gfluxscale(simulated(plan(correlations)))
    assert not results.failed
    assert len(pairs) == 6  # three fields, two spws
    for ours, casas in pairs:
        any_flag = np.broadcast_to(casas.flag.any(axis=0), casas.flag.shape)
        np.testing.assert_array_equal(ours.flag, any_flag)  # as in the solves
        good = ~any_flag
        assert good.any()
        # Both store visibilities, and CASA interpolates solutions, in single precision.
        np.testing.assert_allclose(ours.data[good], casas.data[good], rtol=1e-5)  # complex64
        np.testing.assert_allclose(ours.weight[good], casas.weight[good], rtol=1e-5)  # float32
    assert any(casas.flag.any() and not casas.flag.all() for _, casas in pairs)
