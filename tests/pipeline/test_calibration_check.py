"""Prior calibration that CASA would refuse, or apply in another way than it says, is refused before any work."""

from dataclasses import replace

import pytest

from helpers.observation_without_casa import measurementset
from pipeline_gfluxscale.domain.calibration import ANY_FIELD, CalApplication, CalTable, CalTo, TableContents
from pipeline_gfluxscale.errors import CaltableError, FileFormatError, InputError
from pipeline_gfluxscale.pipeline import calibration_check
from pipeline_gfluxscale.pipeline.calibration_check import check_calibration, check_is_about

ANTENNAS, FIELDS = ("DA41", "DV02"), ("J1924-2914", "J1832-1035")
BOTH = frozenset({0, 1})
# Solutions of field 0 in spw 0; spw 1 has none.
CONTENTS = TableContents("B Jones", ANTENNAS, FIELDS, 2, {(0, 0): BOTH})


@pytest.fixture
def check(tmp_path, monkeypatch):
    """Return a function that checks how a table is applied to an MS of two spws."""
    ms = measurementset(tmp_path / "x.ms")

    def run(contents=CONTENTS, calto=None, **how):
        monkeypatch.setattr(calibration_check, "read_contents", lambda _table: contents)
        table = CalTable("dir/b.tbl", origin="calapply.txt, line 3", **how)
        check_calibration([CalApplication(calto or CalTo("x.ms"), (table,))], ms)

    return run


@pytest.mark.parametrize("time", ["", "linear", "nearest", "linearPD", "linearperobs", "nearestperscan", "linear "])
@pytest.mark.parametrize("frequency", ["", ",linear", ",nearest", ", cubicflag", ",splineflagrel", ",linearflag"])
def test_interpolation_that_casa_knows(check, time, frequency):
    check(interp=time + frequency)


@pytest.mark.parametrize(
    ("interp", "words"),
    [
        ("cubic", "'cubic' is no interpolation in time"),  # CASA ends the process
        ("spline,linear", "'spline' is no interpolation in time"),
        ("LINEAR", "'LINEAR' is no interpolation in time"),
        ("linear,foo", "'foo' is no interpolation in frequency"),  # CASA takes it for linear
        ("linear,linear,linear", "'linear,linear' is no interpolation in frequency"),
    ],
)
def test_interpolation_that_it_does_not_know(check, interp, words):
    with pytest.raises(FileFormatError) as caught:
        check(interp=interp)
    assert str(caught.value).startswith(f"calapply.txt, line 3: interp={interp!r}: {words}")
    assert "nearest, linear" in str(caught.value)
    assert "'b.tbl'" in str(caught.value)


@pytest.mark.parametrize("spwmap", [(), (-1,), (0,), (0, 0), (0, 1), (-999, 0)])
def test_spw_maps_that_serve(check, spwmap):
    check(spwmap=spwmap)


@pytest.mark.parametrize(
    ("spwmap", "words"),
    [
        ((0, 0, 0), "it has 3 entries, and x.ms has 2 spws"),
        ((0, 2), "the table has no spw 2; its spws: 0~1"),
        ((0, -1), "the table has no spw -1"),
        ((1, 0), "the table has no solutions for spw 1; spws with solutions: 0"),
        ((1,), "the table has no solutions for spw 1"),
    ],
)
def test_spw_maps_that_do_not(check, spwmap, words):
    with pytest.raises(FileFormatError) as caught:
        check(spwmap=spwmap)
    assert f"line 3: spwmap={list(spwmap)}: {words}" in str(caught.value)


def test_only_the_spws_that_it_is_applied_to_matter(check):
    check(spwmap=(0, 0), calto=CalTo("x.ms", spw="0"))
    check(spwmap=(1, 0), calto=CalTo("x.ms", spw="1"))


def test_a_map_that_ends_before_a_science_spw(tmp_path, monkeypatch):
    ms = measurementset(tmp_path / "x.ms")
    third = replace(ms.spectral_windows[1], id=2)
    ms = replace(ms, spectral_windows=(*ms.spectral_windows, third), science_spw_ids=frozenset({0, 2}))
    contents = TableContents("B Jones", ANTENNAS, FIELDS, 3, {(0, spw): BOTH for spw in range(3)})
    monkeypatch.setattr(calibration_check, "read_contents", lambda _table: contents)
    table = CalTable("b.tbl", spwmap=(0, 1))
    with pytest.raises(FileFormatError, match="it has no entry for spw 2; one for each of the 3 spws is needed"):
        check_calibration([CalApplication(CalTo(), (table,))], ms)
    check_calibration([CalApplication(CalTo(spw="0"), (table,))], ms)


@pytest.mark.parametrize("gainfield", ["", "nearest", "0", "J1924-2914", "J19*", "0,1", "J1832-1035,0"])
def test_fields_of_the_table(check, gainfield):
    check(gainfield=gainfield)


@pytest.mark.parametrize(
    ("gainfield", "words"),
    [
        ("nope", "the table has no field 'nope'; fields with solutions: J1924-2914 (0)"),
        ("0,nope", "the table has no field 'nope'"),
        ("9", "the table has no field '9'"),
        ("1", "the table has no solutions of it; fields with solutions: J1924-2914 (0)"),
    ],
)
def test_fields_that_the_table_does_not_have(check, gainfield, words):
    with pytest.raises(FileFormatError) as caught:
        check(gainfield=gainfield)
    assert words in str(caught.value)


def test_solutions_for_no_field_are_for_all(check):
    check(TableContents("EGainCurve", ANTENNAS, FIELDS, 2, {(ANY_FIELD, 0): BOTH}), gainfield="1")


def test_a_table_of_another_array(check):
    with pytest.raises(FileFormatError, match=r"made for another array: antenna 1 is DV02 in x.ms and DA42 in the tab"):
        check(TableContents("B Jones", ("DA41", "DA42"), FIELDS, 2, {(0, 0): BOTH}))


def test_a_table_with_antennas_that_are_not_in_the_ms(check):
    check(TableContents("B Jones", (*ANTENNAS, "DV99"), FIELDS, 2, {(0, 0): BOTH}))


def test_what_is_no_caltable(check, monkeypatch, tmp_path):
    def refuse(_table):
        raise CaltableError("has no solutions: the table is empty")

    monkeypatch.setattr(calibration_check, "read_contents", refuse)
    table = CalTable("b.tbl", origin="calapply.txt, line 3")
    with pytest.raises(FileFormatError, match=r"calapply.txt, line 3: gaintable 'b.tbl' has no solutions"):
        check_calibration([CalApplication(CalTo(), (table,))], measurementset(tmp_path / "x.ms"))


def test_calibration_of_others_is_left_alone(check):
    check(calto=CalTo("other.ms"), interp="cubic")


def test_calibration_has_to_be_about_the_ms(tmp_path):
    ms = measurementset(tmp_path / "x.ms")
    others = [CalApplication(CalTo(f"/data/{name}"), (CalTable("b"),)) for name in ("z.ms", "y.ms", "z.ms")]
    with pytest.raises(InputError, match=r"calstate='c.txt': it has calibration for y.ms, z.ms, and none for x.ms"):
        check_is_about(others, ms, "c.txt")
    check_is_about([*others, CalApplication(CalTo())], ms, "c.txt")
