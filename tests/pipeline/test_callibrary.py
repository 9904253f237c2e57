import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_gfluxscale.domain.calibration import CalApplication, CalTable, CalTo
from pipeline_gfluxscale.domain.intents import INTENTS
from pipeline_gfluxscale.domain.measurementset import Antenna, Field, MeasurementSet
from pipeline_gfluxscale.domain.selection import format_ids
from pipeline_gfluxscale.errors import FileFormatError, InputError
from pipeline_gfluxscale.files.applycal_text import export_applycal, parse_applycal_statements
from pipeline_gfluxscale.files.callibrary_text import parse_callibrary
from pipeline_gfluxscale.pipeline.callibrary import applicable, read_calstate

names = st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1)
tables = st.builds(
    CalTable,
    gaintable=names,
    gainfield=st.sampled_from(["", "nearest", "J0255+1403", "0~2"]),
    interp=st.sampled_from(["linear", "linear,linear", "linearPD,linear", "nearest"]),
    spwmap=st.lists(st.integers(-1, 40), max_size=8).map(tuple),
    calwt=st.booleans(),
)
caltos = st.builds(
    CalTo,
    vis=names,
    field=names | st.just(""),
    intent=st.lists(st.sampled_from(sorted(INTENTS)), unique=True, max_size=3).map(",".join),
    spw=st.sets(st.integers(0, 60)).map(format_ids),
    antenna=st.sampled_from(["", "0~11", "DA41,DA42"]),
)
applications = st.builds(CalApplication, caltos, st.lists(tables, max_size=4).map(tuple))


def statement(arguments):
    return parse_applycal_statements(f"applycal(vis='a.ms', {arguments})", "f.txt")[0]


# --- applycal statements ---------------------------------------------------------------------------------


@given(st.lists(applications, max_size=5))
def test_what_is_exported_is_parsed_back(given_applications):
    """In order of the first mention of each MeasurementSet."""
    order = list(dict.fromkeys(a.calto.vis for a in given_applications))
    wanted = sorted(given_applications, key=lambda a: order.index(a.calto.vis))
    assert parse_applycal_statements(export_applycal(given_applications), "f.txt") == tuple(wanted)


def test_the_pipelines_own_statements_are_exported_as_they_were(shared_file):
    path = shared_file("example.calapply.txt")
    found = read_calstate(path, check=False)
    as_written = parse_applycal_statements(path.read_text(), path.name)
    assert export_applycal(as_written).rstrip("\n") == path.read_text().rstrip("\n")
    assert [a.calto.intent for a in found] == ["PHASE", "CHECK", "BANDPASS"]
    assert found[0].tables[0].spwmap == (0, 1, 2, 3, 0, 1, 2, 3)


def test_the_two_files_of_the_pipeline_say_the_same(shared_file):
    statements = read_calstate(shared_file("example.calapply.txt"), check=False)
    library = read_calstate(shared_file("example.callibrary.txt"), check=False)
    # A cal library knows no vis and no antennas, and writes a single interp where time and frequency agree.
    assert [replace(a.calto, vis="", antenna="") for a in statements] == [a.calto for a in library]
    for ours, theirs in zip(statements, library, strict=True):
        assert set(ours.tables) == set(theirs.tables)


def test_single_values_are_completed_as_applycal_does():
    found = statement("gaintable='b.tbl', interp='nearest', spwmap=[0, 0], calwt=False, field='0'")
    assert found.tables == (CalTable("b.tbl", "", "nearest", (0, 0), False),)


def test_short_lists_are_completed_as_applycal_does():
    found = statement("gaintable=['b', 'g'], gainfield=['1'], interp=['', ], spwmap=[[1, 1]], calwt=[False]")
    assert found.tables == (
        CalTable("b", "1", "linear", (1, 1), False),
        CalTable("g", "", "linear", (), False),
    )
    assert statement("gaintable=['b', 'g'], calwt=[False, True]").tables[0].calwt is False
    assert statement("gaintable=['b', 'g'], spwmap=[1, 1]").tables == (
        CalTable("b", spwmap=(1, 1)),
        CalTable("g"),
    )
    assert statement("gaintable=''").tables == ()


def test_selections_may_be_ids_and_lists():
    calto = statement("field=0, spw=['4~5', 7], antenna='0~3', intent='*CALIBRATE_PHASE*'").calto
    assert calto == CalTo("a.ms", "0", "PHASE", "4~5,7", "0~3")


