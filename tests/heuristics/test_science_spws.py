"""Which spws are science spws."""

import pytest

from pipeline_gfluxscale.domain.measurementset import Scan, SpectralWindow
from pipeline_gfluxscale.heuristics.science_spws import science_spws

NAMES = {
    0: ("WVR#NOMINAL", 4),
    1: ("X0#ALMA_RB_06#BB_1#SW-01#FULL_RES", 128),
    2: ("X0#ALMA_RB_06#BB_1#SW-01#CH_AVG", 1),
    3: ("X0#ALMA_RB_06#BB_1#SQLD", 1),
    4: ("X0#ALMA_RB_06#BB_2#SW-01#FULL_RES", 128),  # observed for pointing only
}
SPWS = [SpectralWindow(i, name, n, 1e11, 1.02e11, 1.01e11, 2e9, 1, ("XX",)) for i, (name, n) in NAMES.items()]


def scan(intent, *spws):
    return Scan(1, 0, frozenset({intent} if intent else ()), frozenset(spws), 0.0, 60.0, 10)


SCANS = [scan("PHASE", 0, 1, 2, 3), scan("POINTING", 0, 4)]


@pytest.mark.parametrize(
    ("telescope", "scans", "has_intents", "science"),
    [
        ("ALMA", SCANS, True, {1}),
        ("ALMA", [scan("", 0, 1, 2, 3, 4)], False, {1, 4}),
        ("ALMA", [scan("PHASE", 0, 2, 3)], True, {2}),  # only channel averages
        ("ATCA", SCANS, True, {1, 2}),  # other observatories may have spws of one channel
    ],
    ids=["ALMA", "without intents", "channel averages only", "another observatory"],
)
def test_science_spws(telescope, scans, has_intents, science):
    assert science_spws(telescope, SPWS, scans, has_intents) == science
