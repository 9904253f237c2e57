"""Few antennas: three and four work, two are told why not, and a flux that rests on few of many is red."""

import numpy as np

from helpers.stage_runs import BANDPASS, PHASE, assert_true, pairs, small_plan
from pipeline_gfluxscale import hifa_gfluxscale
from pipeline_gfluxscale.casa.tools import open_table, query


def test_three_and_four_antennas(run):
    """An antenna of `standard_plan` has no data on the bandpass calibrator: three of four are left."""
    observed = run(small_plan(check_flux_jy=None, antennas=4, noise_jy=0.02))
    assert_true(observed, pairs([BANDPASS, PHASE]))
    assert observed.score("antennas_used") == 1.0


def test_two_antennas_with_data_are_told_why_not(simulated):
    """The others are flagged on one field; the other field has its flux densities."""
    vis = simulated(small_plan(check_flux_jy=None, antennas=4))
    others = "ANTENNA1 in [2, 3] || ANTENNA2 in [2, 3]"
    with open_table(vis, write=True) as table, query(table, f"FIELD_ID == {PHASE} && ({others})") as rows:
        rows.putcol("FLAG", np.ones_like(rows.getcol("FLAG")))
    (results,) = hifa_gfluxscale(vis)
    assert {m.field_id for m in results.measurements} == {BANDPASS}
    assert len(results.warnings) == 2
    for warning in results.warnings:
        assert "2 antennas have data, and amplitude gains need 3" in warning


def test_a_flux_that_few_of_the_antennas_transfer_is_red(simulated):
    """Five of nine antennas have lost their signal on the phase calibrator."""
    vis = simulated(small_plan(check_flux_jy=None))
    noisy = "ANTENNA1 < 5 || ANTENNA2 < 5"
    with open_table(vis, write=True) as table, query(table, f"FIELD_ID == {PHASE} && ({noisy})") as rows:
        shape = rows.getcol("DATA").shape
        parts = np.random.default_rng(1).normal(size=(2, *shape))
        rows.putcol("DATA", 0.02 * (parts[0] + 1j * parts[1]))
    (results,) = hifa_gfluxscale(vis, minsnr=5)
    (score,) = [score for score in results.qa if score.metric == "antennas_used"]
    assert score.band == "red"
    assert "4 of 9" in score.longmsg
    assert "J0238" not in score.longmsg
    assert any("4 of the 9 antennas" in warning for warning in results.warnings)
