"""Which system temperatures calibrate which data."""

import numpy as np
import pytest

from pipeline_gfluxscale.domain.measurementset import Field, SpectralWindow
from pipeline_gfluxscale.heuristics.system_temperatures import angular_distance, tsys_fields, tsys_spw_map


def spw(number, centre, width, channels=128, baseband=1):
    return SpectralWindow(number, "", channels, centre - width / 2, centre + width / 2, centre, width, baseband, ())


def field(number, ra_deg, dec_deg):
    return Field(number, str(number), np.radians(ra_deg), np.radians(dec_deg), frozenset())


def test_a_wide_spw_of_the_baseband_serves_the_narrow_ones_in_it():
    spws = [
        spw(0, 230e9, 2e9),  # measured
        spw(1, 232e9, 2e9, baseband=2),  # measured
        spw(2, 230.5e9, 58.6e6, 3840),
        spw(3, 232e9, 2e9, baseband=2),
        spw(4, 232.2e9, 58.6e6, 3840, baseband=1),  # of a baseband that was measured elsewhere
    ]
    assert tsys_spw_map(spws, {0, 1}) == {0: 0, 1: 1, 2: 0, 3: 1}


def test_a_spw_may_be_a_channel_too_narrow():
    science, measured = spw(1, 230e9, 2.0e9, 128), spw(0, 230e9, 1.98e9, 128)  # short by 0.65 channels at each end
    assert tsys_spw_map([measured, science], {0}) == {0: 0, 1: 0}
    assert tsys_spw_map([measured, science], {0}, tolerance_channels=0.5) == {0: 0}


def test_of_several_the_nearest_in_frequency_serves():
    assert tsys_spw_map([spw(0, 230e9, 4e9), spw(1, 231e9, 4e9), spw(2, 231.2e9, 1e9)], {0, 1})[2] == 1


def test_fields_have_their_own_or_those_of_the_nearest_field():
    fields = [field(0, 10, 0), field(1, 20, 0), field(2, 13, 0), field(3, 359, 0)]
    measured = {0: {5}, 1: {5, 6}}
    assert tsys_fields(fields, measured, 5) == {0: 0, 1: 1, 2: 0, 3: 0}
    assert tsys_fields(fields, measured, 6) == {0: 1, 1: 1, 2: 1, 3: 1}
    assert tsys_fields(fields, measured, 7) == {}


@pytest.mark.parametrize(
    ("one", "other", "degrees"),
    [((0, 0), (0, 90), 90), ((10, 0), (350, 0), 20), ((0, 60), (180, 60), 60), ((0, -90), (77, -90), 0)],
)
def test_angles_between_directions(one, other, degrees):
    found = angular_distance(field(0, *one), field(1, *other))
    assert np.degrees(found) == pytest.approx(degrees, abs=1e-9)  # rounding


def test_small_angles_are_not_lost_in_rounding():
    arcsec = 1 / 3600
    # Rounding of angles near 0.
    assert np.degrees(angular_distance(field(0, 40, 0), field(1, 40 + arcsec, 0))) == pytest.approx(arcsec, rel=1e-6)
