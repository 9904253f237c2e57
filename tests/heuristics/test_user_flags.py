"""Which visibilities a flag command selects in a piece of data, and how many it flags."""

import numpy as np
import pytest

from pipeline_gfluxscale.domain.flag_command import FlagCommand
from pipeline_gfluxscale.heuristics.user_flags import FlaggedData, UserFlags

ROWS = np.array([3, 4, 7, 9])
HANDS = ("XX", "YY")


def data(*rows: int, channels=None, correlations=()) -> FlaggedData:
    return FlaggedData(np.array(rows, dtype=int), channels or {}, tuple(correlations))


def test_rows():
    mask = data(1, 4, 9, 12).mask(ROWS, 0, HANDS, 5)
    assert mask.shape == (2, 5, 4)
    assert mask.all(axis=(0, 1)).tolist() == [False, True, False, True]
    assert mask.any(axis=(0, 1)).tolist() == [False, True, False, True]


def test_channels_of_the_spw_and_a_polarisation():
    mask = data(3, channels={5: [(0, 1, 1), (4, 9, 2)]}, correlations=["YY"]).mask(ROWS, 5, HANDS, 8)
    assert mask[1, :, 0].tolist() == [True, True, False, False, True, False, True, False]
    assert mask.sum() == 4


@pytest.mark.parametrize("nothing", [data(), data(5), data(3, correlations=["XY"]), data(3, channels={0: [(8, 9, 1)]})])
def test_nothing(nothing):
    assert nothing.mask(ROWS, 0, HANDS, 8) is None


def test_a_visibility_counts_for_the_first_command_and_not_if_it_was_flagged():
    commands = [FlagCommand("a.txt", line, f"line {line}") for line in (1, 2, 3, 4)]
    idle = FlagCommand("a.txt", 5, "autocorrelations", autocorr=True)
    found = [data(3), data(3, 4, correlations=["XX"]), data(4, correlations=["XX"]), data(), data()]
    flags = UserFlags(list(zip([*commands, idle], found, strict=True)), {2: HANDS})
    flag = np.zeros((2, 10, 4), dtype=bool)
    flag[0, :, 0] = True
    after = flags.flag(flag, ROWS, 2)
    assert after[:, :, 0].all()
    assert after[0, :, 1].all()
    assert after.sum() == 30
    assert flag.sum() == 10
    assert [each.number for each in flags.applied] == [10, 10, 0, 0, 0]
    said = [each.nothing for each in flags.applied]
    assert said[:2] == ["", ""]
    assert "not flagged before" in said[2]
    assert said[3] == "it selects no data"
    assert "autocorrelations" in said[4]
