"""hifa_bandpass on simulated data with bandpass shapes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from helpers.chain import BANDPASS, standard_observation
from pipeline_gfluxscale.casa import tasks
from pipeline_gfluxscale.casa.spectral_table import read_spectral_table
from pipeline_gfluxscale.casa.tools import open_table, query
from pipeline_gfluxscale.domain.selection import format_ids
from pipeline_gfluxscale.errors import InputError
from pipeline_gfluxscale.recipes.run_stage import run_stage
from pipeline_gfluxscale.simulation import FlagSelection


def solved(context, **parameters):
    (results,) = run_stage(context, "hifa_bandpass", parameters)
    assert not results.error
    return results


def spectrum(column: str) -> np.ndarray:
    """Return the amplitude of the bandpass calibrator, averaged over all else, shape (n_chan,)."""
    with open_table("corrected.ms") as table, query(table, f"FIELD_ID == {BANDPASS} && DATA_DESC_ID == 0") as rows:
        data = np.ma.masked_array(np.abs(rows.getcol(column)), rows.getcol("FLAG"))
        return np.ma.mean(data[0], axis=1)


def test_the_bandpass_makes_spectra_flat(observed):
    context = observed()
    solved(context)
    (application,) = context.calibration
    (table,) = application.tables
    assert table.calwt
    tasks.run("split", vis="observed.ms", outputvis="corrected.ms", field=str(BANDPASS), datacolumn="data")
    tasks.run("applycal", vis="corrected.ms", gaintable=[table.gaintable], interp=["nearest"], flagbackup=False)
    before, after = spectrum("DATA"), spectrum("CORRECTED_DATA")
    assert before.std() / before.mean() > 0.05
    assert after.std() / after.mean() < 0.005  # a tenth of the ripples: noise


def test_a_spw_without_solution_is_warned_about(observed):
    results = solved(observed(replace(standard_observation(), flags=(FlagSelection(spw=2),))))
    assert results.warnings == ["no bandpass solution in spw 2: flagged, or too faint"]
    assert [each.spw for each in results.bandpass] == [0, 1, 3]


def test_flags_of_the_cross_hands_do_not_matter(observed):
    """There are no solutions for them; by default CASA would use no visibility of which one correlation is flagged."""
    plan = standard_observation(spw_frequencies=(224e9,), channels=8, correlations="XX XY YX YY")
    context = observed(plan)
    with open_table("observed.ms", write=True) as table:
        flags = table.getcol("FLAG")
        flags[1:3] = True
        table.putcol("FLAG", flags)
    (solutions,) = solved(context).bandpass
    assert not solutions.flag[..., 1:].any()  # antenna 0 is in the shadow of another one


def test_too_few_antennas_are_said_to_be(observed):
    (results,) = run_stage(observed(), "hifa_bandpass", {"minblperant": 20})
    assert "an antenna needs 20 baselines (minblperant)" in results.error


def test_faint_data_are_solved_for_with_more_channels(observed):
    plan = standard_observation(noise_jy=4.0, channels=64)
    results = solved(context := observed(plan))
    (wide,) = {each.channels for each in results.spws}
    assert wide > 1
    (table,) = (Path(t.gaintable) for a in context.calibration for t in a.tables)
    assert {each.frequency.size for each in read_spectral_table(table)} == {64 // wide}
    smoothed = solved(observed(plan), hm_bandpass="smoothed", maxchannels=32)
    assert {each.solint for each in smoothed.spws} == {"inf,2ch"}
    fixed = solved(observed(plan), hm_bandpass="fixed", solint="inf,16ch")
    assert {each.frequency.size for each in fixed.bandpass} == {4}


@pytest.mark.parametrize("combine", ["snr", "always", "never"])
def test_phases_of_faint_data_are_taken_out(observed, combine):
    """An integration of one spw has less than the SNR of 20 that is asked for, all four together have it."""
    context = observed(standard_observation(noise_jy=8.0, phase_noise=0.02))
    phase_up = solved(context, hm_phaseup_combine=combine).phase_up
    assert ("together" in phase_up) is (combine != "never")
    assert ("interval int" in phase_up) is (combine != "never")


def test_phases_can_be_left_in(observed):
    assert "not removed" in solved(observed(), hm_phaseup="").phase_up
    assert "interval 12s" in solved(observed(), hm_phaseup="manual", phaseupsolint="12s").phase_up


def test_an_antenna_without_data_is_named(observed):
    plan = replace(standard_observation(), flags=(FlagSelection(antenna=4, spw=2),))
    score = solved(observed(plan)).qa[0]
    assert score.score < 0.9  # not green
    assert "DA45 (spw 2)" in score.longmsg


def test_some_spws_only(observed):
    results = solved(observed(), spw="1,2")
    assert format_ids(each.spw for each in results.bandpass) == "1~2"


def test_a_second_run_replaces_the_first_or_adds_to_it(observed):
    context = observed()
    solved(context)
    solved(context, unregister_existing=True)
    assert len(context.calibration) == 1
    second = solved(context)
    assert len(context.calibration) == 2
    # The first one is applied before the second is solved for, which leaves nothing to be found.
    assert np.abs(np.ma.masked_array(second.bandpass[0].value, second.bandpass[0].flag)).std() < 0.01


@pytest.mark.parametrize(
    "parameters",
    [
        {"hm_bandpass": "best"},
        {"hm_phaseup": "always"},
        {"hm_phaseup_combine": True},
        {"bpsnr": -1},
        {"maxchannels": 2.5},
        {"bpnsols": 0},
        {"solnorm": "yes"},
        {"phaseupsolint": "forever"},
        {"refant": "DV99"},
        {"spw": "99"},
        {"intent": "POLANGLE"},
    ],
)
def test_what_cannot_be_done_is_refused(observed, parameters):
    context = observed()
    before = context.copy()
    with pytest.raises(InputError) as refused:
        run_stage(context, "hifa_bandpass", parameters)
    assert next(iter(parameters)) in str(refused.value)
    assert context == before
