"""Which polarisations were observed: Stokes I is the mean of the parallel hands, whatever they are."""

import pytest

from helpers.stage_runs import BANDPASS, CHECK, PHASE, assert_true, pairs, small_plan


@pytest.mark.parametrize("correlations", ["RR LL", "XX", "XX XY YX YY"], ids=["circular", "single", "four"])
def test_feeds(run, correlations):
    """Circular feeds; a single polarisation; four correlations."""
    assert_true(run(small_plan(correlations=correlations)), pairs([BANDPASS, PHASE, CHECK]))
