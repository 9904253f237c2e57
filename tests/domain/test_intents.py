import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_gfluxscale.domain.intents import (
    CALIBRATOR_INTENTS,
    INTENTS,
    SCIENCE_INTENTS,
    casa_selection,
    intents_of,
    pipeline_words,
    validate_intents,
)
from pipeline_gfluxscale.errors import InputError


@pytest.mark.parametrize(
    ("obs_mode", "words"),
    [
        ("CALIBRATE_FLUX#ON_SOURCE,CALIBRATE_WVR#ON_SOURCE", {"AMPLITUDE", "WVR"}),
        ("CALIBRATE_AMPLI#ON_SOURCE", {"AMPLITUDE"}),
        ("CALIBRATE_PHASE.ON_SOURCE", {"PHASE"}),
        ("CALIBRATE_PHASE_ON_SOURCE,CALIBRATE_POL_ANGLE_ON_SOURCE", {"PHASE", "POLANGLE"}),
        ("CALIBRATE_BANDPASS#UNSPECIFIED", {"BANDPASS"}),  # VLA
        ("OBSERVE_TARGET", {"TARGET"}),
        ("OBSERVE_TARGET#OFF_SOURCE", set()),
        ("CALIBRATE_ATMOSPHERE#OFF_SOURCE,CALIBRATE_WVR#OFF_SOURCE", {"ATMOSPHERE", "WVR"}),
        ("CALIBRATE_DIFFGAIN#REFERENCE", {"DIFFGAINREF"}),
        ("CALIBRATE_DIFFGAIN.REFERENCE", {"DIFFGAINREF"}),
        ("CALIBRATE_DIFFGAIN#ON_SOURCE", {"DIFFGAINSRC"}),
        ("CALIBRATE_POLARIZATION#ON_SOURCE", {"POLARIZATION"}),
        ("CALIBRATE_POL_LEAKAGE#ON_SOURCE", {"POLLEAKAGE"}),
        ("OBSERVE_CHECK_SOURCE#ON_SOURCE", {"CHECK"}),
        ("", set()),
        ("garbage, #,", set()),
    ],
)
def test_intents_of(obs_mode, words):
    assert intents_of(obs_mode) == words


@pytest.mark.parametrize(
    ("obs_mode", "words"),
    [
        ("CALIBRATE_DELAY#ON_SOURCE", {"CHECK"}),
        ("CALIBRATE_DELAY.ON_SOURCE,CALIBRATE_WVR.ON_SOURCE", {"CHECK", "WVR"}),
        ("CALIBRATE_DELAY#ON_SOURCE,CALIBRATE_PHASE#ON_SOURCE", {"PHASE"}),  # today's phase calibrators
    ],
)
def test_a_delay_calibrator_is_a_check_source_only_where_it_is_alone(obs_mode, words):
    assert intents_of(obs_mode) == words


@pytest.mark.parametrize("word", sorted(INTENTS))
def test_every_word_is_found_again(word):
    """In its modes, in the selection of its modes, and in their translation."""
    for mode in INTENTS[word]:
        obs_mode = mode if "#" in mode else f"{mode}#ON_SOURCE"
        assert intents_of(obs_mode) == {word}
        assert pipeline_words(obs_mode) == word
        assert casa_selection(word, [obs_mode])
    assert set(pipeline_words(casa_selection(word)).split(",")) == {word}


def test_science_intents_are_words():
    assert set(INTENTS) >= SCIENCE_INTENTS > CALIBRATOR_INTENTS


def test_casa_selection():
    assert casa_selection("PHASE") == "*CALIBRATE_PHASE*"
    assert casa_selection("AMPLITUDE") == "*CALIBRATE_FLUX*,*CALIBRATE_AMPLI*"
    assert casa_selection("DIFFGAINREF") == "*CALIBRATE_DIFFGAIN?REFERENCE*"
    assert casa_selection("") == ""


def test_casa_selection_keeps_only_what_the_data_have():
    """CASA refuses a whole selection if one of its patterns matches nothing."""
    modes = [
        "CALIBRATE_FLUX#ON_SOURCE,CALIBRATE_WVR#ON_SOURCE",
        "CALIBRATE_DELAY#ON_SOURCE,CALIBRATE_PHASE#ON_SOURCE",
    ]
    assert casa_selection("AMPLITUDE", modes) == "*CALIBRATE_FLUX*"
    assert casa_selection("AMPLITUDE,BANDPASS,PHASE", modes) == "*CALIBRATE_FLUX*,*CALIBRATE_PHASE*"
    with pytest.raises(InputError, match="CHECK"):
        casa_selection("CHECK", modes)


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        ("CALIBRATE_PHASE#ON_SOURCE", "PHASE"),
        ("*CALIBRATE_PHASE*,*CALIBRATE_AMPLI*", "PHASE,AMPLITUDE"),
        ("CALIBRATE_FLUX.ON_SOURCE,CALIBRATE_AMPLI.ON_SOURCE", "AMPLITUDE"),
        ("PHASE, CHECK", "PHASE,CHECK"),
        ("*POL*", "POLARIZATION,POLANGLE,POLLEAKAGE"),
        ("SYSTEM_CONFIGURATION#ON_SOURCE", "SYSTEM_CONFIGURATION#ON_SOURCE"),
        ("", ""),
    ],
)
def test_pipeline_words(selection, words):
    assert pipeline_words(selection) == words


@given(st.lists(st.sampled_from(sorted(INTENTS)), unique=True))
def test_valid_intents_are_kept_in_order(words):
    assert validate_intents("transintent", ",".join(words)) == tuple(words)


def test_validate_intents():
    assert validate_intents("transintent", " phase, PHASE,CHECK,") == ("PHASE", "CHECK")
    with pytest.raises(InputError, match=r"transintent='PHASE,FAZE': unknown intent FAZE; choices: AMPLITUDE"):
        validate_intents("transintent", "PHASE,FAZE")
