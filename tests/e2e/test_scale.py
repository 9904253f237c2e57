"""Data of any scale: the fluxes are in proportion, whatever the units, the field, the spw or the antenna."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from helpers.stage_runs import BANDPASS, PHASE, Run, pairs, small_plan
from pipeline_gfluxscale import hifa_gfluxscale
from pipeline_gfluxscale.casa.tools import open_table, query

PLAN = small_plan("Uranus", check_flux_jy=None, antennas=5)
# gaincal's solutions from other starting values differ by up to 1.5e-4, measured where one gain is 10 times the others.
TOLERANCE = 1e-3


def scaled(vis: Path, where: str, factor: float | np.ndarray) -> None:
    """Multiply DATA of some rows by a factor, or one for each correlation."""
    with open_table(vis, write=True) as table, query(table, where) as rows:
        rows.putcol("DATA", rows.getcol("DATA") * np.reshape(factor, (-1, 1, 1)))


@pytest.fixture
def fluxes_of(run, simulated) -> Callable[..., dict[tuple[int, int], float]]:
    """Return a function that runs the stage on data scaled in some rows, and returns the fluxes over those before."""

    def measure(*scales: tuple[str, float | np.ndarray]) -> dict[tuple[int, int], float]:
        vis = simulated(PLAN)
        for where, factor in scales:
            scaled(vis, where, factor)
        (results,) = hifa_gfluxscale(vis)
        assert results.error == ""
        before = run(PLAN).fluxes
        after = {(m.field_id, m.spw): (m.derived.stokes.I, m.calibrated.stokes.I) for m in results.measurements}
        assert set(after) == set(before) == set(pairs([BANDPASS, PHASE]))
        ratios = {pair: np.divide(after[pair], before[pair]) for pair in after}
        for ratio in ratios.values():
            assert ratio[0] == pytest.approx(ratio[1], rel=TOLERANCE)
        return {pair: float(ratio.mean()) for pair, ratio in ratios.items()}

    return measure


@pytest.mark.parametrize("factor", [1e-6, 10.0, 1e6])
def test_all_data(fluxes_of, factor):
    assert fluxes_of(("True", factor)) == pytest.approx(dict.fromkeys(pairs([BANDPASS, PHASE]), 1.0), rel=TOLERANCE)


def test_one_field_and_one_spw_far_off(fluxes_of):
    """A field 1e-6 times as bright, and a spw of another scale on all fields."""
    ratios = fluxes_of((f"FIELD_ID == {PHASE}", 1e-6), ("DATA_DESC_ID == 1", 1e4))
    expected = dict.fromkeys(pairs([BANDPASS]), 1.0) | dict.fromkeys(pairs([PHASE]), 1e-6)
    assert ratios == pytest.approx(expected, rel=TOLERANCE)


def test_one_antenna_far_off(run, simulated):
    """gaincal alone would make the gains of the others 10 times too large."""
    vis = simulated(PLAN)
    scaled(vis, "ANTENNA1 == 3 || ANTENNA2 == 3", 1e3)
    (results,) = hifa_gfluxscale(vis, amp_outlier_sigma=1e9)
    undisturbed, gains = run(PLAN).amplitudes, Run(vis, [], results, {}).amplitudes
    expected = undisturbed.amplitude * np.where(undisturbed.antenna == 3, 1e3, 1)
    # The other antennas' gains then rest on the baselines to this one: they differ by up to 4 %, by noise.
    np.testing.assert_allclose(gains.amplitude, expected, rtol=0.1)


def test_one_polarisation_far_off_is_told(simulated):
    """One gain for both polarisations cannot fit them, and has no signal-to-noise ratio."""
    vis = simulated(PLAN)
    scaled(vis, "True", np.array([1, 1e4]))
    (results,) = hifa_gfluxscale(vis)
    assert "minsnr=2" in results.error
    assert results.measurements == []
    assert len(results.warnings) == 4
    for warning in results.warnings:
        assert "polarisations differ by a factor of" in warning


def test_a_spw_that_is_flagged_as_outlying_is_told(simulated):
    """The gains of all spws of a field are judged together."""
    vis = simulated(small_plan(check_flux_jy=None, antennas=5, spw_frequencies=(224e9, 226e9, 240e9)))
    scaled(vis, "DATA_DESC_ID == 1", 1e8)
    (results,) = hifa_gfluxscale(vis)
    assert {m.spw for m in results.measurements} == {0, 2}
    assert len(results.warnings) == 2
    for warning in results.warnings:
        assert "spw 1" in warning
        assert "amp_outlier_sigma" in warning
