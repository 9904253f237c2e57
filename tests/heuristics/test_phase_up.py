"""How phases are solved for: the published rules, case by case."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline_gfluxscale.domain.measurementset import SpectralWindow
from pipeline_gfluxscale.domain.spwmap import SpwMap
from pipeline_gfluxscale.heuristics.phase_up import (
    PhaseLimits,
    SetupSnr,
    choose_phase_up,
    combine_spws,
    narrow_to_wide,
    snr_in_reference_time,
)

LIMITS = PhaseLimits()
# 60 s are 10 integrations, and a scan has 3.16 times the SNR of one of them.
INTEGRATION, SCAN = 6.0, 60.0


def setup(*snr_of_scan, first=0):
    """Return a setup whose phase solutions have these SNRs within a scan."""
    return SetupSnr(
        {first + i: snr / (SCAN / INTEGRATION) ** 0.5 for i, snr in enumerate(snr_of_scan)}, INTEGRATION, SCAN
    )


def chosen(*setups, intent="PHASE", num_spws=4, **options):
    return choose_phase_up(setups, intent, LIMITS, num_spws=num_spws, **options).spwmap


def test_each_spw_by_itself_where_all_have_the_snr():
    assert chosen(setup(33, 40, 50, 32.1)) == SpwMap(solint="int")


def test_spws_without_the_snr_take_the_best_of_their_setup():
    assert chosen(setup(33, 40, 10, 31)) == SpwMap(spwmap=(0, 1, 1, 1), solint="int")
    two = setup(50, 10, first=0), setup(5, 60, first=2)
    assert chosen(*two) == SpwMap(spwmap=(0, 0, 3, 3), solint="int")


def test_all_spws_together_where_none_has_the_snr():
    # Four of 20 make 40, more than 32: an integration is as good as any.
    assert chosen(setup(20, 20, 20, 20)) == SpwMap(True, (0, 0, 0, 0), "int", "G")
    # Four of 12 make 24; (32 / 24)**2 = 1.8 integrations, 0.9 with both polarisations.
    assert chosen(setup(12, 12, 12, 12)) == SpwMap(True, (0, 0, 0, 0), "int", "T")


def test_a_setup_without_a_good_spw_decides_for_all():
    assert chosen(setup(50, 10, first=0), setup(20, 20, first=2)) == SpwMap(True, (0, 0, 2, 2), "int", "G")


def test_phase_calibrators_are_solved_for_up_to_half_a_scan():
    # Four of 6 make 12: 7.1 integrations, 3.6 with both polarisations: 21.3 s, and a scan has two of these.
    assert chosen(setup(6, 6, 6, 6)).solint == "30.000s"
    # Four of 8 make 16: 2 integrations with both polarisations: 12 s, five a scan.
    assert chosen(setup(8, 8, 8, 8)).solint == "12.000s"
    assert chosen(setup(0.1, 0.1)).solint == "30.000s"
    assert chosen(setup(0.0, 0.0)).solint == "30.000s"


def test_other_calibrators_need_their_snr_in_an_integration():
    bright = SetupSnr({0: 10.1, 1: 11}, INTEGRATION, SCAN)
    assert chosen(bright, intent="BANDPASS") == SpwMap(solint="int")
    # Two of 2 make 2.8: 12.5 integrations, 6.25 with both polarisations: 6.
    faint = SetupSnr({0: 2, 1: 2}, INTEGRATION, SCAN)
    assert chosen(faint, intent="BANDPASS") == SpwMap(True, (0, 0, 2, 3), "36.000s", "T")
    fainter = SetupSnr({0: 1, 1: 1}, INTEGRATION, SCAN)
    choice = choose_phase_up([fainter], "BANDPASS", LIMITS, num_spws=4)
    assert choice.spwmap.solint == "60.000s"
    assert "less than the SNR needs" in choice.reason


def test_an_amplitude_calibrator_is_solved_for_as_fast_as_possible():
    # 6.25 integrations for an SNR of 10 are 0.6 for one of 3.
    faint = SetupSnr({0: 2, 1: 2}, INTEGRATION, SCAN)
    choice = choose_phase_up([faint], "AMPLITUDE", LIMITS, num_spws=4, is_flux_reference=True)
    assert choice.spwmap == SpwMap(True, (0, 0, 2, 3), "int", "T")
    assert choice.limit == LIMITS.intphasesnrmin


def test_a_single_spw_has_nothing_to_be_combined_with():
    assert chosen(setup(16), num_spws=1) == SpwMap(False, (), "30.000s", "G")


def test_spws_can_be_combined_without_need():
    assert combine_spws([setup(99, 99)], "PHASE", LIMITS, num_spws=3).spwmap == SpwMap(True, (0, 0, 2), "int", "G")


def test_the_time_that_counts():
    assert snr_in_reference_time(setup(20), "CHECK") == {0: pytest.approx(20)}
    assert snr_in_reference_time(setup(20), "AMPLITUDE") == {0: pytest.approx(20 / 10**0.5)}


@given(
    st.lists(st.floats(0, 200), min_size=1, max_size=6),
    st.sampled_from(["PHASE", "CHECK", "BANDPASS", "AMPLITUDE"]),
    st.floats(0.5, 10),
    st.integers(2, 200),
)
@example([1e-160], "PHASE", 1.0, 2)
def test_whatever_the_snr_the_choice_can_be_solved_for(snr, intent, integration, num_integrations):
    scan = integration * num_integrations
    found = chosen(SetupSnr(dict(enumerate(snr)), integration, scan), intent=intent, num_spws=len(snr))
    assert found.solint == "int" or integration <= float(found.solint[:-1]) * 1.001
    if found.solint != "int" and intent in ("PHASE", "CHECK"):
        assert float(found.solint[:-1]) <= scan / 2 + 0.001
    assert len(found.spwmap) in (0, len(snr))
    assert not found.combine or len(snr) > 1


def spw(number, bandwidth, frequency, baseband=0):
    return SpectralWindow(number, "", 128, 0, 0, frequency, bandwidth, baseband, ("XX", "YY"))


def test_narrow_spws_take_the_phases_of_wide_ones():
    spws = [spw(0, 2e9, 220e9, 1), spw(1, 60e6, 231e9, 1), spw(2, 2e9, 230e9, 2), spw(3, 1e9, 231e9, 3)]
    assert narrow_to_wide(spws, 5, 300e6, 0.8, samebb=True).spwmap == (0, 0, 2, 3, 4)
    assert narrow_to_wide(spws, 5, 300e6, 0.8, samebb=False).spwmap == (0, 2, 2, 3, 4)
    assert narrow_to_wide(spws, 5, 300e6, 0.3, samebb=False).spwmap == (0, 3, 2, 3, 4)
    assert narrow_to_wide(spws, 5, 50e6, 0.8, samebb=True).spwmap == ()
