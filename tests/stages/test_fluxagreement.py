"""Execution blocks compared after hifa_gfluxscale, and their models on the common scale."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from astropy.table import QTable
from jsonschema import Draft202012Validator

from helpers.shell_command import gfluxscale
from pipeline_gfluxscale import hifa_gfluxscale
from pipeline_gfluxscale.casa.tools import open_table, query
from pipeline_gfluxscale.cli.report import export
from pipeline_gfluxscale.cli.schema import schema_of_file
from pipeline_gfluxscale.cli.session import set_current_context
from pipeline_gfluxscale.domain.flux import FluxMeasurement
from pipeline_gfluxscale.errors import GFluxscaleError
from pipeline_gfluxscale.files.export import write_json
from pipeline_gfluxscale.pipeline.basetask import ResultsList
from pipeline_gfluxscale.pipeline.context import StageRecord
from pipeline_gfluxscale.pipeline.standalone import make_context
from pipeline_gfluxscale.recipes.recipe import Command, check_commands, read_recipe
from pipeline_gfluxscale.recipes.run_stage import run_stage
from pipeline_gfluxscale.simulation import standard_plan
from pipeline_gfluxscale.stages.gfluxscale.results import GFluxscaleResults
from pipeline_gfluxscale.weblog.run_pages import render_last_stage

PLAN = standard_plan("quasar", wild=False, channels=4, antennas=6, phase_scans=2, noise_jy=0.03, bandpass=False)
NAMES = ("a.ms", "b.ms", "off.ms")
WRONG = 1.2  # what the catalogue's flux density of the reference is multiplied by in the last block
PHASE = 1


@pytest.fixture(scope="module")
def directory(copied, tmp_path_factory) -> Iterator[Path]:
    """Go to a directory with three blocks of the same data; the last has a wrong catalogue entry of the reference."""
    directory = tmp_path_factory.mktemp("blocks")
    for name in NAMES:
        copied(PLAN, directory, name)
    catalogue = directory / "flux.csv"
    lines = []
    for line in catalogue.read_text().splitlines():
        cells = line.split(",")
        if cells[0] == "off.ms" and "AMPLITUDE" in line:
            cells[3] = str(WRONG * float(cells[3]))
        lines.append(",".join(cells))
    catalogue.write_text("\n".join(lines) + "\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        set_current_context(None)
        yield directory


@pytest.fixture(scope="module")
def results(directory) -> ResultsList[GFluxscaleResults]:
    """Return the results of the blocks, of which the last was equalized."""
    return hifa_gfluxscale(list(NAMES), equalize={"off.ms": True})


def model(vis: str, field: int = PHASE) -> float:
    """Return the amplitude of MODEL_DATA of a field in its first spw."""
    with open_table(vis) as table, query(table, f"FIELD_ID == {field} && ANTENNA1 != ANTENNA2") as rows:
        return float(np.abs(rows.getcell("MODEL_DATA", 0)[0, 0]))


def phase(results: GFluxscaleResults) -> FluxMeasurement:
    """Return the measurement of the phase calibrator in its first spw."""
    return next(m for m in results.measurements if m.field_id == PHASE)


def test_the_block_that_is_off_is_found(results):
    score = {each.vis: next(s for s in each.qa if s.metric == "block_agreement") for each in results}
    # The same noise in all blocks: what they differ by is the catalogue's entry alone.
    assert score["off.ms"].value == pytest.approx(WRONG - 1, abs=1e-3)  # the blocks are copies of one
    assert score["off.ms"].band == "red"
    assert score["a.ms"].band == score["b.ms"].band == "green"
    factors = {block["vis"]: block["factor"] for block in results.to_dict()["agreement"]["blocks"]}
    assert factors["off.ms"] == pytest.approx(1 / WRONG, rel=1e-3)  # the blocks are copies of one
    assert "Execution blocks" in str(results)


def test_its_models_are_on_the_common_scale_and_the_results_say_so(results):
    assert model("off.ms") == pytest.approx(model("a.ms"), rel=1e-3)  # the blocks are copies of one
    off = results[2]
    assert phase(off).model_factor == pytest.approx(1 / WRONG, rel=1e-3)  # the blocks are copies of one
    # The blocks are copies of one.
    assert pytest.approx(WRONG * phase(results[0]).derived.stokes.I, rel=1e-3) == phase(off).derived.stokes.I
    assert any("times 0.83" in words for words in off.assumptions)
    assert phase(results[0]).model_factor == 1.0


def test_saved_results_are_compared(results, directory):
    content = results.to_dict()["results"]
    for number, each in enumerate(content):
        write_json(f"{number}.json", {"results": [each]})
    done = gfluxscale(directory, "compare", "0.json", "1.json", "2.json", "--json", "agreement.json")
    assert done.status == 0, done.err
    assert "off.ms" in done.out
    agreement = json.loads(Path("agreement.json").read_text())
    assert list(Draft202012Validator(schema_of_file("comparison")).iter_errors(agreement)) == []
    assert list(Draft202012Validator(schema_of_file("results")).iter_errors(results.to_dict())) == []
    block = {each["vis"]: each for each in agreement["blocks"]}
    # 3 standard errors; 1e-3, as the blocks are copies of one.
    assert block["off.ms"]["factor"] == pytest.approx(1 / WRONG, abs=3 * block["off.ms"]["uncertainty"] + 1e-3)
    assert {"vis", "start", "factor", "uncertainty", "score"} <= set(block["a.ms"])
    assert {"field", "frequency_hz", "I", "uncertainty", "chi2", "n"} <= set(agreement["sources"][0])
    assert all(source["n"] == 3 for source in agreement["sources"])


def test_the_table_of_fluxes_has_the_factors(results):
    export(results, table_file=Path("fluxes.ecsv"))
    factors = {block["vis"]: block["factor"] for block in QTable.read("fluxes.ecsv").meta["blocks"]}
    assert factors["off.ms"] == pytest.approx(1 / WRONG, rel=1e-3)  # the blocks are copies of one


def test_one_saved_block_is_too_few(results, directory):
    write_json("one.json", {"results": results.to_dict()["results"][:1]})
    done = gfluxscale(directory, "compare", "one.json")
    assert done.status == 1
    assert "two or more execution blocks are needed" in done.err


def test_a_stage_of_its_own_compares_and_equalizes(results):
    context = make_context(list(NAMES))
    for each in results:
        each.merge_with_context(context)
    agreement = run_stage(context, "hifa_fluxagreement", {"equalize": {"a.ms": True}})
    assert [each.qa[0].metric for each in agreement] == ["block_agreement"] * 3
    assert "times 1.0" in agreement[0].note
    assert context.records[-1].command == "hifa_fluxagreement"


def test_a_run_without_equalize_sets_the_models_back_and_one_block_has_nothing_to_be_compared_with(results):
    context = make_context("off.ms")
    assert not run_stage(context, "hifa_gfluxscale", {}).failed
    assert model("off.ms") == pytest.approx(phase(results[2]).derived.stokes.I, rel=1e-3)  # float32
    (alone,) = run_stage(context, "hifa_fluxagreement", {})
    assert not alone.error
    assert alone.qa == []
    assert "no other block has flux densities" in alone.note


def test_it_ends_the_recipe_from_raw_data_and_requests_know_it():
    assert [command.name for command in read_recipe("procedure_hifa_fluxcal").commands][-2:] == [
        "hifa_gfluxscale",
        "hifa_fluxagreement",
    ]
    check_commands([Command("hifa_fluxagreement", {"equalize": True})], "a request")
    with pytest.raises(GFluxscaleError, match="hifa_fluxagreement has no parameter equalise"):
        check_commands([Command("hifa_fluxagreement", {"equalise": True})], "a request")


def test_it_names_the_reasons_that_hifa_gfluxscale_knows(results):
    context = make_context(list(NAMES))
    for each in results:
        each.merge_with_context(context)
    context.records = (StageRecord(1, "hifa_gfluxscale", results=results.to_dict()),)
    agreement = run_stage(context, "hifa_fluxagreement", {})
    assert "its reference J0423-0120 is +20.0% from that in the other blocks" in agreement[2].qa[0].longmsg
    assert str(agreement).count("Execution blocks") == 1
    page = render_last_stage(context).read_text(encoding="utf-8")
    assert "1 of 3 blocks are beyond the stated accuracy" in page
    assert "blocks-factors.svg" in page
