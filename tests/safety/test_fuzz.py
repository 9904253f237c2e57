"""Every parser and the checks of the parameters, with inputs that nobody should write: our error, or success."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.fuzz import PARSERS, SLOW, feed, made_at_random

_FAST, _SLOW = 100, 10  # inputs for each; a few seconds for all


def _our_error_or_success(name, rng):
    assert feed(name, made_at_random(name, rng))


@pytest.mark.parametrize("name", [*(name for name in PARSERS if name not in SLOW), "parameters"])
@settings(max_examples=_FAST)
@given(rng=st.randoms(use_true_random=False))
def test_our_error_or_success(name, rng):
    _our_error_or_success(name, rng)


@pytest.mark.parametrize("name", SLOW)
@settings(max_examples=_SLOW)
@given(rng=st.randoms(use_true_random=False))
def test_our_error_or_success_of_slow_ones(name, rng):
    _our_error_or_success(name, rng)


def test_a_name_of_any_length_makes_a_short_message():
    """It was found by the long form."""
    assert feed("flux.csv of an MS", PARSERS["flux.csv of an MS"][0].replace("x.ms", "y" * 5000)) == "InputError"


@pytest.mark.parametrize("name", [name for name in PARSERS if name != "options of the command"])
def test_the_samples_are_valid(name, tmp_path):
    """Otherwise the parsers would refuse everything for one reason."""
    sample, parse = PARSERS[name]
    read = parse(sample, tmp_path)
    if name == "Source.xml":
        assert read[0].fluxes[0].I == 2.5
