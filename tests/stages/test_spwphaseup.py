"""hifa_spwphaseup on simulated data: what it chooses, and that solves with it work."""

from pathlib import Path

import numpy as np
import pytest

from helpers.chain import BANDPASS, CHECK, PHASE, standard_observation
from pipeline_gfluxscale.casa.caltable import read_gains
from pipeline_gfluxscale.domain.spwmap import SpwMap
from pipeline_gfluxscale.errors import InputError
from pipeline_gfluxscale.pipeline.context_json import load_context, save_context
from pipeline_gfluxscale.recipes.run_stage import run_stage
from pipeline_gfluxscale.simulation import with_system_temperatures

TOGETHER = (0, 0, 0, 0)
NAMES = {BANDPASS: "J0238+1636", PHASE: "J0309+1029", CHECK: "J0325+1307"}


def noisy(noise_jy: float):
    """Return an observation whose phases wander, without other effects on the SNR."""
    return standard_observation(noise_jy=noise_jy, phase_noise=0.2, gain_scatter=0.02)


def phased_up(context, **parameters):
    (results,) = run_stage(context, "hifa_spwphaseup", parameters)
    assert not results.error
    assert context.observed("observed.ms").spwmaps == results.spwmaps
    return results


def test_bright_calibrators_are_solved_for_spw_by_spw(observed):
    results = phased_up(context := observed())
    assert set(results.spwmaps.values()) == {SpwMap(solint="int")}
    assert {intent for intent, _ in results.spwmaps} == {"AMPLITUDE", "BANDPASS", "PHASE", "CHECK"}
    assert [score.score for score in results.qa] == [1.0] * 4
    (application,) = context.calibration
    assert Path(application.tables[0].gaintable).is_dir()
    assert not application.tables[0].calwt


def test_faint_calibrators_are_solved_for_from_all_spws_together(observed):
    spwmaps = phased_up(observed(noisy(1.0))).spwmaps
    assert spwmaps["BANDPASS", NAMES[BANDPASS]] == SpwMap(solint="int")
    assert spwmaps["PHASE", NAMES[PHASE]] == SpwMap(True, TOGETHER, "int", "G")
    fainter = phased_up(observed(noisy(4.0)))
    check = fainter.spwmaps["CHECK", NAMES[CHECK]]
    assert (check.combine, check.gaintype, check.solint) == (True, "T", "15.000s")  # half a scan
    low = next(score for score in fainter.qa if score.applies_to.intent == ("PHASE",))
    assert low.score < 0.9  # not green
    assert "32" in low.longmsg


def test_the_estimated_snr_is_what_solutions_have(observed):
    """gaincal's own SNR, of solves spw by spw.

    The visibilities of a spw tell it within 10 %, and gaincal's is 5 to 10 % less, as not all antennas are alike.
    """
    results = phased_up(observed(noisy(1.0)), hm_spwmapmode="default")
    for each in results.calibrators:
        estimated, achieved = ([snr[spw] for spw in range(4)] for snr in (each.snr, each.achieved))
        assert np.mean(estimated) == pytest.approx(np.mean(achieved), rel=0.2), each.field


def test_a_resolved_and_a_wild_calibrator_are_no_exception(observed):
    """Uranus is resolved: its model counts. An antenna is wild on the phase calibrator: the others' SNR counts."""
    plan = with_system_temperatures(standard_observation("Uranus", wild=True, spread=1.5, phase_scans=4))
    context = observed(plan)
    for stage in ("h_tsyscal", "hif_setmodels", "hifa_bandpass"):
        (done,) = run_stage(context, stage, {})
        assert not done.error
    for each in phased_up(context).calibrators:
        # As in the test above, for single spws.
        assert [each.snr[spw] for spw in range(4)] == pytest.approx([each.achieved[spw] for spw in range(4)], rel=0.25)


def test_one_polarisation_is_enough(observed):
    """CASA's tables have two all the same."""
    results = phased_up(observed(standard_observation().with_(correlations="XX")))
    assert [score.score for score in results.qa] == [1.0] * 4


def test_modes_can_be_asked_for(observed):
    context = observed()
    assert set(phased_up(context, hm_spwmapmode="default").spwmaps.values()) == {SpwMap(solint="int")}
    assert {m.combine for m in phased_up(context, hm_spwmapmode="combine").spwmaps.values()} == {True}
    assert {m.combine for m in phased_up(context, hm_spwmapmode="simple").spwmaps.values()} == {False}


def test_phase_offsets_make_spws_alike(observed):
    """The offsets of a second run, which is solved for with the first one's applied, are zero."""
    context = observed(noisy(0.05))
    first = phased_up(context)
    second = phased_up(context)
    offsets = [read_gains(Path(each.offsets.tables[0].gaintable)).gain for each in (first, second)]
    assert np.abs(np.angle(offsets[0])).max() > 0.3
    assert np.abs(np.angle(offsets[1])).max() < 0.02  # rad; noise
    third = phased_up(context, unregister_existing=True)
    assert [a.tables for a in context.calibration] == [third.offsets.tables]
    assert read_gains(Path(third.offsets.tables[0].gaintable)).gain == pytest.approx(offsets[0], abs=1e-5)  # complex64


@pytest.mark.parametrize("noise_jy", [0.05, 1.0])
def test_the_flux_scale_with_what_was_chosen(observed, truth, noise_jy):
    context = observed(noisy(noise_jy))
    phased_up(context)
    (results,) = run_stage(context, "hifa_gfluxscale", {})
    assert not results.error
    expected = truth(Path("observed.ms"))
    for m in results.measurements:
        sigma = m.calibrated.total_uncertainty
        # 4 standard errors.
        assert pytest.approx(expected[m.field_id, m.spw], abs=4 * sigma) == m.calibrated.stokes.I, (
            m.field,
            m.spw,
        )


def test_what_was_chosen_is_saved(observed, tmp_path):
    context = observed(noisy(1.0))
    phased_up(context)
    again = load_context(save_context(context))
    assert again.observed("observed.ms").spwmaps == context.observed("observed.ms").spwmaps
    assert again.calibration == context.calibration


@pytest.mark.parametrize(
    "parameters",
    [
        {"hm_spwmapmode": "best"},
        {"phasesnr": 0},
        {"intphasesnrmin": "3"},
        {"maxnarrowbw": "narrow"},
        {"minfracmaxbw": 2},
        {"samebb": "yes"},
        {"minblperant": 1.5},
        {"refant": "DV99"},
        {"intent": "POLANGLE"},
        {"field": "nobody"},
        {"spw": 99},
    ],
)
def test_what_cannot_be_done_is_refused(observed, parameters):
    context = observed()
    before = context.copy()
    with pytest.raises(InputError) as refused:
        run_stage(context, "hifa_spwphaseup", parameters)
    assert next(iter(parameters)) in str(refused.value)
    assert context == before
