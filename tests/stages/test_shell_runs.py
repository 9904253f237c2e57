"""Raw data, recipes and processing requests from a shell, with the real stages."""

import json
import shutil
from pathlib import Path

import pytest

from helpers.chain import standard_observation
from helpers.ppr_document import request
from helpers.shell_command import gfluxscale
from pipeline_gfluxscale.pipeline.context_json import latest_context, load_context
from pipeline_gfluxscale.simulation import with_system_temperatures

RAW = with_system_temperatures(standard_observation())
CHAIN = ["hifa_importdata", "hif_refant", "h_tsyscal", "hif_setmodels", "hifa_bandpass", "hifa_spwphaseup"]


@pytest.fixture
def raw(copied, tmp_path):
    """Raw data in a directory, with their flux.csv."""
    return copied(RAW, tmp_path, "raw.ms")


def stages(directory: Path) -> list[str]:
    """Return the stages of the run that was saved last, in order."""
    return [record.command for record in load_context(latest_context(directory)).records]


def test_run_calibrates_raw_data_first(raw, tmp_path, truth):
    done = gfluxscale(tmp_path, "run", "raw.ms", "--json", "results.json")
    assert done.status == 0, done.err
    assert "procedure_hifa_fluxcal.xml" in done.out
    (results,) = json.loads((tmp_path / "results.json").read_text())["results"]
    expected = truth(raw)
    for m in results["measurements"]:
        # As in test_chain.py: the noise of the check source.
        assert m["derived"]["I"] == pytest.approx(expected[m["field_id"], m["spw"]], rel=0.005)
    assert len(results["measurements"]) == 12
    assert stages(tmp_path) == [*CHAIN, "hifa_gfluxscale"]
    index = (tmp_path / "weblog" / "index.html").read_text()
    assert all(f"stage{n}-{name}/index.html" in index for n, name in enumerate([*CHAIN, "hifa_gfluxscale"], start=1))


def test_parameters_are_checked_before_the_calibration(raw, tmp_path):
    done = gfluxscale(tmp_path, "run", "raw.ms", "--minsnr=-1")
    assert (done.status, done.out) == (1, "")
    assert "minsnr=-1.0" in done.err
    done = gfluxscale(tmp_path, "run", "raw.ms", "--reference", "Neptune", "--no-weblog")
    assert done.status == 1
    assert "no field 'Neptune'" in " ".join(done.err.split())
    assert stages(tmp_path) == CHAIN[:1]


def test_run_can_be_told_not_to(raw, tmp_path):
    done = gfluxscale(tmp_path, "run", "raw.ms", "--no-calibrate", "--no-weblog")
    assert done.status == 0, done.err
    assert "hifa_bandpass" not in (tmp_path / "casa_commands.log").read_text()
    assert "no bandpass or Tsys calibration is applied" in " ".join(done.out.split())


def test_run_does_not_mix_raw_data_with_others(raw, copied, tmp_path):
    copied(standard_observation(), tmp_path, "calibrated.ms")
    done = gfluxscale(tmp_path, "run", "raw.ms", "calibrated.ms")
    assert done.status == 1
    assert "raw.ms are raw" in " ".join(done.err.split())
    assert not (tmp_path / "casa_commands.log").exists()


def test_a_recipe_that_fails_says_where_and_keeps_what_was_before(raw, tmp_path):
    (tmp_path / "flux.csv").unlink()
    done = gfluxscale(tmp_path, "recipe", "procedure_hifa_fluxcal.xml", "--vis", "raw.ms")
    assert done.status == 1
    assert "hif_setmodels failed" in " ".join(done.err.split())
    assert stages(tmp_path) == CHAIN[:3]


@pytest.fixture
def rawdata(copied, tmp_path):
    """The directories of a request: ``rawdata`` with two MeasurementSets, and ``working``."""
    for name in ("rawdata", "working"):
        (tmp_path / name).mkdir()
    for name in ("one.ms", "two.ms"):
        copied(RAW, tmp_path / "rawdata", name)
    shutil.move(tmp_path / "rawdata" / "flux.csv", tmp_path / "working" / "flux.csv")
    return tmp_path


DATA = (("one.ms", "uid://A002/X1/X1"), ("two.ms", "uid://A002/X1/X2"))
SESSIONS = (("SESSION_1", "uid://A002/X1/X1"), ("SESSION_2", "uid://A002/X1/X2"))


def test_a_request_of_two_sessions_stops_at_its_breakpoint_and_goes_on(rawdata):
    commands = [
        ("hifa_importdata", {"dbservice": "false"}),
        ("hif_refant", {"refantignore": "DA41,DA43"}),
        ("h_tsyscal", {}),
        ("breakpoint", {}),
        ("hif_setmodels", {}),
        ("hifa_bandpass", {"spw": "0,1"}),
    ]
    working = rawdata / "working"
    (working / "PPR.xml").write_text(request(commands, asdms=DATA, intents=SESSIONS))
    done = gfluxscale(working, "ppr", "PPR.xml", "--bpaction", "break")
    assert done.status == 0, done.err
    context = load_context(latest_context(working))
    assert stages(working) == CHAIN[:3]
    assert {name: observed.session for name, observed in context.data.items()} == {
        "one.ms": "session_1",
        "two.ms": "session_2",
    }
    assert "DA43" not in context.observed("two.ms").reference_antennas
    assert context.processing_intents["SESSION_2"] == "uid://A002/X1/X2"
    done = gfluxscale(working, "ppr", "PPR.xml", "--bpaction", "resume")
    assert done.status == 0, done.err
    assert stages(working) == CHAIN[:5]
    assert len(list(working.glob("two.ms.hifa_bandpass.*.bcal.tbl"))) == 1
    assert not list(rawdata.rglob("errorexit*"))


def test_a_request_that_fails_leaves_a_note_and_a_status(rawdata):
    working = rawdata / "working"
    commands = [("hifa_importdata", {}), ("hif_refant", {"refantignore": "DV99"})]
    (working / "PPR.xml").write_text(request(commands, asdms=DATA))
    done = gfluxscale(working, "ppr", "PPR.xml")
    assert done.status == 1
    for directory in (working, rawdata / "products"):
        (note,) = directory.glob("errorexit-*.txt")
        assert "refantignore='DV99'" in note.read_text()
    assert stages(working) == ["hifa_importdata"]


def test_a_request_for_more_than_there_is_runs_nothing(rawdata):
    working = rawdata / "working"
    commands = [
        ("hifa_importdata", {}),
        ("hifa_wvrgcal", {}),
        ("hifa_bandpass", {"magic": "1"}),
        ("hif_makeimages", {}),
    ]
    (working / "PPR.xml").write_text(request(commands, asdms=DATA))
    done = gfluxscale(working, "ppr", "PPR.xml")
    assert done.status == 1
    said = " ".join(done.err.split())
    assert "no command hifa_wvrgcal, hif_makeimages" in said
    assert "hifa_bandpass has no parameter magic" in said
    assert "Install the ALMA Pipeline" in said
    assert not (working / "casa_commands.log").exists()
