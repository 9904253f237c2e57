"""Files that users name: whatever keeps one from being read is an error with the argument and the file."""

import os
from pathlib import Path

import pytest

from pipeline_gfluxscale.casa.ms_reader import read_measurementset
from pipeline_gfluxscale.errors import FileFormatError, InputError
from pipeline_gfluxscale.files.flag_file import read_flag_file
from pipeline_gfluxscale.files.fluxcsv import read_flux_csv
from pipeline_gfluxscale.files.input_file import read_text
from pipeline_gfluxscale.files.json_input import read_json
from pipeline_gfluxscale.files.xml_input import read_xml
from pipeline_gfluxscale.pipeline.callibrary import read_calstate
from pipeline_gfluxscale.pipeline.context import Context
from pipeline_gfluxscale.pipeline.raw_data import can_be_calibrated
from pipeline_gfluxscale.recipes.recipe import read_recipe
from pipeline_gfluxscale.stages.importdata.inputs import ImportdataInputs

READERS = {
    "flagfile": read_flag_file,
    "reffile": read_flux_csv,
    "calstate": read_calstate,
    "RESULTS": lambda path: read_json(path, "RESULTS"),
    "pprXmlFile": lambda path: read_xml(path, "pprXmlFile"),
    "recipe": read_recipe,
}


@pytest.mark.parametrize("argument", READERS)
@pytest.mark.parametrize("name", ["missing", "", "a" * 5000, "a\0b", "missing/file"])
def test_what_is_no_file_is_named_with_its_argument(argument, name, tmp_path, monkeypatch):
    """A blank path is the directory."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=rf"^{argument}="):
        READERS[argument](Path(name))


@pytest.mark.parametrize(
    "read", [can_be_calibrated, read_measurementset, lambda path: ImportdataInputs.of_call(Context(Path()), path, {})]
)
@pytest.mark.parametrize("name", ["missing", "a" * 5000, "a\0b"])
def test_data_that_do_not_exist_are_named(read, name):
    with pytest.raises(InputError, match=r"^vis=.*: no such "):
        read(Path(name))


@pytest.mark.parametrize("argument", READERS)
def test_a_file_that_the_system_cannot_read_is_named_with_its_argument(argument, tmp_path):
    """Reading the memory of a process from its beginning fails, also for root."""
    path = tmp_path / "file"
    path.symlink_to("/proc/self/mem")
    with pytest.raises(InputError, match=rf"^{argument}=.*: it cannot be read: {os.strerror(5)}"):
        READERS[argument](path)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"\xef\xbb\xbftext\r\n")
    assert read_text(path, "reffile") == "text\n"


@pytest.mark.parametrize("argument", ["flagfile", "reffile", "calstate", "RESULTS"])
def test_what_is_no_text_is_named_with_its_place(argument, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"abc\xff")
    with pytest.raises(FileFormatError, match="file: byte 3 is not UTF-8 text"):
        READERS[argument](path)
