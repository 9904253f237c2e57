"""Processing requests and recipes run on simulated data, from the shell, in the directories of the ALMA Pipeline."""

import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from helpers.ppr_document import procedure, request
from pipeline_gfluxscale.cli.main import cli
from pipeline_gfluxscale.cli.session import current_context, set_current_context
from pipeline_gfluxscale.pipeline.context_json import latest_context, load_context
from pipeline_gfluxscale.simulation import standard_plan

PLAN = standard_plan("quasar", antennas=8, channels=8, phase_scans=2)
MSS = [("first.ms", "uid://A002/X1/X2"), ("second.ms", "uid://A002/X1/X3")]
GFLUXSCALE = ("hifa_gfluxscale", {"minsnr": "2.5", "transfer": "", "peak_fraction": "0.2"})


@pytest.fixture
def tree(copied, tmp_path, monkeypatch):
    """The directories of a request for two MSs; the test starts in ``working``."""
    set_current_context(None)
    root = tmp_path / "2023.1.00001.S" / "MOUS"
    for name in ("rawdata", "working"):
        (root / name).mkdir(parents=True)
    for name, _ in MSS:
        copied(PLAN, root / "rawdata", name)
    shutil.move(root / "rawdata" / "flux.csv", root / "working")
    monkeypatch.chdir(root / "working")
    monkeypatch.delenv("SCIPIPE_ROOTDIR", raising=False)
    yield root
    set_current_context(None)


def call(*arguments):
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def test_a_request_runs_to_its_breakpoint_and_is_taken_up_again(tree):
    ppr = tree / "working" / "PPR.xml"
    ppr.write_text(request([GFLUXSCALE, ("breakpoint", {}), ("h_weblog", {}), ("h_export_calstate", {})], MSS))

    result = call("ppr", ppr, "--bpaction", "break")
    assert result.exit_code == 0, result.output
    assert "QA 1.00 completeness" in result.output
    context = load_context(latest_context("."))
    assert list(context.data) == ["first.ms", "second.ms"]
    assert context.data["first.ms"].ms.path == tree / "rawdata" / "first.ms"
    assert [record.command for record in context.records] == ["hifa_gfluxscale"]
    assert context.records[0].parameters == {"minsnr": 2.5, "transfer": None, "peak_fraction": 0.2}
    assert not list((tree / "working").glob("*.calstate"))

    set_current_context(None)
    result = call("ppr", ppr, "--bpaction", "resume")
    assert result.exit_code == 0, result.output
    assert "QA" not in result.output
    assert (tree / "working" / "weblog" / "index.html").exists()
    assert list((tree / "working").glob("*.calstate"))
    assert current_context().records == context.records
    assert not list(tree.glob("*/errorexit*"))


def test_the_directories_may_come_from_the_environment(tree, tmp_path, monkeypatch):
    monkeypatch.setenv("SCIPIPE_ROOTDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    ppr = tmp_path / "PPR.xml"
    ppr.write_text(request([GFLUXSCALE], MSS[:1]))
    result = call("ppr", ppr)
    assert result.exit_code == 0, result.output
    assert list((tree / "working").glob("first.ms.hifa_gfluxscale.*"))
    assert list((tree / "working").glob("pipeline-*.context.json"))


def test_what_is_unknown_is_found_before_anything_runs(tree):
    ppr = tree / "working" / "PPR.xml"
    ppr.write_text(request([GFLUXSCALE, ("hif_makeimlist", {}), ("hifa_exportdata", {})], MSS))
    result = call("ppr", ppr)
    assert result.exit_code == 1
    assert "no command hif_makeimlist, hifa_exportdata" in " ".join(result.output.split())
    assert not list((tree / "working").glob("*.tbl"))
    (error,) = (tree / "working").glob("errorexit-*.txt")
    assert "hifa_exportdata" in error.read_text()
    assert (tree / "products" / error.name).exists()


def test_data_that_are_missing_are_found_before_anything_runs(tree):
    ppr = tree / "working" / "PPR.xml"
    ppr.write_text(request([GFLUXSCALE], [*MSS, ("third.ms", "")]))
    result = call("ppr", ppr)
    assert result.exit_code == 1
    assert "it does not have third.ms" in " ".join(result.output.split())


def test_a_stage_that_fails_ends_the_run_and_saves_the_context(tree):
    ppr = tree / "working" / "PPR.xml"
    ppr.write_text(request([GFLUXSCALE, ("hifa_gfluxscale", {"refant": "XX99"}), ("h_export_calstate", {})], MSS[:1]))
    result = call("ppr", ppr)
    assert result.exit_code == 1
    assert "no antenna 'XX99'" in " ".join(result.output.split())
    assert load_context(latest_context(".")).stage == 1
    assert not list(Path().glob("*.calstate"))
    assert list(Path().glob("errorexit-*.txt"))


def test_a_request_that_is_no_xml_ends_with_status_1(tree):
    ppr = tree / "working" / "PPR.xml"
    ppr.write_text("<SciPipeRequest>")
    assert call("ppr", ppr).exit_code == 1
    assert list(Path().glob("errorexit-*.txt"))


def test_a_recipe_runs(tree):
    Path("recipe.xml").write_text(procedure([GFLUXSCALE, ("h_weblog", {})]))
    result = call("recipe", "recipe.xml", "--vis", os.path.relpath(tree / "rawdata" / "first.ms"))
    assert result.exit_code == 0, result.output
    assert "QA 1.00 completeness" in result.output
    assert load_context(latest_context(".")).stage == 1
