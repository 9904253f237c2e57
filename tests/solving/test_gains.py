"""The gains of antennas, from visibilities whose gains are known."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_gfluxscale.solving.gains import Gains, solve_gains
from pipeline_gfluxscale.solving.normal_equations import Mode, Rows, normal_equations

seeds = st.integers(0, 2**32 - 1)


def observed(gain: np.ndarray, noise: float = 0.0, seed: int = 0) -> Rows:
    """Return the visibilities of all baselines, of a source of 3 Jy.

    `gain` has the shape (n_interval, n_hand, n_ant).
    """
    rng = np.random.default_rng(seed)
    n_interval, n_hand, n_ant = gain.shape
    first, second = np.triu_indices(n_ant, 1)
    model = np.full((n_hand, n_interval * first.size), 3.0 + 0j)
    data = 3.0 * (gain[:, :, first] * np.conj(gain[:, :, second])).transpose(1, 0, 2).reshape(n_hand, -1)
    data = data + noise * (rng.normal(size=data.shape) + 1j * rng.normal(size=data.shape))
    interval = np.repeat(np.arange(n_interval), first.size)
    antennas = (np.tile(first, n_interval), np.tile(second, n_interval))
    guides = np.ones(interval.size, dtype=bool)
    return Rows(data, model, np.ones(data.shape), *antennas, interval, data[:0], np.ones((0, data.shape[1])), guides)


def random_gains(seed: int, n_interval: int = 4, n_hand: int = 2, n_ant: int = 7) -> np.ndarray:
    rng = np.random.default_rng(seed)
    shape = (n_interval, n_hand, n_ant)
    return rng.uniform(0.8, 1.2, shape) * np.exp(1j * rng.uniform(-np.pi, np.pi, shape))


def solved(rows: Rows, mode: Mode, *, joint: bool = False, min_baselines: int = 2, min_snr: float = 2.0) -> Gains:
    n_ant, n_interval = int(rows.antenna2.max()) + 1, int(rows.interval.max()) + 1
    equations = normal_equations(rows, mode, n_interval=n_interval, n_ant=n_ant, joint=joint)
    return solve_gains(equations, mode, refants=[0], min_baselines=min_baselines, min_snr=min_snr)


def relative(gain: np.ndarray) -> np.ndarray:
    """Return the phases relative to antenna 0."""
    return np.angle(gain * np.conj(gain[..., :1]))


@given(seeds)
def test_phases_of_data_without_noise(seed):
    gain = random_gains(seed)
    gains = solved(observed(gain), Mode.PHASE)
    assert gains.good.all()
    np.testing.assert_allclose(np.abs(gains.gain), 1)
    # The iteration ends after 6 small changes of chi2, as gaincal's does: the remainder is far below a thousandth.
    assert np.abs(np.angle(np.exp(1j * (relative(gains.gain) - relative(gain))))).max() < 1e-3


@given(seeds)
def test_amplitudes_of_data_without_noise(seed):
    gain = random_gains(seed, n_hand=1)
    gains = solved(observed(np.repeat(gain, 2, axis=1)), Mode.AMPLITUDE, joint=True)
    assert gains.good.all()
    # As above.
    np.testing.assert_allclose(gains.gain[:, 0], np.abs(gain[:, 0]), rtol=1e-3)


@given(seeds)
def test_an_interval_does_not_depend_on_the_others(seed):
    rows = observed(random_gains(seed), noise=0.5, seed=seed)
    together = solved(rows, Mode.PHASE)
    for interval in range(4):
        alone = solved(rows.select(np.flatnonzero(rows.interval == interval), interval), Mode.PHASE)
        np.testing.assert_array_equal(alone.good[0], together.good[interval])
        np.testing.assert_allclose(alone.gain[0], together.gain[interval], rtol=1e-9)  # rounding


def test_the_errors_are_those_of_the_noise():
    """Least squares: the variance of a gain of modulus 1 is that of V / M over the number of baselines."""
    n_ant, noise = 20, 0.3
    gain = np.ones((300, 1, n_ant), dtype=complex)
    gains = solved(observed(gain, noise, seed=1), Mode.AMPLITUDE)
    expected = noise / 3.0 / np.sqrt(n_ant - 1)
    # 300 intervals of 20 antennas measure the scatter within 1 %; the errors neglect the covariance, of the
    # order 1 / n_ant.
    assert np.std(np.abs(gains.gain)) == pytest.approx(expected, rel=0.05)
    assert np.median(gains.error) == pytest.approx(expected, rel=0.03)
    assert np.median(gains.snr) == pytest.approx(1 / expected, rel=0.03)


def test_solutions_without_error_have_a_finite_signal_to_noise_ratio():
    gains = solved(observed(np.ones((1, 2, 5), dtype=complex)), Mode.PHASE)
    assert gains.good.all()
    assert np.all(gains.error == 0)
    assert np.all(gains.snr == 9_999_999)


def test_a_low_signal_to_noise_ratio_is_no_solution():
    rows = observed(random_gains(3), noise=6.0, seed=3)
    kept, all_of_them = solved(rows, Mode.PHASE, min_snr=3.0), solved(rows, Mode.PHASE, min_snr=0.0)
    assert 0 < kept.good.sum() < all_of_them.good.sum()
    np.testing.assert_array_equal(kept.good, all_of_them.snr > 3.0)
    assert np.all(kept.snr[~kept.good] == 0)
    assert np.all(kept.gain[~kept.good] == 1)


def test_antennas_of_few_baselines_have_no_solution():
    """Antenna 6 is left with two baselines, and antenna 5 with three, of which one is to antenna 6."""
    rows = observed(random_gains(4, n_interval=1))
    pairs = rows.antenna1 * 10 + rows.antenna2
    weight = np.where(np.isin(pairs, [16, 26, 36, 46, 25, 35, 45]), 0.0, rows.weight)
    few = replace(rows, weight=weight)
    good = solved(few, Mode.PHASE, min_baselines=3).good[0, 0]
    assert good.tolist() == [True] * 5 + [False] * 2
    assert solved(few, Mode.PHASE, min_baselines=2).good.all()


def test_an_interval_without_data():
    rows = observed(random_gains(5))
    weight = np.where(rows.interval == 2, 0.0, rows.weight)
    empty = replace(rows, weight=weight)
    gains = solved(empty, Mode.PHASE)
    assert gains.good.any(axis=(1, 2)).tolist() == [True, True, False, True]


def test_autocorrelations_and_zeros_do_not_count():
    rows = observed(random_gains(6))
    data = rows.data.copy()
    data[:, rows.antenna1 == 2] = 0
    same = np.where(rows.antenna1 == 3, 3, rows.antenna2)
    equations = normal_equations(
        replace(rows, data=data, antenna2=same), Mode.PHASE, n_interval=4, n_ant=7, joint=False,
    )  # fmt: skip
    number = equations.number[0, 0]
    assert number[2, 3:].sum() == 0
    assert number[3, 3:].sum() == 0
    assert number[0, 1:].sum() == 6


def test_cross_hands_count_as_gaincal_counts_them():
    """gaincal's chi2 of joint gains has the power of the cross-hands, and its degrees of freedom include them."""
    gain = np.repeat(random_gains(7, n_interval=1, n_hand=1), 2, axis=1)
    rows = observed(gain, noise=0.3, seed=7)
    rng = np.random.default_rng(8)
    cross = 0.3 * (rng.normal(size=rows.data.shape) + 1j * rng.normal(size=rows.data.shape))
    four = replace(rows, cross_data=cross, cross_weight=rows.weight)
    two = solved(rows, Mode.AMPLITUDE, joint=True)
    gain = two.gain[0].real
    fitted = 3 * gain[:, rows.antenna1] * gain[:, rows.antenna2]
    chi2, power = np.sum((np.abs(rows.data) - fitted) ** 2), np.sum(np.abs(cross) ** 2)
    n_baseline = 21
    freedom = np.array([2 * n_baseline - 7, 4 * n_baseline - 7])
    expected = np.sqrt((chi2 + power) / freedom[1] / (chi2 / freedom[0]))
    # The iteration may end one step earlier, at a gain that differs by less than a thousandth.
    np.testing.assert_allclose(solved(four, Mode.AMPLITUDE, joint=True).error / two.error, expected, rtol=2e-3)
    np.testing.assert_array_equal(solved(four, Mode.PHASE).snr, solved(rows, Mode.PHASE).snr)


def both(rows: Rows, others: Rows) -> Rows:
    """Return the rows of two spws, the first of which guides the guess."""
    names = [each.name for each in fields(Rows)]
    joined = {name: np.concatenate([getattr(rows, name), getattr(others, name)], axis=-1) for name in names}
    return Rows(**joined | {"guides": np.arange(joined["interval"].size) < rows.interval.size})


def test_the_errors_of_two_spws_together():
    gain = np.ones((300, 2, 12), dtype=complex)
    spws = [observed(gain, noise=0.5, seed=seed) for seed in (1, 2)]
    # 300 intervals of 24 phases measure the median within 1 %.
    ratio = np.median(solved(both(*spws), Mode.PHASE).error) / np.median(solved(spws[0], Mode.PHASE).error)
    assert ratio == pytest.approx(1 / np.sqrt(2), rel=0.02)


def test_spws_together_if_the_first_has_no_data():
    gain = random_gains(9)
    empty, second = replace(observed(gain), weight=np.zeros((2, 84))), observed(gain)
    gains = solved(both(empty, second), Mode.PHASE)
    assert gains.good.all()
    # As in the test of data without noise.
    assert np.abs(np.angle(np.exp(1j * (relative(gains.gain) - relative(gain))))).max() < 1e-3
