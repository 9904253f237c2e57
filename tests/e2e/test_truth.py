"""Fluxes within 3 sigma of the truth, and within 1 % where the SNR exceeds 100 and the gains are stable."""

import numpy as np
import pytest
from prior_calibration import solve_prior_calibration
from stage_runs import BANDPASS, CHECK, PHASE, REFERENCE, Run, assert_true, pairs, small_plan

from pipeline_gfluxscale import hifa_gfluxscale

ALL = pairs([BANDPASS, PHASE, CHECK])


@pytest.mark.parametrize("seed", [11, 12])
@pytest.mark.parametrize("reference", ["quasar", "Uranus"])
def test_without_prior_calibration(run, reference, seed):
    assert_true(run(small_plan(reference, seed=seed)), ALL)


@pytest.mark.parametrize("reference", ["quasar", "Uranus"])
def test_with_a_solved_bandpass(simulated, truth, reference):
    vis = simulated(small_plan(reference, seed=11, channels=16))
    results = hifa_gfluxscale(vis, calstate=solve_prior_calibration(vis, BANDPASS))
    observed = Run(vis, results, results[0], truth(vis))
    assert_true(observed, ALL)
    assert not any("no bandpass" in text for text in observed.results.assumptions)
    applied = [call for call in observed.calls("applycal") if len(call["gaintable"]) == 2 and call["calwt"] == [False]]
    assert {call["field"] for call in applied} == {str(field) for field in (BANDPASS, PHASE, CHECK, REFERENCE)}


def test_measured_noise_of_a_faint_field_is_thermal(run):
    """The check source's noise is what the simulated noise per visibility gives in the mean."""
    plan = small_plan(phase_noise=0.02, check_flux_jy=0.15)
    observed = run(plan)
    sigma = plan.noise_jy * np.sqrt(31.25e6 * plan.channels / plan.bandwidth)
    baselines = plan.antennas * (plan.antennas - 1) / 2
    integrations = sum(scan.integrations for scan in plan.scans if scan.field == CHECK)
    thermal = sigma / np.sqrt(baselines * integrations * plan.channels * 2)
    # The mean over antennas of T gains is quoted with the median's factor, sqrt(2.14).
    for spw in (0, 1):
        noise = observed.measured[CHECK, spw].calibrated.noise
        assert noise == pytest.approx(np.sqrt(2.14) * thermal, rel=0.35)


def test_running_again_gives_the_same(simulated):
    """The models that the first run wrote do not leak into the second's solves."""
    vis = simulated(small_plan())
    (first,), (second,) = hifa_gfluxscale(vis), hifa_gfluxscale(vis)
    assert second.measurements == first.measurements
