"""The flux scales of execution blocks, from simulated flux densities of known scale."""

import numpy as np
import pytest

from pipeline_gfluxscale.heuristics.block_agreement import fit_blocks
from pipeline_gfluxscale.heuristics.block_fit import BlockFlux
from pipeline_gfluxscale.heuristics.variability import QUASAR, STEADY

DAY = 86400.0
SOURCES = {"J1": 3.0, "J2": 0.6, "J3": 1.2}
SPWS = (224e9, 226e9, 240e9, 242e9)
ERROR = 0.005


def measured(
    scales: dict[str, float],
    changes: dict[tuple[str, str], float] | None = None,
    *,
    days: float = 0.0,
    seed: int = 1,
    spws: dict[str, tuple[float, ...]] | None = None,
    sources: dict[str, float] | None = None,
) -> list[BlockFlux]:
    """Return flux densities of blocks whose scales are too large by `scales`, of sources that change by `changes`."""
    random = np.random.default_rng(seed)
    fluxes = []
    for number, (block, scale) in enumerate(scales.items()):
        for source, flux in (sources or SOURCES).items():
            level = flux * scale * (changes or {}).get((block, source), 1.0) * (1 + ERROR * random.normal())
            for frequency in (spws or {}).get(block, SPWS):
                value = level * (frequency / 230e9) ** -0.7 * (1 + ERROR * random.normal())
                time = 60000 * DAY + number * days * DAY
                fluxes.append(BlockFlux(block, source, frequency, value, ERROR, ERROR, time))
    return fluxes


def fitted(fluxes, reference_error=0.05):
    agreement = fit_blocks(fluxes, {flux.block: reference_error for flux in fluxes})
    return {scale.block: scale for scale in agreement.blocks}, agreement.odd


def test_blocks_that_agree():
    blocks, odd = fitted(measured({"a": 1.0, "b": 1.0, "c": 1.0}))
    for scale in blocks.values():
        assert abs(scale.factor - 1) < 3 * scale.uncertainty
        # Three sources whose errors are 0.7 % each, less the mean of all blocks.
        assert scale.uncertainty == pytest.approx(ERROR * 0.75, rel=0.5)
        assert scale.n_sources == 3
    assert odd == ()


@pytest.mark.parametrize("n_blocks", [3, 5, 40])
@pytest.mark.parametrize("scale", [1.07, 0.93, 1.5])
def test_the_factor_of_a_block_that_is_off_is_found(n_blocks, scale):
    scales = {"off": scale} | {f"block {i}": 1.0 for i in range(n_blocks - 1)}
    blocks, odd = fitted(measured(scales, days=0.04))
    off = blocks.pop("off")
    assert abs(off.factor - 1 / scale) < 3 * off.uncertainty
    assert off.is_significant
    assert off.deviation == pytest.approx(scale - 1, abs=3 * off.deviation_uncertainty)  # three standard errors
    assert all(abs(other.deviation) < 0.02 for other in blocks.values())  # their standard errors are 0.5 to 0.9 %
    assert all(abs(other.factor - 1) < 4 * other.uncertainty for other in blocks.values())
    assert odd == ()


def test_the_common_scale_is_the_mean_of_blocks_that_scatter():
    blocks, _ = fitted(measured({"a": 1.02, "b": 1.0, "c": 0.98}))
    assert blocks["b"].factor == pytest.approx(1.0, abs=0.006)  # a factor's standard error is 0.2 to 0.3 %
    # A factor's standard error is 0.2 to 0.3 %.
    assert blocks["a"].factor * blocks["c"].factor == pytest.approx(1.0, abs=0.01)
    assert all(scale.uncertainty > ERROR / 3 for scale in blocks.values())