def test_parameters_that_do_not_matter_are_accepted():
    assert statement(
        "gaintable='b', applymode='calflag', flagbackup=False, parang=True, selectdata=True, docallib=False,"
        " callib='', scan='', timerange=''"
    ).tables == (CalTable("b"),)


def test_statements_on_several_lines_and_comments():
    text = "# Apply file\n\napplycal(vis='a.ms',\n  gaintable=[  # tables\n 'b'])\napplycal(vis='b.ms')\n"
    found = parse_applycal_statements(text, "f.txt")
    assert [a.calto.vis for a in found] == ["a.ms", "b.ms"]
    assert parse_applycal_statements("# nothing yet\n", "f.txt") == ()


@pytest.mark.parametrize(
    "text",
    [
        "applycal(vis=__import__('os').system('touch {marker}'))",
        "applycal(vis=[open('{marker}', 'w')])",
        "applycal(gaintable=[x for x in [open('{marker}', 'w')]])",
        'applycal(vis=f\'{{open("{marker}", "w")}}\')',
        "applycal(**{{'vis': open('{marker}', 'w')}})",
        "applycal(open('{marker}', 'w'))",
        "applycal(*[open('{marker}', 'w')])",
        "open('{marker}', 'w')",
        "open('{marker}', 'w').applycal(vis='a.ms')",
        "import os; os.system('touch {marker}')",
        "@open('{marker}', 'w')\ndef applycal(): pass",
        "applycal(vis=(x := open('{marker}', 'w')))",
        "applycal(vis=lambda: 0)",
        "caltable=open('{marker}','w')",
        "caltable='a' calwt=__import__('os').system('touch\t{marker}')",
        "caltable='a' spwmap=[open('{marker}','w')]",
        "caltable='a'); open('{marker}','w'",
    ],
)
def test_nothing_is_ever_executed(text, tmp_path):
    marker = tmp_path / "executed"
    path = tmp_path / "calstate.txt"
    path.write_text(text.format(marker=marker))
    with pytest.raises(FileFormatError, match=r"calstate.txt, line \d"):
        read_calstate(path, check=False)
    assert not marker.exists()


def test_a_name_cannot_smuggle_in_a_statement():
    evil = CalApplication(CalTo(vis="a.ms\nimport os\n#", field="'); import os; ('"))
    assert parse_applycal_statements(export_applycal([evil]), "f.txt") == (evil,)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("gaincal(vis='a.ms')", "line 2: gaincal(vis='a.ms') is not an applycal statement"),
        ("applycal('a.ms')", "line 2: 'a.ms' has no keyword"),
        ("applycal(vis='a.ms', gaintabel='b')", "line 2: gaintabel='b' is not a parameter"),
        ("applycal(vis='a.ms', vis='b.ms')", "line 2: vis='b.ms' is given twice"),
        ("applycal(vis=['a.ms'])", "line 2: vis=['a.ms'] is not a string"),
        ("applycal(vis='a.ms', gaintable=[1])", "line 2: gaintable=[1] is not a list of strings"),
        ("applycal(vis='a.ms', gaintable=[''])", "line 2: gaintable=[''] has a blank"),
        (
            "applycal(vis='a.ms', gaintable='b', gainfield=['', '1'])",
            "has more entries than there are tables (1)",
        ),
        ("applycal(vis='a.ms', gaintable='b', spwmap='x')", "spwmap='x' is neither"),
        ("applycal(vis='a.ms', gaintable='b', spwmap=[True])", "spwmap=[True] is neither"),
        ("applycal(vis='a.ms', gaintable='b', calwt='yes')", "calwt='yes' is not a list of True and False"),
        ("applycal(vis='a.ms', spw='X0')", "spw='X0' does not select spws by id"),
        ("applycal(vis='a.ms', field={'a'})", "field={'a'} is not a selection"),
        ("applycal(vis='a.ms', scan='3')", "scan='3' is not supported"),
        ("applycal(vis='a.ms', observation=0)", "observation=0 is not supported"),
        ("applycal(vis='a.ms', docallib=True)", "docallib=True is not supported"),
        ("applycal(vis='a.ms'", "line 2: applycal(vis='a.ms' is not an applycal statement"),
        ("applycal(vis=" + "[" * 500, "is not an applycal statement"),
        ("applycal(vis=" + "-" * 100_000 + "1)", "f.txt"),
    ],
)
def test_a_bad_statement_is_named(text, complaint):
    with pytest.raises(FileFormatError, match=f"f.txt.*{re.escape(complaint)}|^{re.escape(complaint)}"):
        parse_applycal_statements(f"# a comment\n{text}", "f.txt")


