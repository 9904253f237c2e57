"""Calibration goes out as applycal statements and comes in again."""

import pytest

from helpers.observation_without_casa import measurementset
from pipeline_gfluxscale.domain.calibration import CalApplication, CalTable, CalTo, TableContents
from pipeline_gfluxscale.errors import FileFormatError, InputError
from pipeline_gfluxscale.pipeline import calibration_check
from pipeline_gfluxscale.pipeline.context import Context
from pipeline_gfluxscale.pipeline.state_commands import export_calstate, import_calstate


@pytest.fixture
def context(tmp_path, monkeypatch):
    solved = {(field, spw): frozenset({0, 1}) for field in (0, 1) for spw in (0, 1)}
    contents = TableContents("B Jones", ("DA41", "DV02"), ("J1924-2914", "J1832-1035"), 2, solved)
    monkeypatch.setattr(calibration_check, "read_contents", lambda _table: contents)
    context = Context(output_dir=tmp_path / "working", name="pipeline-1")
    for name in ("x.ms", "y.ms"):
        context.add(measurementset(context.output_dir / name))
    table = context.output_dir / "b.tbl"
    table.mkdir()
    context.calibration = (
        CalApplication(CalTo("x.ms", intent="PHASE"), (CalTable(str(table), "0", "linear,linearflag", (0, 1)),)),
    )
    return context


def test_what_is_exported_comes_back(context):
    path = export_calstate(context)
    assert path == context.output_dir / "pipeline-1.calstate"
    before = context.calibration
    context.calibration = ()
    import_calstate(context, path.name)
    assert context.calibration == before


def test_the_alma_pipeline_can_read_it(context):
    """A statement a line that begins with applycal, an MS in each, and tables as seen from the working directory."""
    (line,) = [line for line in export_calstate(context).read_text().splitlines() if not line.startswith("#")]
    assert line.startswith("applycal(vis='x.ms', ")
    assert "gaintable=['b.tbl']" in line


def test_calibration_of_any_ms_is_written_for_each(context):
    (application,) = context.calibration
    context.calibration = (CalApplication(CalTo(), application.tables),)
    text = export_calstate(context, "all.txt").read_text()
    assert [text.count(f"applycal(vis='{name}'") for name in ("x.ms", "y.ms")] == [1, 1]


def test_in_another_directory_tables_have_their_whole_path(context, tmp_path):
    text = export_calstate(context, tmp_path / "elsewhere.txt").read_text()
    assert f"gaintable=['{context.output_dir / 'b.tbl'}']" in text


def test_what_the_pipeline_writes_is_read(context):
    (context.output_dir / "from_pipeline.txt").write_text(
        "# Apply file for x.ms\n"
        "applycal(vis='x.ms', field='J1832-1035', intent='PHASE', spw='0,1', antenna='0~1', gaintable=['b.tbl'], "
        "gainfield=[''], spwmap=[[0,0]], interp=['linear,linear'], calwt=[False])\n"
    )
    import_calstate(context, "from_pipeline.txt")
    (application,) = context.calibration
    assert application.tables[0].spwmap == (0, 0)
    assert application.tables[0].gaintable == str(context.output_dir / "b.tbl")


def test_a_file_that_cannot_be_read_leaves_the_calibration(context):
    before = context.calibration
    (context.output_dir / "bad.txt").write_text("import os\n")
    with pytest.raises(FileFormatError):
        import_calstate(context, "bad.txt")
    with pytest.raises(InputError):
        import_calstate(context, "nothing.txt")
    (context.output_dir / "of_others.txt").write_text("applycal(vis='z.ms', gaintable=['b.tbl'])\n")
    with pytest.raises(InputError, match=r"it has calibration for z.ms, and none for x.ms, y.ms"):
        import_calstate(context, "of_others.txt")
    assert context.calibration == before


def test_applied_calibration_is_not_known_here(context):
    with pytest.raises(InputError, match="state='applied'"):
        export_calstate(context, state="applied")
