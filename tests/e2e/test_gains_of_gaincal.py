"""The gains that this package solves for are those that CASA's gaincal finds in the same data."""

from pathlib import Path

import numpy as np
import pytest

from helpers.stage_runs import small_plan
from pipeline_gfluxscale import hifa_gfluxscale
from pipeline_gfluxscale.averaging.solutions import UnsupportedCalibrationError
from pipeline_gfluxscale.casa.tools import open_table
from pipeline_gfluxscale.stages.gfluxscale.steps import amplitudes
from pipeline_gfluxscale.stages.shared import phase_solve

_KEYS = ("FIELD_ID", "SPECTRAL_WINDOW_ID", "TIME", "ANTENNA1")
_COLUMNS = ("CPARAM", "FLAG", "PARAMERR", "SNR", "ANTENNA2", "SCAN_NUMBER", "OBSERVATION_ID", "INTERVAL")


def read(caltable: Path) -> dict[str, np.ndarray]:
    with open_table(caltable) as table:
        columns = {name: table.getcol(name) for name in (*_KEYS, *_COLUMNS)}
        columns["keywords"] = {n: table.getkeyword(n) for n in ("VisCal", "ParType", "PolBasis", "MSName")}
    with open_table(caltable / "SPECTRAL_WINDOW") as windows:
        columns["keywords"] |= {n: windows.getcol(n).tolist() for n in ("CHAN_FREQ", "CHAN_WIDTH", "EFFECTIVE_BW")}
    order = np.lexsort([columns[name] for name in reversed(_KEYS)])
    return {name: values[..., order] if name != "keywords" else values for name, values in columns.items()}


def solved(vis: Path) -> dict[str, dict[str, np.ndarray]]:
    (results,) = hifa_gfluxscale(vis)
    return {name: read(Path(name)) for name in results.caltables if name.endswith((".gpcal.tbl", ".gacal.tbl"))}


def by_casa(_solint: str) -> None:
    raise UnsupportedCalibrationError("averages of scans")


PLANS = {
    "resolved reference, four correlations": (
        small_plan("Uranus", antennas=11, configuration="alma.cycle9.4", correlations="XX XY YX YY"), 0.3
    ),
    "wild antenna, noise": (small_plan("quasar", antennas=8, correlations="XX YY", wild=True), 6.0),
    "one correlation": (small_plan("quasar", antennas=6, correlations="YY"), 0.0),
}  # fmt: skip


@pytest.mark.parametrize(("plan", "noise"), PLANS.values(), ids=PLANS)
def test_the_gains_are_gaincals(simulated, monkeypatch, plan, noise):
    vis = simulated(plan)
    with open_table(vis, write=True) as table:  # flag single correlations, and make the data noisy
        flag, data = table.getcol("FLAG"), table.getcol("DATA")
        for correlation, every in enumerate((7, 11, 5, 3)[: len(flag)]):
            flag[correlation, :, ::every] = True
        rng = np.random.default_rng(1)
        level = noise * np.median(np.abs(data))
        table.putcol("FLAG", flag)
        table.putcol("DATA", data + level * (rng.normal(size=data.shape) + 1j * rng.normal(size=data.shape)))

    ours = solved(vis)
    with monkeypatch.context() as patch:
        patch.setattr(amplitudes, "_check_solint", by_casa)
        amplitudes_of_gaincal = solved(vis)  # with our phases
    monkeypatch.setattr(phase_solve, "_why_gaincal", lambda *_: "a test")
    phases_of_gaincal = solved(vis)
    assert len(ours) > 1
    for name, mine in ours.items():
        is_phase = name.endswith(".gpcal.tbl")
        other = (phases_of_gaincal if is_phase else amplitudes_of_gaincal)[name]
        assert_equal(mine, other, is_phase)


def assert_equal(mine: dict[str, np.ndarray], other: dict[str, np.ndarray], is_phase: bool) -> None:
    assert mine["keywords"] == other["keywords"]
    for column in ("FLAG", *_KEYS[:2], *_KEYS[3:], "SCAN_NUMBER", "OBSERVATION_ID", "INTERVAL"):
        np.testing.assert_array_equal(mine[column], other[column], err_msg=column)
    np.testing.assert_allclose(mine["TIME"], other["TIME"], atol=1e-3 if is_phase else 10)  # s; scans of minutes
    good = ~mine["FLAG"]
    assert good.any()
    # gaincal works in single precision, whose rounding adds up over the rows and steps; 1e-5 was seen.
    for column in ("SNR", "PARAMERR"):
        np.testing.assert_allclose(mine[column][good], other[column][good], rtol=1e-4, err_msg=column)
    if is_phase:
        np.testing.assert_array_equal(mine["ANTENNA2"], other["ANTENNA2"])
    np.testing.assert_allclose(mine["CPARAM"][good], other["CPARAM"][good], atol=3e-5, rtol=3e-5)
