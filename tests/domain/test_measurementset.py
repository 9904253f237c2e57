"""The content of a MeasurementSet without CASA."""

from pathlib import Path

import numpy as np
import pytest

from pipeline_gfluxscale.domain.measurementset import Antenna, MeasurementSet

ALMA = (2225061.0, -5440057.0, -2481681.0)


def observed_by(*positions) -> MeasurementSet:
    antennas = tuple(Antenna(i, f"DA{41 + i}", f"A{i:03d}", xyz, 12.0) for i, xyz in enumerate(positions))
    return MeasurementSet(Path("a.ms"), "ALMA", antennas, (), (), (), frozenset())


def test_the_site_is_the_mean_position():
    other = tuple(np.add(ALMA, (30.0, 0.0, -60.0)))
    assert observed_by(ALMA, other).site == pytest.approx(np.add(ALMA, (15.0, 0.0, -30.0)))


@pytest.mark.parametrize("position", [(np.nan, 0.0, 0.0), (0.0, 0.0, 0.0), (np.inf, 0.0, 0.0), (1e9, 1e9, 1e9)])
def test_positions_that_are_not_on_earth_do_not_count(position):
    assert observed_by(position, ALMA).site == pytest.approx(ALMA)
    assert observed_by(position).site is None
