"""The amplitudes from averages over scans are those that gaincal finds in the data of each integration."""

import numpy as np
import pytest

from helpers.stage_runs import small_plan
from pipeline_gfluxscale import hifa_gfluxscale
from pipeline_gfluxscale.casa.caltable import Gains, read_gains
from pipeline_gfluxscale.casa.tools import open_table
from pipeline_gfluxscale.stages.gfluxscale.steps import amplitudes


@pytest.mark.parametrize(
    "plan",
    [
        small_plan("Uranus", antennas=12, configuration="alma.cycle9.4", correlations="XX XY YX YY"),
        small_plan("quasar", antennas=6, correlations="XX YY", wild=True),
    ],
    ids=["resolved reference, four correlations", "wild antenna"],
)
def test_amplitudes_of_scan_averages_are_gaincals(simulated, monkeypatch, plan):
    vis = simulated(plan)
    with open_table(vis, write=True) as table:  # flag single correlations of some visibilities
        flag = table.getcol("FLAG")
        for correlation, every in enumerate((7, 11, 5, 3)[: len(flag)]):
            flag[correlation, :, ::every] = True
        table.putcol("FLAG", flag)

    def solved() -> Gains:
        (results,) = hifa_gfluxscale(vis)
        (table,) = [name for name in results.caltables if name.endswith(".gacal.tbl")]
        return read_gains(table)

    averaged = solved()
    monkeypatch.setattr(amplitudes, "with_phases", lambda *_: None)
    by_gaincal = solved()
    np.testing.assert_array_equal(averaged.flag, by_gaincal.flag)
    np.testing.assert_allclose(averaged.time, by_gaincal.time, atol=1.0)  # s; of a scan of minutes
    good = averaged.good & (averaged.amplitude > 0)
    assert good.any()
    # gaincal's single precision, and where its iterations end: 2e-5 on 43 antennas.
    np.testing.assert_allclose(averaged.amplitude[good], by_gaincal.amplitude[good], rtol=1e-4)
