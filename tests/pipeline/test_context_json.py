"""A context comes back as it was, from another place too, and whoever wrote the file."""

import json
import shutil

import pytest

from helpers.observation_without_casa import measurementset
from pipeline_gfluxscale.domain.calibration import CalApplication, CalTable, CalTo
from pipeline_gfluxscale.domain.flux import CalibratedFlux, FluxMeasurement, StokesFlux
from pipeline_gfluxscale.domain.qa import QAScore
from pipeline_gfluxscale.domain.spwmap import SpwMap
from pipeline_gfluxscale.errors import FileFormatError, InputError
from pipeline_gfluxscale.pipeline.context import Context, StageRecord
from pipeline_gfluxscale.pipeline.context_json import latest_context, load_context, save_context


@pytest.fixture
def context(tmp_path):
    """A run in ``run/working`` on an MS in ``run/rawdata``."""
    working = tmp_path / "run" / "working"
    working.mkdir(parents=True)
    context = Context(output_dir=working, name="pipeline-1")
    observed = context.add(measurementset(tmp_path / "run" / "rawdata" / "x.ms"))
    observed.reference_antennas = ("DV02", "DA41")
    observed.spwmaps = {("PHASE", "J1832-1035"): SpwMap(combine=True, spwmap=(0, 0), solint="6s", gaintype="T")}
    flux = CalibratedFlux(StokesFlux(1.5), 0.1)
    observed.measurements = (FluxMeasurement("J1832-1035", 1, ("PHASE",), 0, 231e9, 2e9, calibrated=flux),)
    table = CalTable(str(working / "x.ms.bandpass.tbl"), interp="linear,linearflag", spwmap=(0, 1))
    context.calibration = (CalApplication(CalTo("x.ms", intent="PHASE"), (table,)),)
    context.stage = 1
    score = QAScore("completeness", 1.0, "all", "all there", 1.0, "fraction")
    context.records = (StageRecord(1, "hifa_gfluxscale", {"minsnr": 3.0}, (score,), {"results": []}),)
    return context


def test_a_saved_context_comes_back(context):
    path = save_context(context)
    assert path == context.output_dir / "pipeline-1.context.json"
    assert load_context(path) == context


def test_a_run_can_go_on_where_its_directories_were_moved_to(context, tmp_path):
    path = save_context(context)
    shutil.move(tmp_path / "run", tmp_path / "elsewhere")
    moved = load_context(tmp_path / "elsewhere" / "working" / path.name)
    assert moved.output_dir == tmp_path / "elsewhere" / "working"
    assert moved.data["x.ms"].ms.path == tmp_path / "elsewhere" / "rawdata" / "x.ms"
    assert moved.calibration[0].tables[0].gaintable == str(moved.output_dir / "x.ms.bandpass.tbl")


def test_an_ms_is_found_beside_the_file(context, tmp_path):
    path = save_context(context)
    shutil.move(tmp_path / "run" / "rawdata" / "x.ms", context.output_dir / "x.ms")
    assert load_context(path).data["x.ms"].ms.path == context.output_dir / "x.ms"


def test_an_ms_that_is_gone_is_named(context, tmp_path):
    path = save_context(context)
    shutil.rmtree(tmp_path / "run" / "rawdata")
    with pytest.raises(InputError, match=r"MeasurementSet is neither .*rawdata/x\.ms nor .*working/x\.ms"):
        load_context(path)


def test_nothing_in_the_file_holds_the_place_it_was_saved_in(context, tmp_path):
    assert str(tmp_path) not in save_context(context).read_text()


def test_the_context_that_was_saved_last_is_found(context):
    save_context(context, "first.context.json")
    second = save_context(context, "second.context.json")
    assert latest_context(context.output_dir) == second


def test_without_a_saved_context_the_error_says_where_was_looked(tmp_path):
    with pytest.raises(InputError, match=str(tmp_path)):
        latest_context(tmp_path)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda c: c["data"]["x.ms"]["ms"].update(path="/etc"), "not relative"),
        (lambda c: c["data"].update({"y.ms": c["data"].pop("x.ms")}), "'y.ms' is about another"),
        (lambda c: c["data"]["x.ms"].update(reference_antennas=["DA99"]), "no antenna 'DA99'"),
        (lambda c: c["calibration"][0]["tables"][0].update(gaintable="/etc/passwd"), "not relative"),
        (lambda c: c.update(stage="1; import os"), "not of type int"),
        (lambda c: c.update(hook="os.system"), "has no 'hook'"),
    ],
)
def test_a_file_that_was_tampered_with_is_refused(context, change, complaint):
    path = save_context(context)
    document = json.loads(path.read_text())
    change(document["context"])
    path.write_text(json.dumps(document))
    with pytest.raises(FileFormatError, match=complaint):
        load_context(path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cos\nsystem\n(S'true'\ntR.",
        "[]",
        "{}",
        '{"format": "pipeline_gfluxscale context", "version": 1}',
        "[" * 9999,
    ],
)
def test_other_files_are_refused(tmp_path, text):
    path = tmp_path / "x.context.json"
    path.write_text(text)
    with pytest.raises(FileFormatError, match=str(path)):
        load_context(path)


def test_the_working_directory_is_that_of_the_file_whatever_it_says(context, tmp_path):
    path = save_context(context)
    document = json.loads(path.read_text())
    document["context"]["output_dir"] = "../../../.."
    path.write_text(json.dumps(document))
    assert load_context(path).output_dir == context.output_dir
