"""The gains that this package solves for are those that CASA's gaincal finds in the same data."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from helpers.stage_runs import PHASE, small_plan
from pipeline_gfluxscale import hifa_gfluxscale
from pipeline_gfluxscale.averaging.solutions import UnsupportedCalibrationError
from pipeline_gfluxscale.casa.tools import open_table
from pipeline_gfluxscale.domain.spwmap import SpwMap
from pipeline_gfluxscale.pipeline.standalone import make_context
from pipeline_gfluxscale.stages.gfluxscale.steps import amplitudes, phase_up
from pipeline_gfluxscale.stages.shared import phase_solve
from pipeline_gfluxscale.stages.shared.calibrator_data import CalibratorData

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


def spoil(vis: Path, spws: tuple[int, ...], seed: int = 2) -> None:
    """Give a working copy noise, flags, other weights, integrations of some spws only, and a refant that drops out."""
    rng = np.random.default_rng(seed)
    with open_table(vis, write=True) as table:
        names = ("FIELD_ID", "DATA_DESC_ID", "TIME", "ANTENNA1", "ANTENNA2", "DATA", "FLAG", "WEIGHT")
        field, spw, time, first, second, data, flag, weight = (table.getcol(name) for name in names)
        times = np.unique(time[field == PHASE])
        at = np.searchsorted(times, time)
        lowest, is_refant = spw == min(spws), (first == 1) | (second == 1)
        level = 0.5 * np.median(np.abs(data[..., field == PHASE]))
        table.putcol("DATA", data + level * (rng.normal(size=data.shape) + 1j * rng.normal(size=data.shape)))
        flag |= rng.random(flag.shape) < 0.1
        flag[..., lowest & (at == 1) | is_refant & ((at == 2) | lowest & (at == 3))] = True
        weight *= rng.uniform(0.5, 2, weight.shape)
        sigma = np.divide(1, np.sqrt(weight), out=np.zeros_like(weight), where=weight > 0)
        for name, values in (("FLAG", flag), ("WEIGHT", weight), ("SIGMA", sigma)):
            table.putcol(name, values)
        gone = lowest & ((at == 0) | (at == 5)) | (spw == max(spws)) & (at == 4)
        table.putcol("FIELD_ID", np.where(gone & (field == PHASE), 0, field).astype(np.int32))


@pytest.mark.parametrize("correlations", ["XX YY", "XX XY YX YY"])
def test_the_phases_of_combined_spws_are_gaincals(simulated, monkeypatch, correlations):
    vis = simulated(small_plan(spw_frequencies=(224e9, 226e9, 240e9), correlations=correlations, phase_noise=0.03))
    context = make_context(vis)
    context.observed(vis).spwmaps = {("PHASE", "J0309+1029"): SpwMap(combine=True, spwmap=(0, 0, 0), solint="int")}
    tables = {}

    def solve(ms, data, observation, caltable, of_stage, antennas=None):
        phase_solve.solve_phases(ms, data, observation, caltable, of_stage, antennas)
        if not of_stage.combine:
            return
        copy = vis.with_name("copy") / vis.name
        shutil.copytree(data.vis, copy)
        spoil(copy, observation.spws)
        for gaintype in "GT":
            # A short list, so that other antennas take the place of the reference antenna.
            wanted = replace(of_stage, gaintype=gaintype, refants=("DA42", "DA45"))
            for reason in ("", "a test"):
                table = vis.with_name(f"{gaintype}{len(reason)}.tbl")
                with monkeypatch.context() as patch:
                    patch.setattr(phase_solve, "_why_gaincal", lambda *_, reason=reason: reason)
                    phase_solve.solve_phases(ms, CalibratorData(copy), observation, table, wanted, antennas)
            tables[gaintype] = [read(vis.with_name(f"{gaintype}{n}.tbl")) for n in (0, 6)]

    monkeypatch.setattr(phase_up, "solve_phases", solve)
    hifa_gfluxscale(context=context)
    for mine, other in tables.values():
        # As by gaincal, an integration that lacks the lowest spw has the id of the next one.
        assert set(mine["SPECTRAL_WINDOW_ID"]) == {0, 1}
        assert_equal(mine, other, is_phase=True)
    assert set(tables) == {"G", "T"}


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