@pytest.mark.parametrize("changed", ["J1", "J2", "J3"])
def test_a_quasar_that_brightens_is_no_wrong_scale(changed):
    fluxes = measured({"a": 1.0, "b": 1.0, "c": 1.0}, {("c", changed): 1.15}, days=1.0)
    blocks, odd = fitted(fluxes)
    for scale in blocks.values():
        # In a day a quasar changes by 2 %: two of them say so much.
        assert abs(scale.factor - 1) < 0.02
    assert [(pair.block, pair.source) for pair in odd] == [("c", changed)]
    assert odd[0].residual == pytest.approx(0.15, abs=0.03)  # errors of 0.5 % in each flux density


def test_of_two_blocks_each_is_as_far_from_the_other():
    blocks, _ = fitted(measured({"a": 1.1, "b": 1.0}))
    assert blocks["a"].factor == pytest.approx(1 / 1.05, abs=0.01)  # a factor's standard error is 0.2 to 0.3 %
    assert blocks["a"].deviation == pytest.approx(0.1, abs=0.015)  # its standard error is 0.5 %
    assert blocks["b"].deviation == pytest.approx(-1 / 11, abs=0.015)  # its standard error is 0.5 %


def test_other_frequencies_are_reached_by_the_spectral_index():
    other = (216e9, 218e9, 232e9, 234e9)
    blocks, _ = fitted(measured({"a": 1.0, "b": 1.0, "off": 1.1}, spws={"b": other}))
    assert blocks["b"].factor == pytest.approx(1.0, abs=0.01)  # a factor's standard error is 0.2 to 0.3 %
    assert blocks["off"].factor == pytest.approx(1 / 1.1, abs=0.01)  # a factor's standard error is 0.2 to 0.3 %


def test_blocks_without_a_common_source_are_not_compared():
    fluxes = measured({"a": 1.0}, sources={"J1": 1.0}) + measured({"b": 1.0}, sources={"J2": 1.0})
    assert fit_blocks(fluxes, {"a": 0.05, "b": 0.05}) is None


def test_variable_sources_seen_a_year_apart_say_little():
    apart = measured({"a": 1.07, "b": 1.0}, days=365.0)
    blocks, _ = fitted(apart)
    assert not blocks["a"].is_significant
    assert abs(blocks["a"].factor - 1) < 0.03  # one standard error; for steady sources the factor would be 1 / 1.035
    assert blocks["a"].uncertainty > 0.02


@pytest.mark.slow
def test_uncertainties_are_honest():
    """The factors of many simulated sets scatter as their uncertainties say."""
    pulls = []
    for seed in range(150):
        scales = dict(zip("abcd", 1 + 0.03 * np.random.default_rng(1000 + seed).normal(size=4), strict=True))
        blocks, _ = fitted(measured(scales, seed=seed))
        # Only differences between blocks are known.
        pull = np.log(blocks["a"].factor / blocks["b"].factor) + np.log(scales["a"] / scales["b"])
        pulls.append(pull / np.hypot(blocks["a"].uncertainty, blocks["b"].uncertainty))
    # 150 sets tell the scatter to 6 %; the factors of two blocks are correlated, and the weights are conservative.
    assert np.std(pulls) == pytest.approx(1.0, abs=0.3)


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_the_unit_does_not_matter(unit):
    fluxes = measured({"a": 1.07, "b": 1.0, "c": 1.0}, sources={name: unit * flux for name, flux in SOURCES.items()})
    blocks, _ = fitted(fluxes)
    assert blocks["a"].factor == pytest.approx(1 / 1.07, abs=0.01)  # a factor's standard error is 0.2 to 0.3 %


def test_structure_function():
    assert STEADY.rms_change(365.0) == 0.0
    assert QUASAR.rms_change(1e6) == pytest.approx(QUASAR.scatter * np.sqrt(2))
    # For small lags the square of the change grows with the lag.
    # Exact for small lags.
    assert QUASAR.rms_change(2.0) / QUASAR.rms_change(1.0) == pytest.approx(np.sqrt(2), rel=0.01)
    covariance = QUASAR.covariance(np.array([0.0, 86400.0]))
    assert np.sqrt(2 * (covariance[0, 0] - covariance[0, 1])) == pytest.approx(QUASAR.rms_change(1.0))


