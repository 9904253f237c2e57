import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_gfluxscale.domain.flux import CatalogueFlux, StokesFlux
from pipeline_gfluxscale.errors import FileFormatError, InputError
from pipeline_gfluxscale.files.fluxcsv import (
    FluxEntry,
    add_to_flux_csv,
    catalogue_for,
    data_in_flux_csv,
    parse_comment,
    read_flux_csv,
    write_flux_csv,
)

HEADER = "ms,field,spw,I,Q,U,V,spix,uvmin,uvmax,comment"

words = st.text(alphabet=st.characters(categories=["L", "N", "P"], exclude_characters="#="), min_size=1)
fraction = st.floats(min_value=-0.5, max_value=0.5)  # polarised by less than sqrt(3) / 2 in all
catalogue_fluxes = st.builds(
    CatalogueFlux,
    stokes=st.builds(
        lambda total, q, u, v: StokesFlux(total, q * total, u * total, v * total),
        st.floats(min_value=1e-9, max_value=1e6),
        fraction,
        fraction,
        fraction,
    ),
    spix=st.none() | st.floats(-5, 5),
    origin=st.lists(words, max_size=3).map(" ".join).filter(lambda origin: origin not in {"N/A", "None"}),
    age_days=st.none() | st.floats(0, 1e5),
)
entries = st.builds(
    FluxEntry,
    vis=words.map(lambda name: name.replace("/", "_").replace("\\", "_") + ".ms"),
    field_id=st.integers(0, 999),
    spw=st.integers(0, 999),
    flux=catalogue_fluxes,
    uvmin=st.floats(0, 1e5),
    uvmax=st.floats(0, 1e5),
)


@pytest.fixture
def flux_csv(tmp_path):
    """Return a function that writes a flux.csv of these lines."""

    def write(*lines, header=HEADER):
        path = tmp_path / "flux.csv"
        path.write_text("\n".join((header, *lines)), encoding="utf-8")
        return path

    return write


@given(given_entries=st.lists(entries, max_size=8, unique_by=lambda e: (e.vis, e.field_id, e.spw)))
def test_what_is_written_is_read_back(given_entries, tmp_path_factory):
    path = tmp_path_factory.mktemp("roundtrip") / "flux.csv"
    write_flux_csv(path, given_entries)
    once = read_flux_csv(path)
    assert [replace(entry, comment="", line=0) for entry in once] == given_entries
    write_flux_csv(path, once)
    assert read_flux_csv(path) == once


def test_what_is_added_leaves_the_rest_as_it_was(flux_csv):
    path = flux_csv("# by hand", "mine,17,3,a.ms,1.5", "mine,19,3,/data/a.ms,0", header="who,spw,field,ms,I")
    before = path.read_text()
    add_to_flux_csv(path, [FluxEntry("b.ms", 1, 5, CatalogueFlux(StokesFlux(2.5, 0.1), -0.7, "DB"))])
    assert path.read_text() == f"{before}\n,5,1,b.ms,2.5\n"
    assert [entry.flux.stokes.I for entry in read_flux_csv(path)] == [1.5, 2.5]
    assert data_in_flux_csv(path) == {("a.ms", 3, 17), ("a.ms", 3, 19), ("b.ms", 1, 5)}


def test_the_pipelines_own_file(shared_file, tmp_path):
    path = shared_file("example_flux.csv")
    found = read_flux_csv(path)
    first = found[0]
    assert len(found) == 12
    assert (first.vis, first.field_id, first.spw, first.line) == ("small_uranus.ms", 0, 4, 2)
    assert first.flux == CatalogueFlux(StokesFlux(3.3656418), spix=-0.5, origin="DB", age_days=5.0)
    assert first.field_name == "J0350+2333"

    write_flux_csv(tmp_path / "copy.csv", found)
    assert (tmp_path / "copy.csv").read_text().split() == path.read_text().split()


def test_catalogue_for_takes_the_rows_of_one_ms(flux_csv):
    path = flux_csv("a.ms,0,4,1.0", "b.ms,0,4,2.0", "/data/a.ms,2,5,3.0")
    found = catalogue_for(read_flux_csv(path), "/elsewhere/a.ms")
    assert {key: flux.stokes.I for key, flux in found.items()} == {(0, 4): 1.0, (2, 5): 3.0}


def test_columns_in_any_order_and_unknown_ones(flux_csv):
    path = flux_csv("1.5,mine,17,3,a.ms", header=" I,who,spw,field,ms")
    assert read_flux_csv(path) == (FluxEntry("a.ms", 3, 17, CatalogueFlux(StokesFlux(1.5)), line=2),)


