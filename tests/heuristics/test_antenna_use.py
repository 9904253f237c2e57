import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_gfluxscale.heuristics.antenna_use import AntennaUse, antennas_used_score, few_antennas


def use(used, available, spw=0):
    return AntennaUse("J0309+1029", spw, used, available)


@given(st.integers(0, 66), st.integers(1, 66))
def test_less_than_half_of_the_antennas_is_red_and_told(used, available):
    score = antennas_used_score("a.ms", [use(used, available)])
    red = 2 * used < available
    assert (score.band == "red") == red
    assert bool(few_antennas([use(used, available)])) == (red or used < 3)


def test_all_antennas_are_green_and_quiet():
    score = antennas_used_score("a.ms", [use(43, 43), use(41, 43, spw=1)])
    assert score.band == "green"
    assert score.value == pytest.approx(41 / 43)
    assert few_antennas([use(43, 43)]) == []


def test_two_antennas_are_never_green():
    assert antennas_used_score("a.ms", [use(2, 2)]).band == "yellow"
    assert few_antennas([use(2, 2)]) == ["J0309+1029, spw 0: the flux density rests on 2 of the 2 antennas with data"]


def test_the_worst_decides_and_every_low_one_is_named():
    score = antennas_used_score("a.ms", [use(10, 10), use(4, 10, spw=1), use(6, 10, spw=2)])
    assert score.band == "red"
    assert "spw 1: 4 of 10" in score.longmsg
    assert "spw 2: 6 of 10" in score.longmsg
    assert "spw 0" not in score.longmsg


def test_nothing_without_flux_densities():
    assert antennas_used_score("a.ms", []) is None


def test_spws_with_the_same_numbers_are_said_together():
    uses = [AntennaUse("J0309", spw, 4, 7) for spw in (0, 1, 2)] + [AntennaUse("J0325", 0, 4, 7)]
    assert antennas_used_score("a.ms", uses).longmsg.endswith("J0309, spw 0~2: 4 of 7; J0325, spw 0: 4 of 7")
