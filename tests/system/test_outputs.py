"""Nothing is written into the user's data, onto an input, or twice to one file."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_gfluxscale.errors import InputError
from pipeline_gfluxscale.system.names import check_ms_name, check_name, problem_of_name
from pipeline_gfluxscale.system.outputs import check_output_directory, check_outputs, check_working_directory


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Return a directory with an MS, a caltable, an ASDM and links into them."""
    for name in ("x.ms", "x.ms/ANTENNA", "x.tbl", "x.asdm", "deep", "other"):
        (tmp_path / name).mkdir()
    for name in ("x.ms/table.dat", "x.ms/ANTENNA/table.dat", "x.tbl/table.dat", "x.asdm/ASDM.xml", "flux.csv"):
        (tmp_path / name).write_text("mine")
    (tmp_path / "link").symlink_to("x.ms")
    (tmp_path / "deep" / "in").symlink_to(tmp_path / "x.ms" / "ANTENNA")
    (tmp_path / "file").symlink_to("x.ms/table.dat")
    (tmp_path / "dangling").symlink_to("x.ms/new.json")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "path",
    [
        "x.ms", "x.ms/table.dat", "x.ms/new.json", "x.ms/ANTENNA/a.json", "x.ms/no/such/a.json", "x.tbl/a", "x.asdm/a",
        "link/a.json", "deep/in/a.json", "file", "dangling", "other/../x.ms/a.json", "./link/../x.ms/a.json",
    ],
)  # fmt: skip
def test_no_file_goes_into_a_table(here, path):
    with pytest.raises(InputError, match=r"--json=.*nothing is written into it"):
        check_outputs({"--json": path})


@pytest.mark.parametrize("path", ["x.ms", "x.ms/weblog", "link", "deep/in/new", "x.asdm/a/b"])
def test_no_directory_is_made_in_a_table(here, path):
    with pytest.raises(InputError, match="nothing is written into it"):
        check_output_directory("--output-dir", path)


@pytest.mark.parametrize("name", ["weblog", "casa_commands.log"])
def test_a_link_in_the_working_directory_leads_into_no_table(here, name):
    (here / "other" / name).symlink_to(here / "x.ms")
    with pytest.raises(InputError, match="nothing is written into it"):
        check_working_directory("output_dir", here / "other")


def test_no_output_is_an_input(here):
    os.link(here / "flux.csv", here / "hard.csv")
    (here / "soft.csv").symlink_to("flux.csv")
    for path in ("flux.csv", "./other/../flux.csv", "hard.csv", "soft.csv", here / "flux.csv"):
        with pytest.raises(InputError, match="it is read by this run"):
            check_outputs({"--flux-csv": path}, [None, "", "flux.csv"])


def test_no_output_is_another(here):
    (here / "same").symlink_to("other")
    for first, second in (("a.json", "a.json"), ("other/a.json", "same/a.json"), ("a.json", here / "a.json")):
        with pytest.raises(InputError, match=r"--table=.*--json is written there, too"):
            check_outputs({"--json": first, "--table": second})


def test_what_is_right_passes(here):
    check_outputs({"--json": "a.json", "--table": "other/a.ecsv", "--flux-csv": None}, ["flux.csv", "x.ms"])
    check_working_directory("output_dir", here)
    assert check_output_directory("--output-dir", "new/weblog").name == "weblog"


@pytest.mark.parametrize(
    "path", ["flux.csv/a", "no/a.json", "other", "/dev/null", "a" * 250 + ".json", "a\0b", "\x1b[31m"]
)
def test_what_cannot_be_written_is_told(here, path):
    with pytest.raises(InputError, match="--json="):
        check_outputs({"--json": path})


@given(st.text(max_size=300))
def test_a_name_that_passes_is_one_file_of_its_directory(tmp_path_factory, name):
    """The file system agrees."""
    directory = tmp_path_factory.getbasetemp()
    if not problem_of_name(name):
        (directory / name).write_text("")
        assert name in os.listdir(directory)
        (directory / name).unlink()


@pytest.mark.parametrize("name", ["", ".", "..", "../evil", "/abs/evil", "a/b", "a\0b", "a\nb", "\x1b[31m", "é" * 128])
def test_names_that_are_refused(name):
    with pytest.raises(InputError, match="name="):
        check_name("name", name)


def test_a_name_of_a_measurementset_leaves_room_for_its_tables():
    check_ms_name("a" * 150)
    with pytest.raises(InputError, match="names of caltables begin with its name"):
        check_ms_name("a" * 151)
