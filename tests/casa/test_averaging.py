import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pipeline_gfluxscale.casa.averaging import channel_average

SHAPE = (2, 8, 5)


@pytest.fixture
def visibilities():
    """Visibilities before and after calibration, and |g_i g_j|**2."""
    rng = np.random.default_rng(1)
    calibrated = (rng.standard_normal(SHAPE) + 1j * rng.standard_normal(SHAPE)).astype(np.complex64)
    gain2 = rng.uniform(0.1, 2, SHAPE)
    return (calibrated * np.sqrt(gain2) * np.exp(1j)).astype(np.complex64), calibrated, gain2


def test_channels_have_equal_weights_and_the_sum_the_calibrated_ones(visibilities):
    data, calibrated, gain2 = visibilities
    weight = np.arange(1.0, 11.0).reshape(2, 5)
    average, total, model = channel_average(data, calibrated, np.zeros(SHAPE, dtype=bool), weight, None)
    np.testing.assert_allclose(average, calibrated.mean(axis=1), rtol=1e-6)
    np.testing.assert_allclose(total, gain2.sum(axis=1) * weight, rtol=1e-5)
    assert model is None


def test_flags_and_what_is_no_number_do_not_count(visibilities):
    data, calibrated, gain2 = visibilities
    flag = np.zeros(SHAPE, dtype=bool)
    flag[:, :3] = True
    calibrated[:, 7] = np.nan
    calibrated[0, 6, 0] = np.inf
    model = np.broadcast_to(np.arange(8.0)[None, :, None], SHAPE) + 0j
    average, total, averaged_model = channel_average(data, calibrated, flag, np.ones((2, 5)), model)
    np.testing.assert_allclose(average[1], calibrated[1, 3:7].mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(average[0, 0], calibrated[0, 3:6, 0].mean(), rtol=1e-6)
    np.testing.assert_allclose(total[1], gain2[1, 3:7].sum(axis=0), rtol=1e-5)
    np.testing.assert_allclose(averaged_model[1], 4.5)


def test_without_calibration(visibilities):
    data, _, _ = visibilities
    average, total, _ = channel_average(data, data, np.zeros(SHAPE, dtype=bool), np.full((2, 5), 3.0), None)
    np.testing.assert_allclose(average, data.mean(axis=1), rtol=1e-6)
    np.testing.assert_allclose(total, 24)


def test_all_flagged(visibilities):
    data, calibrated, _ = visibilities
    for before in (data, calibrated):
        average, total, model = channel_average(before, calibrated, np.ones(SHAPE, dtype=bool), np.ones((2, 5)), data)
        assert not average.any()
        assert not total.any()
        assert not model.any()


@given(
    hnp.arrays(np.complex128, SHAPE, elements=st.complex_numbers(min_magnitude=0.1, max_magnitude=10)),
    hnp.arrays(bool, SHAPE),
    st.floats(1e-3, 1e3),
)
def test_a_constant_is_its_own_average_and_weights_are_in_proportion(gain, flag, factor):
    calibrated = np.full(SHAPE, 2.5 - 1j)
    weight = np.linspace(1, 2, 10).reshape(2, 5)
    average, total, model = channel_average(gain * calibrated, calibrated, flag, weight, calibrated)
    good = ~flag.all(axis=1)
    np.testing.assert_allclose(average, np.where(good, 2.5 - 1j, 0))
    np.testing.assert_allclose(model, average)
    np.testing.assert_allclose(total, weight * np.sum(np.abs(gain) ** 2, axis=1, where=~flag))
    _, scaled, _ = channel_average(gain * calibrated, calibrated, flag, factor * weight, None)
    np.testing.assert_allclose(scaled, factor * total)
