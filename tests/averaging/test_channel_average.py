"""The average over channels, with corrections of antennas."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pipeline_gfluxscale.averaging.channel_average import Rows, average_channels
from pipeline_gfluxscale.averaging.jones import Corrections

BASELINES = np.array([[0, 0, 1], [1, 2, 2]])
TIMES, CHANNELS, ANTENNAS = 3, 8, 3
RECEPTORS = {1: [(0, 0)], 2: [(0, 0), (1, 1)], 4: [(0, 0), (0, 1), (1, 0), (1, 1)]}


def random_complex(rng, *shape):
    return (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)).astype(np.complex64)


def rows(rng, n_corr, flag=None, model=None):
    """All baselines at each time."""
    n_row = TIMES * BASELINES.shape[1]
    data = random_complex(rng, n_row, n_corr, CHANNELS)
    antenna1, antenna2 = np.tile(BASELINES, TIMES)
    return Rows(data, flag, np.repeat(np.arange(TIMES), BASELINES.shape[1]), antenna1, antenna2, model)


def corrections(rng, n_state=1, n_el=2, n_chan=CHANNELS, ok=None):
    factor = random_complex(rng, n_state, ANTENNAS, n_el, n_chan) + 2
    state = np.arange(TIMES) % n_state
    return Corrections(factor, np.ones(factor.shape, dtype=bool) if ok is None else ok, state)


def by_definition(data, tables, n_corr):
    """Multiply each visibility with c_i * conj(c_j) of each table; return the result and the flags of the tables."""
    result, flag = data.data.astype(complex), np.zeros(data.data.shape, dtype=bool)
    for row in range(len(result)):
        i, j, t = data.antenna1[row], data.antenna2[row], data.integration[row]
        for corr, (p, q) in enumerate(RECEPTORS[n_corr]):
            for table in tables:
                last = table.factor.shape[2] - 1
                first, second = (table.factor[table.state[t], a, min(e, last)] for a, e in ((i, p), (j, q)))
                result[row, corr] *= first * np.conj(second)
                for a, e in ((i, p), (j, q)):
                    flag[row, corr] |= ~table.ok[table.state[t], a, min(e, last)]
    return result, flag


@pytest.mark.parametrize("n_corr", [1, 2, 4])
def test_against_the_definition(n_corr):
    """Tables that change with time and not, with channels and not, of two receptors and one; single precision."""
    rng = np.random.default_rng(n_corr)
    data = rows(rng, n_corr, flag=rng.random((9, n_corr, CHANNELS)) < 0.2)
    tables = [corrections(rng), corrections(rng, n_state=3, n_chan=1), corrections(rng, n_state=2, n_el=1)]
    tables[1].ok[2, 1, 0] = False
    tables[2].ok[1, 2, 0, :3] = False
    calibrated, flag = by_definition(data, tables, n_corr)
    good = ~flag & ~data.flag
    gain2 = np.abs(data.data) ** 2 / np.abs(calibrated) ** 2
    average = average_channels(data, tables)
    number = np.maximum(good.sum(axis=2), 1)
    # Complex64.
    np.testing.assert_allclose(average.data, (calibrated * good).sum(axis=2) / number, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(average.gain2, (gain2 * good).sum(axis=2), rtol=1e-5)  # float32


def test_without_tables_the_mean_and_the_number_of_channels():
    rng = np.random.default_rng(1)
    data = rows(rng, 2)
    expected = data.data.mean(axis=2)
    average = average_channels(data, [])
    np.testing.assert_allclose(average.data, expected, rtol=1e-5, atol=1e-6)  # complex64
    assert np.all(average.gain2 == CHANNELS)
    assert average.model is None


def test_the_model_is_not_calibrated_and_has_the_flags_of_the_data():
    rng = np.random.default_rng(1)
    flag = np.zeros((9, 2, CHANNELS), dtype=bool)
    flag[:, 0, :4] = True
    model = np.broadcast_to(np.arange(CHANNELS), flag.shape).astype(np.complex64)
    average = average_channels(rows(rng, 2, flag, model.copy()), [corrections(rng)])
    np.testing.assert_allclose(average.model[:, 0], 5.5)
    np.testing.assert_allclose(average.model[:, 1], 3.5)


def test_flagged_data_may_be_anything():
    rng = np.random.default_rng(1)
    flag = np.zeros((9, 2, CHANNELS), dtype=bool)
    flag[0] = flag[1, 0, :2] = True
    data = rows(rng, 2, flag)
    expected = data.data[1, 0, 2:].mean()
    data.data[flag] = np.nan
    average = average_channels(data, [])
    assert np.all(average.data[0] == 0)
    assert np.all(average.gain2[0] == 0)
    np.testing.assert_allclose(average.data[1, 0], expected, rtol=1e-5)  # complex64


@pytest.mark.parametrize("factor", [0, 1e-30, 1e25, np.inf, np.nan])
@pytest.mark.parametrize("n_chan", [1, CHANNELS])
def test_solutions_that_give_no_finite_average_cost_their_antenna(factor, n_chan):
    """One visibility or weight that is infinite or no number would spoil the solutions of all antennas."""
    rng = np.random.default_rng(2)
    table = corrections(rng, n_chan=n_chan)
    expected = average_channels(rows(np.random.default_rng(3), 2), [table])
    table.factor[0, 1, :, 0] = factor
    data = rows(np.random.default_rng(3), 2)
    with np.errstate(all="ignore"):
        average = average_channels(data, [table])
    spoiled = (data.antenna1 == 1) | (data.antenna2 == 1)
    assert np.isfinite(average.data).all()
    assert np.isfinite(average.gain2).all()
    np.testing.assert_array_equal(average.data[~spoiled], expected.data[~spoiled])
    if factor != 1e25:  # large, but finite
        assert not average.gain2[spoiled].any()


@given(
    hnp.arrays(np.complex64, (ANTENNAS, 2, CHANNELS), elements=st.complex_numbers(min_magnitude=0.1, max_magnitude=10)),
    hnp.arrays(bool, (9, 2, CHANNELS)),
)
def test_a_constant_is_its_own_average(gain, flag):
    """Of data that are a constant times the gains, the average is the constant wherever anything is left."""
    antenna1, antenna2 = np.tile(BASELINES, TIMES)
    data = ((2.5 - 1j) * gain[antenna1] * np.conj(gain[antenna2])).astype(np.complex64)
    whole = Rows(data, flag, np.repeat(np.arange(TIMES), 3), antenna1, antenna2)
    table = Corrections((1 / gain)[None], np.ones((1, *gain.shape), dtype=bool), np.zeros(TIMES, dtype=int))
    average = average_channels(whole, [table])
    left = ~flag.all(axis=2)
    np.testing.assert_allclose(average.data, np.where(left, 2.5 - 1j, 0), rtol=1e-5)  # complex64
    gain2 = np.abs(gain[antenna1] * gain[antenna2]) ** 2
    np.testing.assert_allclose(average.gain2, (gain2 * ~flag).sum(axis=2), rtol=1e-4)  # float32
