import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pipeline_gfluxscale.heuristics.starting_gains import starting_gains

logarithms = hnp.arrays(float, st.integers(3, 12), elements=st.floats(-14, 14))


def baselines(log_gain):
    """Return ln|V / M| of every baseline, without noise, and equal weights."""
    return log_gain[:, None] + log_gain, 1.0 - np.eye(log_gain.size)


@given(logarithms)
def test_gains_of_any_size_are_found(log_gain):
    """From 1e-6 to 1e6 in one array."""
    np.testing.assert_allclose(np.log(starting_gains(*baselines(log_gain))), log_gain, atol=1e-6)  # rounding


@given(logarithms, st.data())
def test_weights_do_not_matter_where_all_agree(log_gain, data):
    log_ratio, weight = baselines(log_gain)
    # 1e-6 to 1e6: antennas of 7 m and 12 m, and of other system temperatures, differ by far less.
    factor = data.draw(hnp.arrays(float, log_gain.size, elements=st.floats(1e-3, 1e3)))
    np.testing.assert_allclose(
        # The weights span 12 decades.
        np.log(starting_gains(log_ratio, weight * factor[:, None] * factor)),
        log_gain,
        atol=1e-3,
    )


def test_an_antenna_without_data_has_a_gain_of_one():
    log_ratio, weight = baselines(np.log([4.0, 1.0, 5.0, 6.0]))
    log_ratio[1], log_ratio[:, 1], weight[1], weight[:, 1] = np.nan, np.nan, 0, 0
    np.testing.assert_allclose(starting_gains(log_ratio, weight), [4, 1, 5, 6], rtol=1e-9)  # rounding
    assert starting_gains(log_ratio, np.zeros_like(weight)).tolist() == [1, 1, 1, 1]


def test_one_baseline_is_shared_evenly():
    """Of two antennas only the product of the gains is known."""
    log_ratio, weight = baselines(np.log([4.0, 9.0]))
    assert starting_gains(log_ratio, weight) == pytest.approx([6, 6])


def test_the_residuals_are_those_of_weighted_least_squares():
    rng = np.random.default_rng(3)
    log_ratio, weight = baselines(rng.normal(size=6))
    noise, scatter = np.triu(rng.normal(0, 0.1, (6, 6)), 1), np.triu(rng.uniform(0.5, 2, (6, 6)), 1)
    log_ratio, weight = log_ratio + noise + noise.T, weight * (scatter + scatter.T)
    found = np.log(starting_gains(log_ratio, weight))
    residual = weight * (log_ratio - found[:, None] - found)
    np.testing.assert_allclose(residual.sum(axis=1), 0, atol=1e-9)  # rounding
