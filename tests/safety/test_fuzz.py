"""The short form of `fuzz`: every parser and the parameters, with inputs that are the same each time."""

import pytest

from helpers.fuzz import PARSERS, fuzz

NUMBER = 300  # a second for all


@pytest.mark.parametrize("name", [*PARSERS, "parameters"])
def test_our_error_or_success(name):
    outcomes = fuzz(name, NUMBER)
    assert sum(outcomes.values()) == NUMBER


@pytest.mark.parametrize("name", PARSERS)
def test_the_samples_are_valid(name, tmp_path):
    """Otherwise the parsers would refuse everything for one reason."""
    sample, parse = PARSERS[name]
    read = parse(sample, tmp_path)
    if name == "Source.xml":
        assert read[0].fluxes[0].I == 2.5
