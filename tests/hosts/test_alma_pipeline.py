"""This package's stage within the real ALMA Pipeline, and beside the pipeline's own.

Runs where the pipeline can be imported: from ``ALMA_PIPELINE`` (a checkout), by ``ALMA_PIPELINE_PYTHON``, if set.
"""

import re
import shutil
import subprocess
import sys

import pytest

from helpers.pipeline_python import ROOT, environment, python, run_pipeline, why_not
from pipeline_gfluxscale.simulation import simulate, standard_plan, with_system_temperatures

TRANSFER = {"0", "1", "4"}  # bandpass calibrator, phase calibrator, check source


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What both stages found on two copies of one MeasurementSet, and the directory of ours."""
    if reason := why_not():
        pytest.skip(f"no ALMA Pipeline to run in: {reason}")
    directory = tmp_path_factory.mktemp("host")
    plan = standard_plan(
        "quasar", wild=False, channels=32, antennas=10, phase_scans=2, check_flux_jy=0.4, catalogue_error=0.0
    )
    (directory / "stock").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        simulate(directory / "stock", "observed.ms", with_system_temperatures(plan))
    shutil.copytree(directory / "stock", directory / "ours")
    stock = run_pipeline(directory / "stock", "stock")
    ours = run_pipeline(directory / "ours", "ours", "--weblog")
    return stock, ours, directory / "ours"


def test_our_stage_runs_in_the_place_of_the_stock_one(outcomes):
    stock, ours, _ = outcomes
    assert stock["task"].startswith("pipeline.")
    assert ours["task"].startswith("pipeline_gfluxscale.")


def test_the_stages_after_it_run_without_noticing(outcomes):
    _, ours, _ = outcomes
    assert ours["failed"] == {}
    assert ours["corrected"]
    assert "observed.ms.calapply.txt" in ours["products"]


@pytest.mark.parametrize("kind", ["derived", "calibrated"])
def test_flux_densities_are_those_of_the_stock_stage(outcomes, kind):
    """Within 0.3 %, or within the stock's error: channels are averaged before the solves, and not in them."""
    stock, ours, _ = outcomes
    assert set(ours[kind]) == set(stock[kind]) == TRANSFER
    for field, spws in stock[kind].items():
        for spw, (flux, error) in spws.items():
            assert ours[kind][field][spw][0] == pytest.approx(flux, abs=max(0.003 * flux, error)), (field, spw)


def test_later_stages_find_the_fluxes_in_a_context_that_was_saved(outcomes):
    _, ours, _ = outcomes
    assert ours["resumed"]["derived"] == ours["calibrated"]
    assert ours["resumed"]["stages"] == 10


def test_scores_are_in_the_pipelines_pool(outcomes):
    _, ours, _ = outcomes
    names = [name for name, _, _ in ours["qa"]]
    assert {"gfluxscale_completeness", "gfluxscale_snr", "gfluxscale_spectral_consistency"} <= set(names)
    assert all(name.startswith("gfluxscale_") for name in names)
    assert names.count("gfluxscale_completeness") == 1
    assert all(0 <= score <= 1 for _, score, _ in ours["qa"])


def test_its_casa_commands_are_among_the_pipelines(outcomes):
    _, ours, directory = outcomes
    commands = ours["commands"].partition("# hifa_gfluxscale(")[2].partition("# hifa_timegaincal(")[0]
    assert re.findall(r"^(?:gaincal|fluxscale|setjy)\(", commands, re.MULTILINE)
    assert not (directory / "casa_commands.log").exists()


def test_the_page_is_ours_in_the_pipelines_frame(outcomes):
    *_, directory = outcomes
    (page,) = directory.glob("pipeline-*/html/stage7/t2-4m_details.html")
    text = page.read_text(encoding="utf-8")
    assert "lazyload();" in text  # the pipeline's
    assert 'class="gfluxscale"' in text
    assert "J0309+1029 #1" in text
    html = page.parent.parent
    files = set(re.findall(r'(?:src|href)="(stage7/[^"]+)"', text))
    assert {"stage7/static/style.css", "stage7/static/page.js"} <= files
    assert all((html / file).is_file() for file in files)


def test_a_saved_context_is_rendered_where_nothing_was_registered(outcomes):
    *_, directory = outcomes
    page = next(directory.glob("pipeline-*/html/stage7/t2-4m_details.html"))
    page.unlink()
    program = """
from pipeline_gfluxscale.casa import runtime
runtime.casatasks()
import pipeline
from pipeline.h.cli.h_resume import h_resume
from pipeline.infrastructure.renderer import htmlrenderer
htmlrenderer.WebLogGenerator.render(h_resume())
"""
    subprocess.run([python(), "-c", program], cwd=directory, env=environment(), capture_output=True, check=True)
    assert 'class="gfluxscale"' in page.read_text(encoding="utf-8")


def test_registering_can_be_undone_and_asked_for_by_the_environment(outcomes):
    program = """
from pipeline_gfluxscale.casa import runtime
runtime.casatasks()
from pipeline.infrastructure import task_registry
from pipeline_gfluxscale.hosts import alma_pipeline
import pipeline.h.cli.cli

def holder():
    return task_registry.get_pipeline_class_for_task("hifa_gfluxscale").__name__

print("found:", holder(), alma_pipeline.register_if_wanted(), holder(), end=" ")
alma_pipeline.register()
alma_pipeline.unregister()
print(holder())
"""
    for value, expected in (("1", "True HostedGFluxscale"), ("0", "False GcorFluxscale")):
        where = environment() | {"PIPELINE_GFLUXSCALE": value}
        done = subprocess.run([python(), "-c", program], env=where, capture_output=True, text=True, check=True)
        assert f"found: GcorFluxscale {expected} GcorFluxscale" in done.stdout


def test_without_a_pipeline_that_is_said():
    program = "import sys; sys.modules['pipeline'] = None\n"  # what Python makes of a missing module
    program += "from pipeline_gfluxscale.hosts import alma_pipeline; alma_pipeline.register()"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "HostMissingError" in done.stderr
    assert "casa --pipeline" in done.stderr
