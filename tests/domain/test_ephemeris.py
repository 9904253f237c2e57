"""Whether ephemerides cover what was observed, in words that help."""

from pathlib import Path

import pytest

from pipeline_gfluxscale.domain.ephemeris import check_ephemerides
from pipeline_gfluxscale.domain.measurementset import Ephemeris, Field, MeasurementSet, Scan
from pipeline_gfluxscale.errors import InputError

DAY = 86400.0
OBSERVED = 60268.17 * DAY  # 2023-11-20 04:05 UTC
AMPLITUDE = frozenset({"AMPLITUDE"})


def observation(ephemeris):
    """Return a MeasurementSet of one field, observed for a minute, and the field."""
    field = Field(0, "Uranus", 0.8, 0.3, AMPLITUDE, ephemeris)
    scan = Scan(1, 0, AMPLITUDE, frozenset({0}), OBSERVED, OBSERVED + 60, 10)
    return MeasurementSet(Path("observed.ms"), "ALMA", (), (), (field,), (scan,), frozenset({0})), field


@pytest.mark.parametrize(
    "ephemeris", [None, Ephemeris(0, "EPHEM0_Uranus.tab", OBSERVED - DAY, OBSERVED + DAY)], ids=["none", "covers"]
)
def test_fields_that_do_not_move_or_are_covered_pass(ephemeris):
    ms, field = observation(ephemeris)
    check_ephemerides(ms, [field])


@pytest.mark.parametrize(
    ("start", "end"),
    [(OBSERVED - 10 * DAY, OBSERVED - 5 * DAY), (OBSERVED + 1, OBSERVED + DAY), (OBSERVED - DAY, OBSERVED + 30)],
    ids=["earlier", "later", "ends within the scan"],
)
def test_an_ephemeris_that_does_not_cover_the_scans_is_named_with_its_range(start, end):
    ms, field = observation(Ephemeris(0, "EPHEM0_Uranus.tab", start, end))
    with pytest.raises(
        InputError, match=r"Uranus was observed at 2023-11-20 04:04 UTC.*EPHEM0_Uranus\.tab.*from 2023-"
    ):
        check_ephemerides(ms, [field])


def test_a_missing_ephemeris_is_named():
    ms, field = observation(Ephemeris(2))
    with pytest.raises(InputError, match=r"Uranus refers to ephemeris 2.*EPHEM2_"):
        check_ephemerides(ms, [field])