def test_groups_without_a_common_source_have_a_scale_each():
    first = measured({"a": 1.0, "b": 1.0, "c": 1.1}, sources={"J1": 1.0, "J2": 2.0})
    second = measured({"d": 1.5, "e": 1.5}, sources={"J8": 1.0}, seed=2)
    blocks, _ = fitted([*second, *first])
    assert list(blocks) == ["d", "e", "a", "b", "c"]
    assert blocks["d"].others == ("e",)
    # Both are off by 50 %, which only a calibrator in common with the others could tell.
    assert blocks["d"].factor == pytest.approx(1.0, abs=0.02)  # a factor's standard error is 0.2 to 0.3 %
    assert set(blocks["c"].others) == {"a", "b"}
    assert blocks["c"].factor == pytest.approx(1 / 1.1, abs=0.02)  # a factor's standard error is 0.2 to 0.3 %


def test_a_chain_of_common_sources_connects_blocks():
    chain = [
        *measured({"a": 1.0, "b": 1.0}, sources={"J1": 1.0}),
        *measured({"b": 1.0, "c": 1.2}, sources={"J2": 2.0}, seed=2),
    ]
    blocks, _ = fitted(chain)
    assert set(blocks["a"].others) == {"b", "c"}
    # A factor's standard error is 0.2 to 0.3 %.
    assert blocks["c"].factor / blocks["a"].factor == pytest.approx(1 / 1.2, abs=0.03)


def test_two_blocks_with_a_single_calibrator():
    blocks, odd = fitted(measured({"a": 1.07, "b": 1.0}, sources={"J1": 1.0}, days=0.0))
    # The errors are 0.5 % in common to the spws of each block, and as much in each of the 4 spws.
    assert blocks["a"].deviation == pytest.approx(0.07, abs=3 * blocks["a"].deviation_uncertainty)
    assert blocks["a"].deviation_uncertainty == pytest.approx(ERROR * (2 * 1.25) ** 0.5, rel=0.3)
    assert blocks["a"].factor * 1.035 == pytest.approx(1.0, abs=0.01)  # a factor's standard error is 0.2 to 0.3 %
    assert odd == ()


def test_all_blocks_differ():
    """With no majority the common scale is within the range of the blocks, and their ratios are those of the truth."""
    scales = {"a": 0.8, "b": 0.95, "c": 1.1, "d": 1.3}
    blocks, _ = fitted(measured(scales))
    assert all(0.8 < scales[name] * scale.factor < 1.3 for name, scale in blocks.items())
    for name in "bcd":
        ratio = blocks[name].factor / blocks["a"].factor
        assert ratio == pytest.approx(scales["a"] / scales[name], rel=0.03)  # a factor's standard error is 0.2 to 0.3 %
    assert sum(scale.is_significant for scale in blocks.values()) >= 3


def test_a_quasar_that_brightens_by_15_percent_seen_with_two_steady_ones_in_two_blocks():
    """Even of two blocks the two steady ones tell that the third has changed."""
    fluxes = measured({"a": 1.0, "b": 1.0}, {("b", "J1"): 1.15}, days=1.0)
    blocks, odd = fitted(fluxes)
    assert abs(blocks["b"].deviation) < 0.03  # 2 standard errors
    assert {pair.source for pair in odd} <= {"J1"}


def test_a_curved_spectrum_is_no_deviation_of_another_band():
    spws = {"b3": (98e9, 100e9, 110e9, 112e9)}
    blocks, _ = fitted(measured({"b6": 1.0, "b6 too": 1.0, "b3": 1.05}, spws=spws))
    assert not blocks["b3"].is_significant
    assert abs(blocks["b6"].deviation) < 0.03  # its standard error is 1.3 %
    # Spectral indices within the bands are known to 0.06, which 0.8 in the logarithm of the frequency makes 5 %, and
    # the curvature adds 5 % for each of three sources.
    assert 0.02 < blocks["b3"].deviation_uncertainty < 0.05
