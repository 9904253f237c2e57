"""Applycal statements: the real ALMA Pipeline reads ours, and we read its own."""

import json
import subprocess
from pathlib import Path

import pytest

from helpers.pipeline_python import environment, python, why_not
from pipeline_gfluxscale.pipeline.callibrary import applicable, read_calstate
from pipeline_gfluxscale.pipeline.standalone import make_context
from pipeline_gfluxscale.pipeline.state_commands import export_calstate
from pipeline_gfluxscale.recipes.run_stage import run_stage
from pipeline_gfluxscale.simulation import simulate, standard_plan, with_system_temperatures

# What the pipeline would apply to each field, intent and spw, by its own reckoning; and its own statements.
IN_THE_PIPELINE = """
import json, os
from pipeline_gfluxscale.casa import runtime
runtime.casatasks()
import pipeline
from pipeline.h.cli.h_init import h_init
from pipeline.h.cli.h_import_calstate import h_import_calstate
from pipeline.h.cli.h_export_calstate import h_export_calstate
from pipeline.hifa.cli.hifa_importdata import hifa_importdata
from pipeline.infrastructure import callibrary
context = h_init(weblog=False)
hifa_importdata(vis=["observed.ms"], dbservice=False)
h_import_calstate(filename="ours.calstate")
found = {}
for field, intent in (("J0238+1636", "BANDPASS"), ("J0309+1029", "PHASE"), ("J0423-0120", "AMPLITUDE")):
    for spw in range(2):
        calto = callibrary.CalTo(vis="observed.ms", field=field, intent=intent, spw=str(spw))
        state = context.callibrary.get_calstate(calto)
        tables = {os.path.basename(each.gaintable) for froms in state.merged().values() for each in froms}
        found[f"{field} {spw}"] = sorted(tables)
h_export_calstate(filename="theirs.calstate")
json.dump(found, open("found.json", "w"))
"""


@pytest.fixture(scope="module")
def exchanged(tmp_path_factory):
    """A context of ours, and what the pipeline found in the calibration that we exported."""
    if reason := why_not():
        pytest.skip(f"no ALMA Pipeline to ask: {reason}")
    directory = tmp_path_factory.mktemp("calstate")
    options = {"spw_frequencies": (224e9, 240e9), "channels": 16, "antennas": 8, "phase_scans": 2}
    plan = with_system_temperatures(standard_plan("quasar", wild=False, check_flux_jy=None, **options))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        simulate(directory, "observed.ms", plan)
        context = make_context("observed.ms", output_dir=directory)
        for command in ("h_tsyscal", "hif_setmodels", "hifa_bandpass", "hifa_spwphaseup"):
            assert not run_stage(context, command, {}).failed
        export_calstate(context, "ours.calstate")
        done = subprocess.run(
            [python(), "-c", IN_THE_PIPELINE], env=environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]
    return context, directory


def tables_of(calibration, context) -> dict[str, list[str]]:
    """Return the names of the tables that apply to each calibrator and spw."""
    ms = context.observed("observed.ms").ms
    fields = [field for field in ms.fields if field.name != "Target"]
    return {
        f"{field.name} {spw}": sorted(
            Path(table.gaintable).name for table in applicable(calibration, ms, field, field.intents, spw)
        )
        for field in fields
        for spw in range(2)
    }


def test_the_pipeline_reads_ours(exchanged):
    context, directory = exchanged
    found = json.loads((directory / "found.json").read_text())
    assert found == tables_of(context.calibration, context)
    assert {len(tables) for tables in found.values()} == {3}


def test_we_read_the_pipelines(exchanged, monkeypatch):
    context, directory = exchanged
    monkeypatch.chdir(directory)
    assert tables_of(read_calstate("theirs.calstate"), context) == tables_of(context.calibration, context)
