"""Files of flag commands: what CASA's flagdata and the ALMA Pipeline read is understood, anything else is refused."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_gfluxscale.errors import FileFormatError, InputError
from pipeline_gfluxscale.files.flag_file import SELECTIONS, flag_file_of, parse_flag_commands, read_flag_file

TEMPLATE = """\
# User flagging commands file for the calibration pipeline
#
# mode='manual' antenna='DV01' reason='an example'

mode='manual' correlation='YY' antenna='DV01;DV08;DA43&DA48' spw='21:1920~2880' autocorr=False reason='bad_channels'
  mode="manual" spw="25:0~3;122~127"  reason='birdie at the edge'   # a comment
antenna=DV07 timerange='2013/01/31/08:09:55.248~2013/01/31/08:10:01.296'
mode='manual', scan='3,5', intent='*PHASE*'
mode='manual' autocorr=True
"""


def test_a_template_of_the_pipeline():
    commands = parse_flag_commands(TEMPLATE, "a.txt")
    assert [(command.line, command.selection, command.reason, command.autocorr) for command in commands] == [
        (5, {"correlation": "YY", "antenna": "DV01;DV08;DA43&DA48", "spw": "21:1920~2880"}, "bad_channels", False),
        (6, {"spw": "25:0~3;122~127"}, "birdie at the edge", False),
        (7, {"antenna": "DV07", "timerange": "2013/01/31/08:09:55.248~2013/01/31/08:10:01.296"}, "", False),
        (8, {"scan": "3,5", "intent": "*PHASE*"}, "", False),
        (9, {}, "", True),
    ]
    assert commands[0].place == "a.txt, line 5"
    assert commands[1].text.startswith('mode="manual"')


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("mode='clip' clipminmax=[0,5]", "mode='clip'"),
        ("mode='quack' antenna='DA41'", "mode='quack'"),
        ("mode='manual' antena='DA41'", "antena is no parameter"),
        ("mode='manual' antenna='DA41' antenna='DA42'", "antenna is given twice"),
        ("mode='manual' reason='nothing selected'", "selects all data"),
        ("mode='manual' antenna=''", "selects all data"),
        ("mode='manual' antenna='DA41", "antenna='DA41 is not a parameter"),
        ("mode='manual' antenna='DA41'spw='1'", "is not followed by a blank"),
        ("mode='manual' autocorr=maybe antenna='DA41'", "neither True nor False"),
        ("flagdata(vis='a.ms', antenna='DA41')", "is not a parameter"),
        ("DA41", "DA41 is not a parameter"),
    ],
)
def test_what_is_no_command_is_an_error_with_file_and_line(line, words):
    with pytest.raises(FileFormatError, match=r"a\.txt, line 2: ") as error:
        parse_flag_commands(f"# first\n{line}\n", "a.txt")
    assert words in str(error.value)


@given(
    st.dictionaries(
        st.sampled_from(SELECTIONS),
        st.text(st.characters(codec="ascii", exclude_characters="'\"\n\r\x0b\x0c\x1c\x1d\x1e\x85"), min_size=1),
        min_size=1,
    )
)
def test_values_come_back_as_they_were_written(selection):
    line = " ".join(f"{name}='{value}'" for name, value in selection.items())
    wanted = {name: value.strip() for name, value in selection.items() if value.strip()}
    if not wanted:
        with pytest.raises(FileFormatError, match="selects all data"):
            parse_flag_commands(line, "a.txt")
        return
    (command,) = parse_flag_commands(line, "a.txt")
    assert command.selection == wanted


@given(st.text())
def test_any_text_is_understood_or_refused(text):
    with suppress(FileFormatError):
        assert all(command.selection or command.autocorr for command in parse_flag_commands(text, "a.txt"))


def test_the_file_of_an_ms_is_found_by_name(tmp_path):
    """The working directory comes before that of the data, and the name with .ms before the pipeline's without."""
    work = tmp_path / "work"
    work.mkdir()
    vis = tmp_path / "a.ms"
    assert flag_file_of(vis, work) is None
    expected: list[Path] = []
    for path in (tmp_path / "a.flagtemplate.txt", work / "a.flagtemplate.txt", work / "a.ms.flagtemplate.txt"):
        path.write_text("")
        expected.append(path)
        assert flag_file_of(vis, work) == path
    assert read_flag_file(expected[0]) == ()


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match=r"flagfile=.*no such file"):
        read_flag_file(tmp_path / "missing.txt")
    (tmp_path / "latin.txt").write_bytes(b"antenna='\xe9'\n")
    with pytest.raises(FileFormatError, match="byte 9 is not UTF-8"):
        read_flag_file(tmp_path / "latin.txt")
