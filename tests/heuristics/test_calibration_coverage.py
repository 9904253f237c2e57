"""Which flux densities lack calibration: what is said of them, and the score."""

import pytest

from pipeline_gfluxscale.domain.flux import FluxMeasurement
from pipeline_gfluxscale.heuristics.calibration_coverage import Applied, adopted_scores, judge_coverage

REFERENCE, PHASE, CHECK = 0, 1, 2
NAMES = {REFERENCE: "Uranus", PHASE: "J0309", CHECK: "J0325"}
ANTENNAS = [f"DA{n}" for n in range(41, 51)]
FULL = Applied({"Tsys": ANTENNAS, "bandpass": ANTENNAS})


def judge(changes=None, *, everywhere=FULL, is_raw=False, spws=(0, 1)):
    applied = {(field, spw): everywhere for field in NAMES for spw in spws} | (changes or {})
    scaled_by = {(field, spw): [(REFERENCE, spw)] for field in (PHASE, CHECK) for spw in spws}
    return judge_coverage("x.ms", applied, scaled_by, NAMES, ANTENNAS, is_raw=is_raw)


@pytest.mark.parametrize("is_raw", [False, True])
def test_complete_calibration_is_quiet(is_raw):
    found = judge(is_raw=is_raw)
    assert (found.caveats, found.warnings, found.assumptions) == ({}, (), ())
    assert found.score.score == 1.0
    assert found.score.longmsg == "x.ms: all data have Tsys and bandpass"


def test_a_spw_without_system_temperatures():
    found = judge({(field, 1): Applied({"bandpass": ANTENNAS}) for field in NAMES})
    assert found.caveats == {(PHASE, 1): ("no Tsys",), (CHECK, 1): ("no Tsys",)}
    (warning,) = found.warnings
    assert warning.startswith("no Tsys is applied to Uranus #0, J0309 #1, J0325 #2 in spw 1:")
    assert (found.score.band, found.score.value) == ("red", 0.5)


def test_a_field_without_bandpass():
    found = judge({(PHASE, spw): Applied({"Tsys": ANTENNAS}) for spw in (0, 1)})
    assert found.caveats == {(PHASE, 0): ("no bandpass",), (PHASE, 1): ("no bandpass",)}
    assert found.warnings[0].startswith("no bandpass is applied to J0309 #1 in spw 0~1:")
    assert found.score.band == "red"


def test_what_the_reference_lacks_is_wrong_in_all_that_it_scales():
    found = judge({(REFERENCE, 0): Applied({"bandpass": ANTENNAS})})
    assert found.caveats == {(PHASE, 0): ("reference: no Tsys",), (CHECK, 0): ("reference: no Tsys",)}
    assert found.score.band == "red"


def test_solutions_of_no_antenna_are_none():
    found = judge({(PHASE, 0): Applied({"Tsys": [], "bandpass": ANTENNAS})})
    assert found.caveats == {(PHASE, 0): ("no Tsys",)}


def test_one_wrong_flux_density_of_many_is_still_red():
    found = judge({(PHASE, 0): Applied({"bandpass": ANTENNAS})}, spws=range(50))
    assert 0.29 < found.score.score < 0.33  # red, but just below the limit


def test_a_bandpass_alone_is_complete_unless_the_data_are_raw():
    bandpass = Applied({"bandpass": ANTENNAS})
    assert judge(everywhere=bandpass).score.score == 1.0
    raw = judge(everywhere=bandpass, is_raw=True)
    assert set(raw.caveats.values()) == {("no Tsys",)}
    assert (raw.score.score, raw.score.band) == (0.0, "red")


@pytest.mark.parametrize(("is_raw", "band"), [(False, "blue"), (True, "yellow")])
def test_without_any_calibration_it_is_assumed(is_raw, band):
    found = judge(everywhere=Applied(), is_raw=is_raw)
    (assumption,) = found.assumptions
    assert assumption.startswith("no bandpass or Tsys calibration is applied to J0309, J0325, Uranus:")
    assert (found.caveats, found.warnings, found.score.band) == ({}, (), band)


def test_antennas_without_solutions_are_named():
    """Their data are flagged: the flux density is that of the others."""
    found = judge({(PHASE, 0): Applied({"Tsys": ANTENNAS[1:], "bandpass": ANTENNAS})})
    assert found.caveats == {(PHASE, 0): ("no Tsys of DA41",)}
    assert found.warnings == ("the data of DA41 are flagged, for lack of Tsys, in J0309 #1 in spw 0",)
    assert found.score.band == "blue"
    assert judge({(PHASE, 0): Applied({"Tsys": ANTENNAS[3:], "bandpass": ANTENNAS})}).score.band == "red"


def test_system_temperatures_from_far_away_are_wrong():
    borrowed = Applied(FULL.antennas, {"Tsys": "J0423, 15 degrees away"})
    found = judge({(PHASE, 0): borrowed})
    assert found.caveats == {(PHASE, 0): ("Tsys of J0423, 15 degrees away",)}
    assert found.warnings == ("the Tsys of J0309 #1 in spw 0 is that of J0423, 15 degrees away",)
    assert found.score.band == "red"


def test_a_reference_with_system_temperatures_of_another_field_is_said_of_all_that_it_scales():
    found = judge({(REFERENCE, 1): Applied(FULL.antennas, {"Tsys": "Target, 5 degrees away; its own are missing"})})
    words = ("reference: Tsys of Target, 5 degrees away; its own are missing",)
    assert found.caveats == {(PHASE, 1): words, (CHECK, 1): words}
    assert found.score.band == "red"


def test_system_temperatures_of_a_field_beside_it_are_usual():
    beside = Applied(FULL.antennas, nearby={"Tsys": "Target, 2 degrees away"})
    found = judge({(PHASE, 0): beside, (PHASE, 1): beside})
    assert found.assumptions == ("the Tsys of J0309 #1 in spw 0~1 is that of Target, 2 degrees away",)
    assert (found.caveats, found.warnings, found.score.score) == ({}, (), 1.0)


@pytest.mark.parametrize(
    ("caveats", "bands"),
    [
        ((), []),
        (("no Tsys",), ["red"]),
        (("no Tsys of DA41",), ["yellow"]),
        (("Tsys of X, 15 degrees away",), ["red"]),
    ],
)
def test_adopted_flux_densities_keep_their_caveats(caveats, bands):
    measurements = [FluxMeasurement("J0309", 1, (), spw, 1e9, 1e9) for spw in range(3)]
    measurements.append(FluxMeasurement("J0309", 1, (), 3, 1e9, 1e9, caveats=caveats))
    assert [score.band for score in adopted_scores("x.ms", measurements)] == bands
