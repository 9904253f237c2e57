"""Processing requests are read without running anything."""

import os

import pytest

from helpers.ppr_document import request
from pipeline_gfluxscale.errors import FileFormatError, InputError
from pipeline_gfluxscale.recipes.executeppr import Directories
from pipeline_gfluxscale.recipes.ppr import Asdm, commands_to_run, read_ppr
from pipeline_gfluxscale.recipes.recipe import Command

CHAIN = [("hifa_importdata", {"dbservice": "False"}), ("breakpoint", {}), ("hifa_gfluxscale", {"solint": "inf"})]


@pytest.fixture
def read(tmp_path):
    """Return a function that reads a document."""

    def read(text):
        path = tmp_path / "PPR.xml"
        path.write_text(text)
        return read_ppr(path)

    return read


def test_a_request_as_alma_writes_them(read):
    found = read(
        request(
            CHAIN,
            asdms=[("uid___A002_X1_X2", "uid://A002/X1/X2"), ("uid___A002_X3_X4.ms", "uid://A002/X3/X4"), ("y.ms", "")],
            intents=[
                ("PROCESS", "true"),
                ("SESSION_1", "uid://A002/X1/X2"),
                ("SESSION_2", "uid://A002/X9/X9 | uid://A002/X3/X4"),
            ],
        )
    )
    assert found.relative_path == "2023.1.00001.S/MOUS"
    assert found.asdms == (
        Asdm("uid___A002_X1_X2", "uid://A002/X1/X2", "session_1"),
        Asdm("uid___A002_X3_X4.ms", "uid://A002/X3/X4", "session_2"),
        Asdm("y.ms", "", "session_1"),
    )
    assert found.recipe.title == "hifa_cal"
    assert found.recipe.commands == (
        Command("hifa_importdata", {"dbservice": False}),
        Command("breakpoint"),
        Command("hifa_gfluxscale", {"solint": "inf"}),
    )


def test_a_session_is_found_by_the_id_where_the_name_on_disk_is_another(read):
    found = read(request(CHAIN, [("mine.ms", "uid://A002/X1/X2")], [("SESSION_7", "uid://A002/X1/X2")]))
    assert found.asdms[0].session == "session_7"


def test_one_intent_alone_is_read(read):
    assert read(request(CHAIN, intents=[("PROCESS", "true")])).intents == {"PROCESS": "true"}


BLOCK = request(CHAIN).partition("<SchedBlockIdentifier>")[2].partition("</SchedBlockIdentifier>")[0]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("<ProcessingProcedure/>", "<ProcessingProcedure> is not a <SciPipeRequest>"),
        ("<SciPipeRequest/>", "one <ProcessingRequest> and not 0"),
        (request(CHAIN).replace("SchedBlockSet", "Other"), "one <SchedBlockIdentifier> and not 0"),
        (request(CHAIN).replace(BLOCK, f"{BLOCK}</SchedBlockIdentifier><SchedBlockIdentifier>{BLOCK}"), "and not 2"),
        (request(CHAIN, asdms=[]), "there are no data"),
        (request([]), "no <ProcessingCommand>"),
        (request(CHAIN, relative_path=" "), "<RelativePath> is missing"),
        (request(CHAIN, relative_path="/etc"), "<RelativePath> '/etc' is absolute"),
        (request(CHAIN, asdms=[("../../home/x.ms", "")]), "is not the name of an ASDM or MS"),
        (request(CHAIN, asdms=[("..", "")]), "is not the name of an ASDM or MS"),
        (request(CHAIN, asdms=[("", "")]), "is not the name of an ASDM or MS"),
    ],
)
def test_what_is_wrong_with_a_request_is_named(read, text, complaint):
    with pytest.raises(FileFormatError, match=complaint):
        read(text)


COMMANDS = tuple(Command(name) for name in ("hifa_importdata", "hif_a", "breakpoint", "hif_b", "breakpoint", "hif_c"))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "hifa_importdata hif_a hif_b hif_c"),
        ({"bpaction": "break"}, "hifa_importdata hif_a"),
        ({"bpaction": "resume"}, "hif_b hif_c"),
        ({"breakpoint": "hif_b", "bpaction": "break"}, "hifa_importdata hif_a"),
        ({"breakpoint": "hif_b", "bpaction": "resume"}, "hif_c"),
        ({"breakpoint": "hif_b"}, "hifa_importdata hif_a hif_c"),
        ({"breakpoint": "", "bpaction": "break"}, "hifa_importdata hif_a hif_b hif_c"),
        ({"importonly": True}, "hifa_importdata"),
    ],
)
def test_breakpoints(given, expected):
    assert [command.name for command in commands_to_run(COMMANDS, **given)] == expected.split()


def test_without_an_import_importonly_changes_nothing():
    assert commands_to_run(COMMANDS[1:2], importonly=True) == COMMANDS[1:2]


def test_breakpoints_that_cannot_be_used_are_refused():
    with pytest.raises(InputError, match="bpaction='stop': unknown action; choices: ignore, break, resume"):
        commands_to_run(COMMANDS, bpaction="stop")
    with pytest.raises(InputError, match="no such command to resume from"):
        commands_to_run(COMMANDS[:1], bpaction="resume")


def test_directories(read, tmp_path, monkeypatch):
    found = read(request(CHAIN))
    directories = Directories.of(found, {"SCIPIPE_ROOTDIR": str(tmp_path)})
    assert directories.working == tmp_path / "2023.1.00001.S" / "MOUS" / "working"
    (tmp_path / "working").mkdir()
    monkeypatch.chdir(tmp_path / "working")
    directories = Directories.of(found, {})
    assert [os.path.relpath(each, tmp_path) for each in vars(directories).values()] == [
        "rawdata",
        "working",
        "products",
    ]
    with pytest.raises(InputError, match=r"rawdata.*it does not have x\.ms"):
        directories.check(found)
