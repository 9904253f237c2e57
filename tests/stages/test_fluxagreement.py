"""Execution blocks compared after hifa_gfluxscale, and their models on the common scale."""

import json
from pathlib import Path

import numpy as np
import pytest
from shell_command import gfluxscale

from pipeline_gfluxscale import hifa_gfluxscale
from pipeline_gfluxscale.casa.tools import open_table, query
from pipeline_gfluxscale.cli.session import set_current_context
from pipeline_gfluxscale.infrastructure.stages import run_stage
from pipeline_gfluxscale.infrastructure.standalone import make_context
from pipeline_gfluxscale.simulation import standard_plan

PLAN = standard_plan("quasar", wild=False, channels=4, antennas=6, phase_scans=2, noise_jy=0.03, bandpass=False)
NAMES = ("a.ms", "b.ms", "off.ms")
WRONG = 1.2  # what the catalogue's flux density of the reference is multiplied by in the last block
PHASE = 1


@pytest.fixture
def blocks(copied, tmp_path, monkeypatch) -> list[str]:
    """Return three blocks with the same data, of which the last has a wrong catalogue entry of the reference."""
    monkeypatch.chdir(tmp_path)
    set_current_context(None)
    for name in NAMES:
        copied(PLAN, tmp_path, name)
    catalogue = tmp_path / "flux.csv"
    lines = []
    for line in catalogue.read_text().splitlines():
        cells = line.split(",")
        if cells[0] == "off.ms" and "AMPLITUDE" in line:
            cells[3] = str(WRONG * float(cells[3]))
        lines.append(",".join(cells))
    catalogue.write_text("\n".join(lines) + "\n")
    return list(NAMES)


def model(vis: str, field: int = PHASE) -> float:
    """Return the amplitude of MODEL_DATA of a field in its first spw."""
    with open_table(vis) as table, query(table, f"FIELD_ID == {field} && ANTENNA1 != ANTENNA2") as rows:
        return float(np.abs(rows.getcell("MODEL_DATA", 0)[0, 0]))


def test_the_block_that_is_off_is_found_and_equalized_and_set_back(blocks):
    results = hifa_gfluxscale(blocks)
    score = {each.vis: next(s for s in each.qa if s.metric == "block_agreement") for each in results}
    # The same noise in all blocks: what they differ by is the catalogue's entry alone.
    assert score["off.ms"].value == pytest.approx(WRONG - 1, abs=1e-3)
    assert score["off.ms"].band == "red"
    assert score["a.ms"].band == score["b.ms"].band == "green"
    agreement = results.to_dict()["agreement"]
    factors = {block["vis"]: block["factor"] for block in agreement["blocks"]}
    assert factors["off.ms"] == pytest.approx(1 / WRONG, rel=1e-3)
    assert "Execution blocks" in str(results)
    before = {name: model(name) for name in NAMES}
    assert before["off.ms"] == pytest.approx(WRONG * before["a.ms"], rel=1e-3)

    equalized = hifa_gfluxscale(blocks, equalize=True)
    assert model("off.ms") == pytest.approx(before["a.ms"], rel=1e-3)
    off = equalized[2]
    assert off.measurements[0].model_factor == pytest.approx(1 / WRONG, rel=1e-3)
    assert pytest.approx(before["off.ms"], rel=1e-3) == off.measurements[0].derived.stokes.I
    assert any("times 0.83" in words for words in off.assumptions)

    hifa_gfluxscale(blocks)
    assert model("off.ms") == pytest.approx(before["off.ms"], rel=1e-5)


def test_a_stage_of_its_own_compares_and_equalizes(blocks):
    context = make_context(blocks)
    assert not run_stage(context, "hifa_gfluxscale", {}).failed
    before = model("off.ms")
    results = run_stage(context, "hifa_fluxagreement", {"equalize": {"off.ms": True}})
    assert [each.qa[0].metric for each in results] == ["block_agreement"] * 3
    assert model("off.ms") == pytest.approx(before / WRONG, rel=1e-3)
    assert context.observed("off.ms").measurements[0].model_factor == pytest.approx(1 / WRONG, rel=1e-3)
    assert context.observed("a.ms").measurements[0].model_factor == 1.0


def test_one_block_has_nothing_to_be_compared_with(blocks):
    context = make_context(blocks[0])
    run_stage(context, "hifa_gfluxscale", {})
    (results,) = run_stage(context, "hifa_fluxagreement", {})
    assert not results.error
    assert results.qa == []
    assert "no calibrator in common" in results.note


def test_saved_results_are_compared(blocks, tmp_path):
    for number, name in enumerate(blocks):
        done = gfluxscale(tmp_path, "run", name, "--json", f"{number}.json", "--no-weblog")
        assert done.status == 0, done.err
    done = gfluxscale(tmp_path, "compare", "0.json", "1.json", "2.json", "--json", "agreement.json")
    assert done.status == 0, done.err
    assert "off.ms" in done.out
    agreement = json.loads(Path("agreement.json").read_text())
    block = {each["vis"]: each for each in agreement["blocks"]}
    assert block["off.ms"]["factor"] == pytest.approx(1 / WRONG, abs=3 * block["off.ms"]["uncertainty"] + 1e-3)
    assert {"vis", "start", "factor", "uncertainty", "score"} <= set(block["a.ms"])
    source = agreement["sources"][0]
    assert {"field", "frequency_hz", "I", "uncertainty", "chi2", "n"} <= set(source)
    assert source["n"] == 3
    done = gfluxscale(tmp_path, "compare", "0.json")
    assert done.status == 1
    assert "two or more execution blocks are needed" in done.err
