"""The checks of a flux.csv against the MeasurementSet that it is about."""

import re
from dataclasses import replace

import pytest

from helpers.observation_without_casa import measurementset
from pipeline_gfluxscale.errors import InputError
from pipeline_gfluxscale.files.catalogue import read_catalogue

HEADER = "ms,field,spw,I,Q,U,V,spix,uvmin,uvmax,comment"


@pytest.fixture
def ms(tmp_path):
    """Fields 0 J1924-2914 (BANDPASS) and 1 J1832-1035 (PHASE), spws 0 and 1."""
    return measurementset(tmp_path / "a.ms")


@pytest.fixture
def flux_csv(tmp_path):
    """Return a function that writes a flux.csv of these lines."""

    def write(*lines):
        path = tmp_path / "flux.csv"
        path.write_text("\n".join((HEADER, *lines)), encoding="utf-8")
        return path

    return write


def row(comment, ms="a.ms", field=0, spw=0, uvmax=0):
    return f'{ms},{field},{spw},1,0,0,0,0,0,{uvmax},"{comment}"'


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        (row("# field=J1832-1035 origin=DB"), "field=0 is 'J1924-2914' in a.ms, but the comment says 'J1832-1035'"),
        (row("# field=J1924 origin=DB"), "field=0 is 'J1924-2914' in a.ms, but the comment says 'J1924'"),
        (row("# field=J1924-2914", field=7), "a.ms has no field 7 (J1924-2914), but 0 (J1924-2914), 1"),
        (row("# field=J1924-2914", spw=17), "a.ms has no spw 17, but 0, 1"),
        (
            row("# intents=PHASE", field=0),
            "field=0 is 'J1924-2914' with intents BANDPASS in a.ms, but the comment says",
        ),
        (row("# field=J1832-1035", ms="/data/a.ms"), "but the comment says 'J1832-1035'"),
    ],
)
def test_an_entry_that_contradicts_the_ms_is_an_error_with_its_line(ms, flux_csv, named, entry, complaint):
    path = flux_csv(row("# field=J1832-1035", field=1), row("about another", ms="b.ms", field=99), entry)
    with pytest.raises(InputError, match=rf"flux\.csv': line 4: .*{re.escape(complaint)}.*reffile=''"):
        read_catalogue(path, ms, named=named)


@pytest.mark.parametrize(
    "comment",
    [
        "# field=J1924-2914 intents=BANDPASS,WVR origin=DB age=5",
        "# field=j1924-2914  origin=DB",
        "# field=J1924-2914 intents=PHASE",  # the source is that of the name; what it served as does not matter
        "# field=N/A",
        "mine",
        "",
    ],
)
def test_an_entry_that_agrees_is_taken(ms, flux_csv, comment):
    catalogue = read_catalogue(flux_csv(row(comment)), ms, named=True)
    assert [(pair, flux.stokes.I) for pair, flux in catalogue.fluxes.items()] == [((0, 0), 1.0)]
    assert catalogue.notes == ()


@pytest.mark.parametrize("name", ["my source", "a,b", "my source x=3 of many", "  padded  "])
def test_names_of_any_form_are_compared(ms, flux_csv, name):
    renamed = replace(ms, fields=(replace(ms.fields[0], name=name), *ms.fields[1:]))
    path = flux_csv(row(f"# field={name} intents=BANDPASS origin=DB"))
    assert read_catalogue(path, renamed, named=True).fluxes
    with pytest.raises(InputError, match="comment says"):
        read_catalogue(path, ms, named=True)


def test_entries_about_other_ms_may_be_about_anything(ms, flux_csv):
    path = flux_csv(row("# field=other", ms="b.ms", field=99, spw=99), row("", field=1))
    assert set(read_catalogue(path, ms, named=True).fluxes) == {(1, 0)}


def test_a_file_that_is_not_about_the_ms_is_an_error_only_if_it_was_named(ms, flux_csv):
    path = flux_csv(row("", ms="b.ms"))
    assert read_catalogue(path, ms, named=False).fluxes == {}
    with pytest.raises(InputError, match=r"entries for b\.ms, and none for a\.ms"):
        read_catalogue(path, ms, named=True)


def test_a_file_that_says_unknown_is_about_the_ms(ms, flux_csv):
    assert read_catalogue(flux_csv("a.ms,0,0,0"), ms, named=True).fluxes == {}


def test_uv_ranges_are_said_not_to_be_used(ms, flux_csv):
    path = flux_csv(row("", uvmax=300), row("", ms="b.ms", uvmax=300), row("", field=1, uvmax=5))
    (note,) = read_catalogue(path, ms, named=True).notes
    assert "lines 2, 4: uvmin and uvmax are not used" in note


def test_without_a_file_nothing_is_known(ms):
    assert read_catalogue(None, ms, named=False).fluxes == {}


def test_entries_of_a_renamed_field_are_left_out_with_a_note(ms, flux_csv):
    """A field was renamed, not renumbered, if the file agrees elsewhere and its name is nowhere in the MS."""
    path = flux_csv(row("# field=J1924-2914"), row("# field=J0000+0000", field=1))
    catalogue = read_catalogue(path, ms, named=True, compared={1})
    assert set(catalogue.fluxes) == {(0, 0)}
    (note,) = catalogue.notes
    assert "flux.csv, line 3: not used, as field 1 is 'J1832-1035' in a.ms" in note
    assert "'J0000+0000'" in note


@pytest.mark.parametrize(
    "entries",
    [
        [row("# field=J1924-2914"), row("# field=J1924-2914", field=1)],  # another field of the MS: ids have changed
        [row("# field=J0000+0000"), row("# field=J1832-1035", field=1)],  # the field that is no mere comparison
        [row("mine"), row("# field=J0000+0000", field=1)],  # nothing says that the ids are right
        [row("# field=J1924-2914"), row("# field=J0000+0000", field=1, spw=17)],
    ],
)
def test_any_other_name_is_an_error(ms, flux_csv, entries):
    with pytest.raises(InputError, match="ids change"):
        read_catalogue(flux_csv(*entries), ms, named=True, compared={1})