# --- cal libraries ---------------------------------------------------------------------------------------


def library(line):
    return parse_callibrary(line, "lib.txt")


def test_the_examples_of_the_casa_documentation():
    found = library(
        "# mycal.txt cal library file\n"
        "\n"
        "caltable='cal.G' field='cal' tinterp='nearest' fldmap='nearest' spwmap=[0,1,1,3] calwt=True\n"
        "  # caltable='off.G'\n"
        "caltable='cal.G' field='sci' tinterp='linear' fldmap='nearest' spwmap=[0,1,1,3] calwt=True\n"
        "caltable='cal.B' finterp='linear' fldmap='3' spwmap=[0,0,0,0] calwt=False\n"
    )
    assert found == (
        CalApplication(CalTo(field="cal"), (CalTable("cal.G", "nearest", "nearest", (0, 1, 1, 3), True),)),
        CalApplication(CalTo(field="sci"), (CalTable("cal.G", "nearest", "linear", (0, 1, 1, 3), True),)),
        CalApplication(CalTo(), (CalTable("cal.B", "3", "linear,linear", (0, 0, 0, 0), False),)),
    )


def test_tables_for_the_same_data_come_together():
    found = library("caltable='a' field='0'\ncaltable='b' field='1'\ncaltable='c' field='0'\n")
    assert [(a.calto.field, [t.gaintable for t in a.tables]) for a in found] == [
        ("0", ["a", "c"]),
        ("1", ["b"]),
    ]


@pytest.mark.parametrize(("text", "calwt"), [("True", True), ("T", True), ("False", False), ("F", False), (None, True)])
def test_booleans_as_casa_writes_them(text, calwt):
    (found,) = library("caltable='a'" + (f" calwt = {text}" if text else ""))
    assert found.tables[0].calwt is calwt


def test_quotes_within_quotes_and_forgiven_commas():
    (found,) = library('caltable="it\'s.tbl", field=\'"B0007+106; J0010+109",GRB\', spw=4')
    assert found.tables[0].gaintable == "it's.tbl"
    assert found.calto == CalTo(field='"B0007+106; J0010+109",GRB', spw="4")


def test_a_list_of_fldmap_is_taken_apart_by_field():
    found = library("caltable='cal.G' field='1~6' fldmap=[0,1,1,3,4,4,6]")
    assert [(a.calto.field, a.tables[0].gainfield) for a in found] == [
        ("1~2", "1"),
        ("3", "3"),
        ("4~5", "4"),
        ("6", "6"),
    ]
    assert [(a.calto.field, a.tables[0].gainfield) for a in library("caltable='g' fldmap=[0,0]")] == [("0~1", "0")]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("caltable='a' fldmap=[0,1] field='J0350'", "field='J0350' has to be ids"),
        ("caltable='a' fldmap=[0,1] field='0~5'", "fldmap=[0, 1] has no entry for field 5"),
        ("field='0'", "caltable=None has to name a table on every line"),
        ("caltable='a' colour='red'", "colour='red' is not a parameter"),
        ("caltable='a' caltable='b'", "caltable='b' is given twice"),
        ("caltable='a' obs='1'", "obs='1' is not supported"),
        ("caltable='a' antmap=[0,1]", "antmap=[0, 1] is not supported"),
        ("caltable='a' calwt=maybe", "calwt=maybe is not a literal"),
        ("caltable='a' calwt='True'", "calwt='True' is neither"),
        ("caltable='a' spwmap=[0,", "spwmap=[0 is not of the form"),
        ("caltable='a' spwmap=['x']", "spwmap=['x'] is not a list of whole"),
        ("caltable='a' and more", "and more is not of the form"),
    ],
)
def test_a_bad_line_is_named(line, complaint):
    with pytest.raises(FileFormatError, match=f"^lib.txt, line 2: {re.escape(complaint)}"):
        library(f"# a comment\n{line}\n")


@given(st.text(alphabet="caltbe=' \"[]01,#\nspwmT()\\", max_size=60))
def test_any_text_is_parsed_or_refused(text):
    for parse in (parse_callibrary, parse_applycal_statements):
        with suppress(FileFormatError):
            parse(text, "f.txt")


# --- files -----------------------------------------------------------------------------------------------


