"""Bad input gets a clear error before any work: nothing is written, and the MeasurementSet stays as it is."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.small_observation import PLAN
from pipeline_gfluxscale import GFluxscaleError, hifa_gfluxscale
from pipeline_gfluxscale.casa import runtime
from pipeline_gfluxscale.casa.ms_reader import read_measurementset
from pipeline_gfluxscale.casa.tools import open_table, query
from pipeline_gfluxscale.errors import FileFormatError, InputError, NotEnoughDiskSpaceError
from pipeline_gfluxscale.pipeline.standalone import make_context

_HEADER = "ms,field,spw,I,Q,U,V,spix,uvmin,uvmax,comment\n"


def state(directory: Path) -> dict[Path, tuple[int, int]]:
    """Return size and time of every file, but for CASA's logs and the notes of its locks."""
    return {
        path: (path.stat().st_size, path.stat().st_mtime_ns)
        for path in directory.rglob("*")
        if path.is_file() and path.name != "table.lock" and not path.name.startswith("casa-")
    }


@contextmanager
def nothing_written(directory: Path) -> Iterator[None]:
    before = state(directory)
    yield
    assert state(directory) == before


def refused(vis: Any, kind: type[GFluxscaleError] = InputError, **arguments: Any) -> str:
    """Assert that a call is refused before anything is written; return what the error says."""
    with nothing_written(Path.cwd()), pytest.raises(kind) as caught:
        hifa_gfluxscale(vis, **arguments)
    return str(caught.value)


@pytest.fixture(scope="module")
def shared(copied, tmp_path_factory) -> Path:
    """Return an MS that no test may change."""
    return copied(PLAN, tmp_path_factory.mktemp("shared"))


@pytest.fixture(autouse=True)
def _working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


# argument, value, what the message says
PARAMETERS = [
    ("reference", "J9999+9999", "no field 'J9999+9999'"),
    ("reference", "17", "no field '17'"),
    ("reference", True, "a string"),
    ("reference", 1.5, "a string"),
    ("transfer", "J0238+1636,nobody", "no field 'nobody'"),
    ("refintent", "AMPLTUDE", "unknown intent AMPLTUDE"),
    ("refintent", 5, "unknown intent 5"),
    ("transintent", "PHASE,FAZE", "unknown intent FAZE"),
    ("refspwmap", [0], "each of the 2 spws"),
    ("refspwmap", [0, 1, 1], "each of the 2 spws"),
    ("refspwmap", [0, 7], "no spw 7"),
    ("refspwmap", [0, -1], "no spw -1"),
    ("refspwmap", [0, 1.0], "1.0 is not the id of a spw"),
    ("refspwmap", "0;1", "a list of spw ids"),
    ("refspwmap", 1.5, "a list of spw ids"),
    ("phaseupsolint", "soon", "not a solution interval"),
    ("phaseupsolint", "", "not a solution interval"),
    ("phaseupsolint", 30, "not a solution interval"),
    ("solint", "-10s", "not a solution interval"),
    ("solint", "30 parsec", "not a solution interval"),
    ("solint", "nan", "not a solution interval"),
    ("minsnr", -1, "0 or more"),
    ("minsnr", float("nan"), "0 or more"),
    ("minsnr", "2", "0 or more"),
    ("minsnr", True, "0 or more"),
    ("refant", "DA99", "no antenna 'DA99'"),
    ("refant", "99", "no antenna '99'"),
    ("hm_resolvedcals", "magic", "unknown option"),
    ("hm_resolvedcals", 1, "unknown option"),
    ("peak_fraction", 0, "between 0 and 1"),
    ("peak_fraction", 1.0, "between 0 and 1"),
    ("peak_fraction", -0.2, "between 0 and 1"),
    ("peak_fraction", float("inf"), "between 0 and 1"),
    ("amp_outlier_sigma", 0, "greater than 0"),
    ("amp_outlier_sigma", "fifty", "greater than 0"),
    ("amp_outlier_sigma", float("nan"), "greater than 0"),
    ("parallel", "perhaps", "unknown option"),
    ("parallel", 3, "unknown option"),
    ("reffile", 5, "the path of a file"),
    ("reffile", "no.csv", "no such file"),
    ("reffile", ".", "no such file"),
    ("calstate", "no.txt", "no such file"),
    ("calstate", 5, "a path"),
    ("output_dir", "nowhere", "no such directory"),
    ("output_dir", 5, "a path"),
]


