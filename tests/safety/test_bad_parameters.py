"""Parameters and files that cannot be used get a clear error before any work."""

import numpy as np
import pytest

from helpers.refusals import refused
from pipeline_gfluxscale.errors import FileFormatError, InputError

_HEADER = "ms,field,spw,I,Q,U,V,spix,uvmin,uvmax,comment\n"


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
    ("reffile", ".", "is a directory"),
    ("calstate", "no.txt", "no such file"),
    ("calstate", 5, "a path"),
    ("output_dir", "nowhere", "no such directory"),
    ("output_dir", 5, "a path"),
    ("context", "saved.context.json", "as h_init returns it"),
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