def test_tables_are_found_beside_the_file_and_then_in_the_working_directory(tmp_path, monkeypatch):
    beside, here = tmp_path / "delivery", tmp_path / "working"
    for directory in (beside / "a.tbl", here / "a.tbl", here / "b.tbl"):
        directory.mkdir(parents=True)
    monkeypatch.chdir(here)
    path = beside / "a.ms.calapply.txt"
    path.write_text("\ufeffapplycal(vis='a.ms', gaintable=['a.tbl', 'b.tbl'])", encoding="utf-8")
    (found,) = read_calstate(path)
    assert [table.gaintable for table in found.tables] == [str(beside / "a.tbl"), str(here / "b.tbl")]
    assert all(Path(table.gaintable).is_absolute() for table in found.tables)


@pytest.mark.parametrize("text", ["#\napplycal(vis='a.ms', gaintable='no.tbl')", "#\ncaltable='no.tbl'"])
def test_a_missing_table_is_named(tmp_path, text):
    path = tmp_path / "calstate.txt"
    path.write_text(text)
    with pytest.raises(FileFormatError, match=r"calstate.txt, line 2: no.tbl is a table that does not exist"):
        read_calstate(path)
    (found,) = read_calstate(path, check=False)
    assert found.tables[0].gaintable == str(tmp_path / "no.tbl")


def test_files_that_are_neither(tmp_path):
    path = tmp_path / "calstate.txt"
    with pytest.raises(InputError, match=r"calstate=.*no such file"):
        read_calstate(path)
    path.write_bytes(b"\xff")
    with pytest.raises(FileFormatError, match="not UTF-8"):
        read_calstate(path)
    path.write_text("# comment\nhello: world")
    with pytest.raises(FileFormatError, match="line 2: hello: world is neither"):
        read_calstate(path)
    path.write_text("# only a comment\n")
    assert read_calstate(path) == ()


# --- what applies ----------------------------------------------------------------------------------------


@pytest.fixture
def ms():
    """Return an observation of three fields with four antennas."""
    return MeasurementSet(
        path=Path("/data/a.ms"),
        telescope="ALMA",
        antennas=tuple(Antenna(i, f"DA{41 + i}", f"A{i:03d}", (0.0, 0.0, 0.0), 12.0) for i in range(4)),
        spectral_windows=(),
        fields=(
            Field(0, "J0350+2333", 0.0, 0.0, frozenset({"BANDPASS"})),
            Field(1, "Uranus", 0.0, 0.0, frozenset({"AMPLITUDE"})),
            Field(2, "J0255+1403", 0.0, 0.0, frozenset({"PHASE"})),
        ),
        scans=(),
        science_spw_ids=frozenset({4, 5}),
    )


@pytest.mark.parametrize(
    ("calto", "applies"),
    [
        (CalTo(), True),
        (CalTo(vis="a.ms", field="J0255+1403", intent="PHASE,CHECK", spw="4~7", antenna="0~3"), True),
        (CalTo(vis="/elsewhere/a.ms", field="1,2", spw="4:0~63,9"), True),
        (CalTo(vis="b.ms"), False),
        (CalTo(field="J0350+2333,1"), False),
        (CalTo(field="0~1"), False),
        (CalTo(field="nobody"), False),
        (CalTo(intent="BANDPASS"), False),
        (CalTo(spw="5~7"), False),
    ],
)
def test_applicable(ms, calto, applies):
    table = CalTable("t.tbl")
    found = applicable([CalApplication(calto, (table,))], ms, ms.field(2), {"PHASE"}, 4)
    assert found == ((table,) if applies else ())


def test_data_without_intents_take_calibration_for_any_intent_only(ms):
    prior = [
        CalApplication(CalTo(intent="PHASE"), (CalTable("phase"),)),
        CalApplication(CalTo(), (CalTable("any"),)),
    ]
    assert applicable(prior, ms, ms.field(2), (), 4) == (CalTable("any"),)


def test_a_table_applies_once_in_the_way_said_last(ms):
    prior = [
        CalApplication(CalTo(), (CalTable("g", "0"), CalTable("b"))),
        CalApplication(CalTo(field="2"), (CalTable("g", "nearest"),)),
    ]
    assert applicable(prior, ms, ms.field(2), {"PHASE"}, 4) == (CalTable("g", "nearest"), CalTable("b"))
    assert applicable(prior, ms, ms.field(0), {"PHASE"}, 4) == (CalTable("g", "0"), CalTable("b"))


def test_calibration_for_some_antennas_is_warned_of_once(ms, caplog):
    prior = [CalApplication(CalTo(antenna="DA41,2~3"), (CalTable("g"),))]
    for _ in range(3):
        assert applicable(prior, ms, ms.field(2), {"PHASE"}, 4)
    assert caplog.text.count("DA41,2~3") == 1
