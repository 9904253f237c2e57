import numpy as np
import pytest

from pipeline_gfluxscale.heuristics.geometry import elevation, separations


def test_distances_are_three_dimensional():
    # A 3-4-12 box has the space diagonal 13.
    distances = separations([(0, 0, 0), (3, 4, 12), (3, 4, 0)])
    np.testing.assert_allclose(distances, [[0, 13, 5], [13, 0, 12], [5, 12, 0]])


def test_distances_do_not_depend_on_where_the_array_is():
    rng = np.random.default_rng(1)
    local = rng.uniform(-500, 500, (10, 3))
    rotation = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    at_alma = local @ rotation + np.array([2225061.0, -5440061.0, -2481682.0])
    # M: rounding of geocentric coordinates.
    np.testing.assert_allclose(separations(at_alma), separations(local), atol=1e-6)


@pytest.mark.parametrize("shape", [(3,), (4, 2), (2, 3, 3)])
def test_positions_need_three_coordinates(shape):
    with pytest.raises(ValueError, match="n_ant, 3"):
        separations(np.zeros(shape))


def test_elevation_is_that_of_astropy():
    """44.245 degrees by `SkyCoord.transform_to(AltAz)`; precession since 2000, which is neglected, is 0.3 degrees."""
    found = elevation((2225061.0, -5440057.0, -2481681.0), np.radians(39.66), np.radians(16.6), 60268.2 * 86400)
    assert np.degrees(found) == pytest.approx([44.245], abs=0.3)  # precession


def test_a_source_at_the_zenith_transits():
    """Its declination is the geodetic latitude of ALMA, -23.03 degrees, and once a day it is at 90 degrees."""
    times = 60268.0 * 86400 + np.linspace(0, 86164, 2000)
    found = np.degrees(elevation((2225061.0, -5440057.0, -2481681.0), 1.0, np.radians(-23.03), times))
    assert found.max() == pytest.approx(90, abs=0.1)  # half of the rotation of the Earth between two times, 43 s