@pytest.mark.parametrize(("argument", "value", "says"), PARAMETERS)
def test_parameter(shared, argument, value, says):
    message = refused(shared, **{argument: value})
    assert says in message
    assert message.startswith(f"{argument}=")
    assert "\n" not in message


def test_messages_name_the_choices(shared):
    assert "choices: J0238+1636, J0309+1029, Target, J0423-0120" in refused(shared, reference="x")
    assert "choices: automatic, manual" in refused(shared, hm_resolvedcals="x")
    assert "choices: DA41" in refused(shared, refant="x")
    assert "choices: 0, 1" in refused(shared, refspwmap=[0, 2])


def test_manual_without_antennas(shared):
    assert "needs the antennas" in refused(shared, hm_resolvedcals="manual")
    assert "no antenna 'X1'" in refused(shared, hm_resolvedcals="manual", antenna="DA41,X1")


def test_field_that_is_reference_and_transfer(shared):
    assert "J0423-0120 #3 is also a reference field" in refused(shared, transfer="J0423-0120", transintent="AMPLITUDE")
    assert "is also a reference field" in refused(shared, reference="0", transfer="0,1", refintent="", transintent="")


def test_numbers_and_ids_of_numpy_are_welcome(shared):
    """Whatever is wrong with this call, it is not these values."""
    values = {"minsnr": np.float32(2), "refspwmap": np.array([0, 1]), "peak_fraction": np.float64(0.2)}
    assert "no field" in refused(shared, reference="x", **values)


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


REFFILES = [
    ("", FileFormatError, "no header"),
    ("a,b,c\n", FileFormatError, "no column ms"),
    ("{header}observed.ms,1,0,lots,0,0,0,,,,\n", FileFormatError, "line 2: I='lots' is not a number"),
    ("{header}observed.ms,1,0,-2,0,0,0,,,,\n", FileFormatError, "I='-2' is negative"),
    ("{header}observed.ms,1,0,nan,0,0,0,,,,\n", FileFormatError, "is not finite"),
    ("{header}observed.ms,1,0,inf,0,0,0,,,,\n", FileFormatError, "is not finite"),
    ("{header}observed.ms,1,0,2,0,0,0,nan,,,\n", FileFormatError, "spix='nan' is not finite"),
    ("{header}observed.ms,one,0,2,0,0,0,,,,\n", FileFormatError, "field='one'"),
    ("{header}observed.ms,1,0,2,,,,,,,\nobserved.ms,1,0,3,,,,,,,\n", FileFormatError, "two flux densities"),
    ("{header}another.ms,1,0,2,0,0,0,,,,\n", InputError, "entries for another.ms, and none for observed.ms"),
    ("{header}observed.ms,9,0,2,0,0,0,,,,\n", InputError, "no field 9"),
    ("{header}observed.ms,1,9,2,0,0,0,,,,\n", InputError, "no spw 9"),
]


@pytest.mark.parametrize(("text", "kind", "says"), REFFILES)
def test_reffile(tmp_path, shared, text, kind, says):
    (tmp_path / "fluxes.csv").write_text(text.format(header=_HEADER))
    assert says in refused(shared, kind, reffile="fluxes.csv")


def test_reffile_that_is_no_text(tmp_path, shared):
    (tmp_path / "fluxes.csv").write_bytes(b"\xff\xfe\x00\x01")
    assert "not UTF-8" in refused(shared, FileFormatError, reffile="fluxes.csv")


def test_calstate_that_names_missing_tables(tmp_path, shared):
    (tmp_path / "cal.txt").write_text("applycal(vis='observed.ms', gaintable=['gone.tbl'])\n")
    assert "gone.tbl" in refused(shared, FileFormatError, calstate="cal.txt")


def test_several_at_once_name_one_of_them(shared):
    assert refused(shared, peak_fraction=7, minsnr=-1, reference="x", refspwmap=[5]).count("=") == 1


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
