"""Which spws: some fields in some spws only, other spws' solutions, and phases of combined spws."""

from dataclasses import replace

import pytest

from helpers.prior_calibration import solve_prior_calibration
from helpers.stage_runs import (
    BANDPASS,
    CHECK,
    PHASE,
    REFERENCE,
    Run,
    assert_true,
    pairs,
    small_plan,
)
from pipeline_gfluxscale import hifa_gfluxscale
from pipeline_gfluxscale.domain.spwmap import SpwMap
from pipeline_gfluxscale.pipeline.standalone import make_context
from pipeline_gfluxscale.simulation import SimulatedField, SimulatedScan, SimulationPlan

LOW, HIGH = (0, 1), (2, 3)
DIFFGAIN, B2B_PHASE, B2B_TARGET, B2B_REFERENCE = 0, 1, 2, 3


def band_to_band_plan() -> SimulationPlan:
    """Bands 3 and 7: the phase calibrator is observed low, the target high, and the gains differ between the two.

    The flux calibrator is observed in both bands, each in scans of its own.
    """
    plan = small_plan(check_flux_jy=None)
    fields = (
        SimulatedField("J0238+1636", 3.3, -0.5, (-6.0, 1.0)),
        SimulatedField("J0309+1029", 0.6, -0.7, (3.0, -5.0)),
        SimulatedField("Target", 0.005, 2.0, (4.0, -3.0)),
        SimulatedField("J0423-0120", 2.1, -0.5, (8.0, -6.0)),
    )
    scans = (
        SimulatedScan(B2B_REFERENCE, ("AMPLITUDE",), 8, LOW),
        SimulatedScan(B2B_REFERENCE, ("AMPLITUDE",), 8, HIGH),
        SimulatedScan(DIFFGAIN, ("DIFFGAINREF",), 5, LOW),
        SimulatedScan(DIFFGAIN, ("DIFFGAINSRC",), 5, HIGH),
        SimulatedScan(B2B_PHASE, ("PHASE",), 5, LOW),
        SimulatedScan(B2B_TARGET, ("TARGET",), 2, HIGH),
        SimulatedScan(B2B_PHASE, ("PHASE",), 5, LOW),
        SimulatedScan(DIFFGAIN, ("DIFFGAINREF",), 5, LOW),
        SimulatedScan(DIFFGAIN, ("DIFFGAINSRC",), 5, HIGH),
    )
    return replace(plan, fields=fields, scans=scans, spw_frequencies=(97.5e9, 99.5e9, 343e9, 345e9))


def test_band_to_band_data(run):
    """Each solve uses only the spws that its field has with its intent."""
    observed = run(band_to_band_plan())
    assert_true(observed, pairs([DIFFGAIN], LOW + HIGH) + pairs([B2B_PHASE], LOW))
    for calmode in "pa":
        solves = {(call["field"], call["scan"]): call["spw"] for call in observed.calls("gaincal", calmode=calmode)}
        assert solves == {
            (str(B2B_REFERENCE), "1"): "0,1",
            (str(B2B_REFERENCE), "2"): "2,3",
            (str(DIFFGAIN), "3,8"): "0,1",
            (str(DIFFGAIN), "4,9"): "2,3",
            (str(B2B_PHASE), "5,7"): "0,1",
        }


def reference_in_first_spw(**options) -> SimulationPlan:
    """The amplitude calibrator is observed in spw 0 only; the instrument is the same in both spws."""
    plan = small_plan(gain_scatter=0.0, bandpass=False, **options)
    scans = [replace(scan, spws=(0,)) if scan.field == REFERENCE else scan for scan in plan.scans]
    return replace(plan, scans=tuple(scans))


def test_refspwmap_where_the_reference_has_no_data_in_some_spws(run):
    observed = run(reference_in_first_spw(), refspwmap=[0, 0])
    assert_true(observed, pairs([BANDPASS, PHASE, CHECK]))
    assert observed.results.warnings == []
    (fluxscale,) = observed.calls("fluxscale")
    assert fluxscale["refspwmap"] == [0, 0]


def test_refspwmap_of_the_context(simulated, truth):
    vis = simulated(reference_in_first_spw())
    context = make_context(vis)
    context.observed(vis).reference_spwmap = (0, 0)
    results = hifa_gfluxscale(context=context)
    assert_true(Run(vis, results, results[0], truth(vis)), pairs([BANDPASS, PHASE, CHECK]))


def test_loss_without_refspwmap_is_explained(run):
    observed = run(reference_in_first_spw())
    assert_true(observed, pairs([BANDPASS, PHASE, CHECK], [0]))
    for field in ("J0238+1636 #0", "J0309+1029 #1", "J0325+1307 #4"):
        (warning,) = [text for text in observed.results.warnings if text.startswith(f"{field}, spw 1:")]
        assert "reference calibrator was not observed in spw 1" in warning
        assert "refspwmap" in warning
    assert observed.score("completeness") == pytest.approx(0.5)


# Between spws the phases of an antenna differ by a constant, which hifa_spwphaseup's table takes out; the
# atmosphere's walk is the same for both.
COMBINABLE = small_plan(phase_noise=0.03)


def run_with_spwmap(simulated, truth, spwmap: SpwMap | None) -> Run:
    vis = simulated(COMBINABLE)
    calstate = solve_prior_calibration(vis, bandpass_field=BANDPASS)
    context = make_context(vis, calstate=calstate)
    if spwmap is not None:
        context.observed(vis).spwmaps = {("PHASE", "J0309+1029"): spwmap}
    results = hifa_gfluxscale(context=context)
    return Run(vis, results, results[0], truth(vis))


def test_spw_map_of_combined_spws(simulated, truth):
    observed = run_with_spwmap(simulated, truth, SpwMap(combine=True, spwmap=(0, 0), solint="12s", gaintype="T"))
    assert_true(observed, pairs([BANDPASS, PHASE, CHECK]))
    (phase,) = observed.solves("p", PHASE)
    assert (phase["combine"], phase["solint"], phase["gaintype"]) == ("spw", "12s", "T")
    (amplitude,) = observed.solves("a", PHASE)
    assert (amplitude["interp"], amplitude["spwmap"]) == (["linearPD,linear"], [[0, 0]])
    # The stored parameters are for one intent and field; the others keep the stage's own.
    (other,) = observed.solves("p", CHECK)
    assert (other["combine"], other["solint"], other["gaintype"]) == ("", "int", "G")


def test_spw_map_of_a_phase_up(simulated, truth):
    observed = run_with_spwmap(simulated, truth, SpwMap(combine=False, spwmap=(1, 1)))
    assert_true(observed, pairs([BANDPASS, PHASE, CHECK]))
    (phase,) = observed.solves("p", PHASE)
    assert (phase["combine"], phase["solint"], phase["gaintype"]) == ("", "int", "G")
    (amplitude,) = observed.solves("a", PHASE)
    assert (amplitude["interp"], amplitude["spwmap"]) == (["linear,linear"], [[1, 1]])
    (apply,) = observed.calls("applycal", field=str(PHASE), interp=["linear,linear", "linear,linear"])
    assert apply["spwmap"] == [[1, 1], []]
