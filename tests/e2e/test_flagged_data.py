"""Data that are missing: a dead antenna, and a flagged scan, spw, reference antenna or half of the reference."""

from dataclasses import replace

import numpy as np
import pytest

from helpers.stage_runs import (
    BANDPASS,
    CHECK,
    PHASE,
    REFERENCE,
    Run,
    antenna_id,
    assert_same_fluxes,
    assert_true,
    pairs,
    small_plan,
)
from pipeline_gfluxscale import hifa_gfluxscale
from pipeline_gfluxscale.casa.tools import open_table, query
from pipeline_gfluxscale.pipeline.standalone import make_context
from pipeline_gfluxscale.simulation import Disturbance, FlagSelection

ALL = pairs([BANDPASS, PHASE, CHECK])
PLAN = small_plan()
PHASE_SCAN, OTHER_PHASE_SCAN = 3, 6


def test_scan_numbers_are_those_of_the_plan():
    assert [i for i, scan in enumerate(PLAN.scans, start=1) if scan.field == PHASE] == [PHASE_SCAN, OTHER_PHASE_SCAN]


def test_dead_antenna_that_is_flagged(run):
    observed = run(replace(PLAN, flags=(FlagSelection(antenna=2),)))
    assert_true(observed, ALL)
    gains = observed.amplitudes
    assert not np.any(gains.good & (gains.antenna == 2))


def test_dead_antenna_that_is_not_flagged(run):
    """There is nothing but noise on its baselines: it has no amplitude, and the others' stay as they are."""
    observed = run(replace(PLAN, disturbances=(Disturbance(antenna=2, factor=1e-6),)))
    assert_true(observed, ALL)


def test_antennas_of_which_one_polarisation_is_flagged(simulated, truth):
    """gaincal flags the other one too: four antennas are left, with three baselines each."""
    vis = simulated(PLAN)
    with open_table(vis, write=True) as table:
        for ddid in (0, 1):
            with query(table, f"DATA_DESC_ID == {ddid} && (ANTENNA1 >= 4 || ANTENNA2 >= 4)") as rows:
                flags = rows.getcol("FLAG")
                flags[-1] = True
                rows.putcol("FLAG", flags)
    results = hifa_gfluxscale(vis)
    assert_true(Run(vis, results, results[0], truth(vis)), ALL)
    (score,) = [each for each in results[0].qa if each.metric == "antennas_used"]
    assert f"4 of {PLAN.antennas}" in score.longmsg


def test_flagged_cross_hands(run, simulated, truth):
    """The stage does not use them; gaincal would use none of these visibilities."""
    plan = small_plan(correlations="XX XY YX YY")
    vis = simulated(plan)
    with open_table(vis, write=True) as table:
        flags = table.getcol("FLAG")
        flags[1] = True
        flags[2, :, ::2] = True
        table.putcol("FLAG", flags)
    results = hifa_gfluxscale(vis)
    # Fewer correlations count for chi2, so that the iterations may end a step earlier.
    assert_same_fluxes(Run(vis, results, results[0], truth(vis)), run(plan), 1e-4)


def test_flagged_scan(run):
    observed = run(replace(PLAN, flags=(FlagSelection(scan=PHASE_SCAN),)))
    assert_true(observed, ALL)
    gains = observed.amplitudes
    assert set(gains.scan[gains.good & (gains.field == PHASE)].tolist()) == {OTHER_PHASE_SCAN}


def test_field_whose_scans_are_all_flagged(run):
    observed = run(replace(PLAN, flags=(FlagSelection(field=CHECK),)))
    assert_true(observed, pairs([BANDPASS, PHASE]))
    assert [text.split(":")[0] for text in observed.results.warnings] == [
        "J0325+1307 #4, spw 0",
        "J0325+1307 #4, spw 1",
    ]
    assert all("flagged" in text for text in observed.results.warnings)
    assert observed.score("completeness") == pytest.approx(2 / 3)


def test_flagged_spw(run):
    observed = run(replace(PLAN, flags=(FlagSelection(spw=1),)))
    assert_true(observed, pairs([BANDPASS, PHASE, CHECK], [0]))
    lost = [text for text in observed.results.warnings if ", spw 1:" in text and "flagged" in text]
    assert len(lost) == 3


def test_flagged_spw_of_the_reference(run):
    observed = run(replace(PLAN, flags=(FlagSelection(spw=1, field=REFERENCE),)))
    assert_true(observed, pairs([BANDPASS, PHASE, CHECK], [0]))
    lost = [text for text in observed.results.warnings if ", spw 1:" in text and "reference calibrator" in text]
    assert len(lost) == 3


def test_reference_that_is_flagged_altogether(run):
    observed = run(replace(PLAN, flags=(FlagSelection(field=REFERENCE),)))
    assert observed.all_results.failed
    assert observed.results.measurements == []
    assert len(observed.results.warnings) == len(ALL)
    assert all("all data of the reference calibrator are flagged" in text for text in observed.results.warnings)
    assert "all data of the reference calibrator are flagged" in observed.results.error
    assert observed.score("completeness") == 0.0


@pytest.fixture
def order(run) -> list[str]:
    """Return the reference antennas of the undisturbed data, best first."""
    return list(make_context(run(PLAN).vis).observed("observed.ms").reference_antennas)


def test_flagged_reference_antenna_is_not_chosen(run, order):
    best, second, *_ = order
    observed = run(replace(PLAN, flags=(FlagSelection(antenna=antenna_id(best)),)))
    assert_true(observed, ALL)
    assert observed.results.refant == second


def test_flagged_reference_antenna_of_the_context_is_replaced_by_the_next(simulated, truth, order):
    """The ranking is older than the flags."""
    vis = simulated(replace(PLAN, flags=(FlagSelection(antenna=antenna_id(order[0])),)))
    context = make_context(vis)
    context.observed(vis).reference_antennas = order
    results = hifa_gfluxscale(context=context)
    observed = Run(vis, results, results[0], truth(vis))
    assert_true(observed, ALL)
    assert observed.results.refant == order[1]


@pytest.mark.parametrize("given", [1, 2])
def test_flagged_reference_antenna_that_was_given_is_replaced(run, order, given):
    """By the next that was given; where all that were given are flagged, by the best of the ranking."""
    observed = run(
        replace(PLAN, flags=(FlagSelection(antenna=antenna_id(order[0])),)), refant=[order[0], order[4]][:given]
    )
    assert_true(observed, ALL)
    assert observed.results.refant == (order[1] if given == 1 else order[4])


def test_reference_antenna_that_is_flagged_on_the_reference_only(run, order):
    observed = run(replace(PLAN, flags=(FlagSelection(antenna=antenna_id(order[0]), field=REFERENCE),)))
    assert_true(observed, ALL)
    assert observed.results.refant == order[1]


def test_reference_antenna_that_is_flagged_in_one_scan(run, order):
    best, *_ = order
    observed = run(replace(PLAN, flags=(FlagSelection(antenna=antenna_id(best), scan=PHASE_SCAN),)))
    assert_true(observed, ALL)
    assert observed.results.refant == best


def test_half_of_the_references_data_flagged(run):
    half = run(replace(PLAN, flags=(FlagSelection(field=REFERENCE, fraction=0.5),)))
    assert_true(half, ALL)
    assert_same_fluxes(half, run(PLAN), 0.01)
