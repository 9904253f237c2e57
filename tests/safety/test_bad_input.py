"""Bad data get a clear error before any work: nothing is written, and the MeasurementSet stays as it is."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from helpers.refusals import refused
from pipeline_gfluxscale import GFluxscaleError, hifa_gfluxscale
from pipeline_gfluxscale.casa import runtime
from pipeline_gfluxscale.casa.ms_reader import read_measurementset
from pipeline_gfluxscale.casa.tools import open_table, query
from pipeline_gfluxscale.errors import NotEnoughDiskSpaceError
from pipeline_gfluxscale.pipeline.standalone import make_context


@pytest.fixture(autouse=True)
def _working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("vis", [None, "", [], (), 5, {"a": 1}, [5], [""], [None]])
def test_not_a_path(vis):
    assert refused(vis).startswith("vis=")


def test_no_such_ms():
    assert "no such MeasurementSet" in refused("nothing.ms")


def test_a_file(tmp_path):
    (tmp_path / "file.ms").write_text("no table")
    assert "not a CASA table" in refused("file.ms")


def test_a_directory(tmp_path):
    (tmp_path / "directory.ms").mkdir()
    assert "not a CASA table" in refused("directory.ms")


def test_a_subtable(shared):
    assert "not a MeasurementSet" in refused(shared / "ANTENNA")


def test_a_table_that_casa_cannot_open(tmp_path, shared):
    vis = tmp_path / "broken.ms"
    shutil.copytree(shared, vis)
    (vis / "table.dat").write_bytes(b"\0" * 100)
    assert "CASA cannot open broken.ms" in refused(vis)


@pytest.mark.parametrize("name", ["ANTENNA", "FIELD", "OBSERVATION", "POLARIZATION", "SPECTRAL_WINDOW"])
def test_an_ms_without_a_subtable(tmp_path, shared, name):
    vis = tmp_path / "lacking.ms"
    shutil.copytree(shared, vis)
    shutil.rmtree(vis / name)
    assert f"lacks {name}" in refused(vis)


def test_an_ms_that_contradicts_itself(tmp_path, shared):
    vis = tmp_path / "wrong.ms"
    shutil.copytree(shared, vis)
    with open_table(vis / "DATA_DESCRIPTION", write=True) as table:
        table.putcell("POLARIZATION_ID", 0, 9)
    assert "contradicts itself" in refused(vis)


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_quote_in_a_path(tmp_path, shared, quote):
    vis = tmp_path / f"a{quote}b.ms"
    shutil.copytree(shared, vis)
    assert "a path with a quote in it" in refused(vis)


def test_a_quote_in_the_path_of_the_working_directory(tmp_path, shared):
    (tmp_path / 'a"b').mkdir()
    assert "output_dir" in refused(shared, output_dir=tmp_path / 'a"b')


def test_an_ms_without_rows(tmp_path, shared):
    vis = tmp_path / "empty.ms"
    with open_table(shared) as table:
        table.copy(str(vis), deep=True, norows=True).close()
    assert "no rows" in refused(vis)


def test_an_ms_without_data(tmp_path, shared):
    vis = tmp_path / "corrected.ms"
    shutil.copytree(shared, vis)
    with open_table(vis, write=True) as table:
        table.renamecol("DATA", "CORRECTED_DATA")
    assert "lacks the DATA column" in refused(vis)


@pytest.mark.parametrize("name", ["STATE", "FEED", "POINTING", "HISTORY", "PROCESSOR", "FLAG_CMD", "SOURCE"])
def test_an_ms_whose_subtable_was_deleted(tmp_path, shared, name):
    vis = tmp_path / "incomplete.ms"
    shutil.copytree(shared, vis)
    shutil.rmtree(vis / name)
    assert f"its sub-table {name} is missing" in refused(vis)
    with open_table(vis, write=True) as table:
        table.removekeyword(name)
    if name != "SOURCE":
        assert f"its sub-table {name} is missing" in refused(vis)


def test_an_ms_whose_feed_table_is_empty(tmp_path, shared):
    vis = tmp_path / "incomplete.ms"
    shutil.copytree(shared, vis)
    with open_table(vis / "FEED", write=True) as table:
        table.removerows(list(range(table.nrows())))
    assert "its sub-table FEED has no rows" in refused(vis)


def _files(vis):
    """Return the data files of the main table and of a sub-table, with those of tiles."""
    files = sorted(path.relative_to(vis) for path in [*vis.glob("table.f*"), *(vis / "FIELD").glob("table.f*")])
    assert any("_TSM" in path.name for path in files)
    return files


def test_an_ms_without_one_of_its_files(tmp_path, shared):
    """Each in turn: the message names it."""
    for number, file in enumerate(_files(shared)):
        vis = tmp_path / f"incomplete{number}.ms"
        shutil.copytree(shared, vis)
        (vis / file).unlink()
        assert f"its file {file} is missing" in refused(vis)


def test_an_ms_whose_visibilities_are_cut_off(tmp_path, shared):
    for number, file in enumerate(path for path in _files(shared) if "_TSM" in path.name):
        vis = tmp_path / f"short{number}.ms"
        shutil.copytree(shared, vis)
        size = (vis / file).stat().st_size
        os.truncate(vis / file, size - 1)
        assert f"its file {file} is cut off: it has {size - 1} of at least {size} bytes" in refused(vis)


def test_a_multi_ms(tmp_path, shared):
    """Of partition, and of a virtual concatenation; the plain MS that the message tells to make can be read."""
    shutil.copytree(shared, "plain.ms")
    casatasks = runtime.casatasks()
    casatasks.partition("plain.ms", "many.mms", createmms=True, separationaxis="scan", numsubms=2, flagbackup=False)
    message = refused(tmp_path / "many.mms")
    assert "is a multi-MS" in message
    assert "split(vis='many.mms', outputvis='plain.ms', datacolumn='all', keepmms=False)" in message
    casatasks.split("many.mms", "again.ms", datacolumn="all", keepmms=False)
    assert len(read_measurementset("again.ms").scans) == len(read_measurementset("plain.ms").scans)


def test_a_selection_of_rows_that_was_saved_as_a_table(tmp_path, shared):
    with open_table(shared) as table, query(table, "SCAN_NUMBER < 3", name=str(tmp_path / "rows.ms")):
        pass
    assert "a reference to rows of another MeasurementSet" in refused(tmp_path / "rows.ms")


def test_an_ms_named_twice(shared):
    assert "named twice" in refused([shared, str(shared)])


def test_two_mss_of_one_name(tmp_path, shared):
    (tmp_path / "other").mkdir()
    shutil.copytree(shared, tmp_path / "other" / shared.name)
    assert "has the same name" in refused([shared, tmp_path / "other" / shared.name])


def test_second_ms_is_looked_at_before_the_first_is_worked_on(tmp_path, shared):
    first, second = tmp_path / "first.ms", tmp_path / "second.ms"
    for vis in (first, second):
        shutil.copytree(shared, vis)
    assert "no such MeasurementSet" in refused([first, "third.ms"])
    assert "no field 'x'" in refused([first, second], reference={"second.ms": "x"})
    assert "'third.ms' is not a MeasurementSet of this run" in refused([first, second], solint={"third.ms": "inf"})
    assert "between 0 and 1" in refused([first, second], peak_fraction={"first.ms": 0.3, "second.ms": 3})


def test_an_error_costs_only_its_ms(tmp_path, shared):
    """The first has no reference calibrator of known flux density, and the second is fine."""
    for name in ("first.ms", "second.ms"):
        shutil.copytree(shared, tmp_path / name)
    flux_csv = (shared.parent / "flux.csv").read_text()
    (tmp_path / "flux.csv").write_text(flux_csv.replace("observed.ms", "second.ms"))
    results = hifa_gfluxscale(["first.ms", "second.ms"])
    assert results.failed
    assert "no flux density is known" in results[0].error
    assert [score.score for score in results[0].qa if score.metric == "completeness"] == [0.0]
    assert results[1].error == ""
    assert len(results[1].measurements) == 4


def test_an_error_that_nobody_thought_of_costs_only_its_ms(tmp_path, shared, monkeypatch):
    from pipeline_gfluxscale.stages.gfluxscale import task

    shutil.copytree(shared, tmp_path / "first.ms")

    def broken(*_: object) -> None:
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr(task, "set_reference_models", broken)
    (results,) = hifa_gfluxscale("first.ms")
    assert results.error.startswith("ZeroDivisionError: of all things; the traceback is in ")
    log = Path(results.error.rpartition(" ")[2])
    assert "in broken" in log.read_text()
    assert results.qa[0].band == "red"


@contextmanager
def mode(path: Path, bits: int) -> Iterator[None]:
    before = path.stat().st_mode
    path.chmod(bits)
    try:
        yield
    finally:
        path.chmod(before)


@pytest.mark.parametrize("what", [".", "table.dat", "table.f2_TSM1"])
def test_read_only_ms(tmp_path, shared, what):
    """Root could write there; that does not count as permission."""
    vis = tmp_path / "protected.ms"
    shutil.copytree(shared, vis)
    with mode(vis / what, 0o555 if what == "." else 0o444):
        assert "read-only" in refused(vis)


def test_ms_in_a_read_only_directory(tmp_path, shared):
    """CASA's setjy makes files beside the MS."""
    (tmp_path / "archive").mkdir()
    shutil.copytree(shared, tmp_path / "archive" / "protected.ms")
    with mode(tmp_path / "archive", 0o555):
        assert "read-only" in refused(tmp_path / "archive" / "protected.ms")


def test_read_only_working_directory(tmp_path, shared):
    (tmp_path / "work").mkdir()
    with mode(tmp_path / "work", 0o555):
        assert refused(shared, output_dir="work").startswith("output_dir=")


def test_full_disk(shared, monkeypatch):
    usage = shutil.disk_usage(".")._replace(free=1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    message = refused(shared, NotEnoughDiskSpaceError)
    assert "0.00 GB free" in message
    assert "observed.ms" in message


def test_context_without_this_ms(shared):
    assert "not a MeasurementSet of this run" in refused("other.ms", context=make_context(shared))


def test_every_error_is_of_the_public_class():
    from pipeline_gfluxscale import errors

    found = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]
    assert len(found) > 5
    assert all(issubclass(error, GFluxscaleError) for error in found)