def test_bom_blank_lines_comments_and_dos_line_ends(tmp_path):
    path = tmp_path / "flux.csv"
    path.write_bytes(f'\ufeff# mine, "open\r\n\r\n{HEADER}\r\n# more\r\na.ms,0,4,1,0,0,0,,,,\r\n'.encode())
    (entry,) = read_flux_csv(path)
    assert (entry.line, entry.flux.spix, entry.flux.stokes.I) == (5, None, 1.0)


def test_a_comment_without_quotes_may_have_commas(flux_csv):
    path = flux_csv("a.ms,0,4,1,0,0,0,-0.7,0,0,# field=X intents=BANDPASS,WVR origin=DB")
    assert parse_comment(read_flux_csv(path)[0].comment) == {
        "field": "X",
        "intents": "BANDPASS,WVR",
        "origin": "DB",
    }


@pytest.mark.parametrize(
    ("comment", "origin", "age"),
    [
        ("# origin=my own list age=5.5 queried_at=2023-11-25 00:00:00 UTC", "my own list", 5.5),
        ("# origin=N/A age=N/A", "", None),
        ("# origin=DB age=N/A Band3age=12", "DB", 12.0),
        ("# origin=DB age=young", "DB", None),
        ("no keys", "", None),
    ],
)
def test_origin_and_age_are_in_the_comment(flux_csv, comment, origin, age):
    (entry,) = read_flux_csv(flux_csv(f'a.ms,0,4,1,0,0,0,0,0,0,"{comment}"'))
    assert (entry.flux.origin, entry.flux.age_days) == (origin, age)


def test_zero_means_unknown(flux_csv, caplog):
    path = flux_csv("a.ms,0,4,0.0", "a.ms,0,4,2.0")
    assert [entry.flux.stokes.I for entry in read_flux_csv(path)] == [2.0]
    assert "line 2" in caplog.text


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (",0,4,1", "ms='' is missing"),
        ("a.ms,0,4", "I='' is missing"),
        ("a.ms,0,4,bright", "I='bright' is not a number"),
        ("a.ms,0,4,nan", "I='nan' is not finite"),
        ("a.ms,0,4,1,inf", "Q='inf' is not finite"),
        ("a.ms,0,4,-1", "I='-1' is negative"),
        ("a.ms,-1,4,1", "field='-1' is not a whole number"),
        ("a.ms,J0350,4,1", "field='J0350' is not a whole number"),
        ("a.ms,0,4.0,1", "spw='4.0' is not a whole number"),
        (f"a.ms,0,{'9' * 5000},1", "is not a whole number from 0 up, of at most 9 digits"),
        ("a.ms,0,4,1,0,0,0,steep", "spix='steep' is not a number"),
        ("a.ms,0,4,1,0,0,0,10.5", "spix='10.5' is not between -10 and 10"),
        ("a.ms,0,4,1,0,0,0,-11", "spix='-11' is not between -10 and 10"),
        ("a.ms,0,4,2e6", "I='2e6' is more than 1e+06 Jy"),
        ("a.ms,0,4,1,0.8,0.8,0", "I='1' is less than the polarised flux density of 1.13137 Jy"),
        ("a.ms,0,4,1,0,0,0,0,-5,0", "uvmin='-5' is negative"),
        ("a.ms,0,4,1,0,0,0,0,0,-5", "uvmax='-5' is negative"),
        ('a.ms,0,4,1,0,0,0,0,0,0,"open', "is not CSV"),
    ],
)
def test_a_bad_row_is_named(flux_csv, row, complaint):
    path = flux_csv("a.ms,9,9,1", row)
    with pytest.raises(FileFormatError, match=f"flux.csv, line 3: .*{re.escape(complaint)}"):
        read_flux_csv(path)


def test_too_many_values_are_refused(flux_csv):
    with pytest.raises(FileFormatError, match="line 2: '5' is beyond"):
        read_flux_csv(flux_csv("a.ms,0,4,1,5", header="ms,field,spw,I"))


@pytest.mark.parametrize("header", ["ms,field,I", "", "a.ms,0,4,1", "ms,ms,field,spw,I"])
def test_a_bad_header_is_refused(flux_csv, header):
    with pytest.raises(FileFormatError, match=r"flux.csv, line 1: .*(column|header)"):
        read_flux_csv(flux_csv(header=header))


def test_duplicates_name_both_lines(flux_csv):
    path = flux_csv("a.ms,0,4,1", "b.ms,0,4,1", "./a.ms,0,4,2")
    with pytest.raises(FileFormatError, match=r"lines 2 and 4: .*field=0 spw=4"):
        read_flux_csv(path)


def test_not_a_text_file(tmp_path):
    (tmp_path / "flux.csv").write_bytes(b"ms,field\xff")
    with pytest.raises(FileFormatError, match="byte 8 is not UTF-8"):
        read_flux_csv(tmp_path / "flux.csv")


def test_no_such_file(tmp_path):
    with pytest.raises(InputError, match=r"reffile=.*no such file"):
        read_flux_csv(tmp_path / "none.csv")
