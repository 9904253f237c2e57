"""A wild antenna amplitude costs its own solution, and nothing else: all other amplitudes and fluxes stay."""

from dataclasses import replace

import numpy as np
import pytest

from helpers.stage_runs import (
    BANDPASS,
    PHASE,
    Run,
    antenna_id,
    assert_same_fluxes,
    assert_true,
    column_of,
    pairs,
    small_plan,
)
from pipeline_gfluxscale.simulation import Disturbance

PLAN = small_plan(check_flux_jy=None)
ALL = pairs([BANDPASS, PHASE])
BANDPASS_SCAN, REFERENCE_SCAN, PHASE_SCAN = 1, 2, 3
SPWS = range(2)


@pytest.fixture
def undisturbed(run) -> Run:
    """The same data (same seed) without a disturbance."""
    return run(PLAN)


def flagged(observed: Run) -> set[tuple[int, int, int]]:
    """Return the flagged solutions of the amplitude table: (antenna, scan, spw)."""
    gains = observed.amplitudes
    bad = ~gains.good
    return set(zip(gains.antenna[bad].tolist(), gains.scan[bad].tolist(), gains.spw[bad].tolist(), strict=True))


def assert_nothing_else_changed(observed: Run, undisturbed: Run, wild: set[tuple[int, int, int]]) -> None:
    """The wild solutions are flagged; every other solution is as without the disturbance, as its scan is solved again.

    With the wild antenna in the solve, the other amplitudes would be too large by several per cent. Without its
    baselines, their noise changes by less than 0.3 % in a scan.
    """
    assert flagged(observed) == wild | flagged(undisturbed)
    for text in observed.results.flags:
        assert text.startswith("mode='manual' antenna='DA")
        assert "reason='gfluxscale_amp_outlier_sigma=" in text
    assert len(observed.results.flags) == len(wild)
    ours, theirs = observed.amplitudes, undisturbed.amplitudes
    for antenna, scan, spw in wild:
        others = [g.good & (g.scan == scan) & (g.spw == spw) & (g.antenna != antenna) for g in (ours, theirs)]
        assert others[0].sum() > 4
        mine, original = (g.select(rows) for g, rows in zip((ours, theirs), others, strict=True))
        kept = np.isin(original.antenna, mine.antenna)
        np.testing.assert_allclose(mine.amplitude, original.amplitude[kept], rtol=0.01)  # 3 times the noise above
    assert_true(observed, ALL)
    assert_same_fluxes(observed, undisturbed, 0.01)


def test_one_solution(run, undisturbed):
    observed = run(replace(PLAN, disturbances=(Disturbance(antenna=4, scan=PHASE_SCAN, spw=1, factor=40.0),)))
    assert_nothing_else_changed(observed, undisturbed, {(4, PHASE_SCAN, 1)})


def test_several_solutions(run, undisturbed):
    """Two antennas in one scan, one of them in another as well, of another field."""
    wild = [(4, PHASE_SCAN), (6, PHASE_SCAN), (4, BANDPASS_SCAN)]
    disturbances = tuple(Disturbance(antenna=a, scan=s, factor=40.0) for a, s in wild)
    observed = run(replace(PLAN, disturbances=disturbances))
    assert_nothing_else_changed(observed, undisturbed, {(a, s, spw) for a, s in wild for spw in SPWS})


def test_on_the_reference_antenna(run, undisturbed):
    refant = antenna_id(undisturbed.results.refant)
    observed = run(replace(PLAN, disturbances=(Disturbance(antenna=refant, scan=PHASE_SCAN, factor=40.0),)))
    assert_nothing_else_changed(observed, undisturbed, {(refant, PHASE_SCAN, spw) for spw in SPWS})
    assert observed.results.refant == undisturbed.results.refant


def test_on_the_reference_field(run, undisturbed):
    observed = run(replace(PLAN, disturbances=(Disturbance(antenna=4, scan=REFERENCE_SCAN, factor=40.0),)))
    assert_nothing_else_changed(observed, undisturbed, {(4, REFERENCE_SCAN, spw) for spw in SPWS})


def test_on_the_reference_antenna_and_field(run, undisturbed):
    refant = antenna_id(undisturbed.results.refant)
    observed = run(replace(PLAN, disturbances=(Disturbance(antenna=refant, scan=REFERENCE_SCAN, factor=40.0),)))
    assert_nothing_else_changed(observed, undisturbed, {(refant, REFERENCE_SCAN, spw) for spw in SPWS})


def test_outlier_that_appears_only_once_a_wilder_one_is_gone(run, undisturbed):
    """A wild antenna in every solution of its scan hides a less wild one."""
    disturbances = (
        Disturbance(antenna=4, scan=PHASE_SCAN, factor=3000.0),
        Disturbance(antenna=6, scan=PHASE_SCAN, factor=20.0),
    )
    observed = run(replace(PLAN, disturbances=disturbances))
    assert_nothing_else_changed(observed, undisturbed, {(a, PHASE_SCAN, spw) for a in (4, 6) for spw in SPWS})


@pytest.mark.parametrize("factor", [60.0, 300.0])
def test_wild_beyond_what_gaincal_converges_for(run, undisturbed, factor):
    """From gaincal's own guess, the other antennas' first gains would be so wrong that they hide the wild one."""
    refant = antenna_id(undisturbed.results.refant)
    observed = run(replace(PLAN, disturbances=(Disturbance(antenna=refant, scan=PHASE_SCAN, factor=factor),)))
    assert_nothing_else_changed(observed, undisturbed, {(refant, PHASE_SCAN, spw) for spw in SPWS})


def test_threshold_is_the_users(run, undisturbed):
    disturbances = (Disturbance(antenna=4, scan=PHASE_SCAN, spw=1, factor=40.0),)
    observed = run(replace(PLAN, disturbances=disturbances), amp_outlier_sigma=1e6)
    assert observed.results.flags == []
    assert flagged(observed) == flagged(undisturbed)


def test_data_in_the_ms_are_not_flagged(run, undisturbed):
    observed = run(replace(PLAN, disturbances=(Disturbance(antenna=4, scan=PHASE_SCAN, spw=1, factor=40.0),)))
    assert observed.results.flags
    for column in ("FLAG", "FLAG_ROW"):
        before, after = (column_of(each.vis, column) for each in (undisturbed, observed))
        np.testing.assert_array_equal(before, after)
