"""Which solutions of a table are applied to each field and spw."""

from types import SimpleNamespace

import pytest

from helpers.observation_without_casa import measurementset
from pipeline_gfluxscale.domain.calibration import CalApplication, CalTable, CalTo, TableContents
from pipeline_gfluxscale.stages.gfluxscale.steps import prior_calibration
from pipeline_gfluxscale.stages.gfluxscale.steps.selection import select

FIELDS, ANTENNAS = ("J1924-2914", "J1832-1035"), ("DA41", "DV02")
BANDPASS, PHASE = 0, 1
FIRST, BOTH = frozenset({0}), frozenset({0, 1})


@pytest.fixture
def coverage(tmp_path, monkeypatch):
    """Return a function that judges a table that is applied to an MS of two fields and spws, at 230 to 232 GHz."""
    ms = measurementset(tmp_path / "x.ms")

    def judge(solved, kind="B TSYS", frequencies=None, **how):
        contents = TableContents(kind, ANTENNAS, FIELDS, 2, solved, frequencies or {})
        monkeypatch.setattr(prior_calibration, "read_contents", lambda _table: contents)
        inputs = SimpleNamespace(
            ms=ms, reference="", transfer="", refintent=("BANDPASS",), transintent=("PHASE",),
            context=SimpleNamespace(calibration=[CalApplication(CalTo(), (CalTable("t.tbl", **how),))]),
            observed=SimpleNamespace(reference_antennas=()), reference_spw=lambda spw: spw,
        )  # fmt: skip
        return prior_calibration.coverage_of(inputs, select(inputs))

    return judge


def everywhere(antennas=BOTH):
    return {(field, spw): antennas for field in (BANDPASS, PHASE) for spw in (0, 1)}


def test_the_nearest_field_is_the_field_itself_even_if_its_solutions_are_flagged(coverage):
    """An antenna, or all antennas of a spw: CASA takes no other field in their place."""
    of_antenna = coverage(everywhere() | {(PHASE, 0): FIRST}, gainfield="nearest")
    assert of_antenna.caveats == {(PHASE, 0): ("no Tsys of DV02",)}
    of_all = coverage(everywhere() | {(PHASE, 0): frozenset()}, gainfield="nearest")
    assert of_all.caveats == {(PHASE, 0): ("no Tsys",)}
    assert coverage(everywhere() | {(PHASE, 0): FIRST}, gainfield="").caveats == {}  # solutions of the other field


def test_the_nearest_field_of_a_field_without_solutions(coverage):
    found = coverage({(BANDPASS, spw): BOTH for spw in (0, 1)}, gainfield="nearest")
    assert found.caveats[PHASE, 0] == ("Tsys of J1924-2914, 22 degrees away",)


@pytest.mark.parametrize(("kind", "name"), [("B TSYS", "Tsys"), ("B Jones", "bandpass")])
def test_solutions_of_other_frequencies(coverage, kind, name):
    frequencies = {0: (233.0e9, 235.0e9), 1: (230.0e9, 232.0e9)}
    found = coverage(everywhere(), kind, frequencies)
    of_spw = "spw 0 of the table, 233.00 to 235.00 GHz"
    assert found.caveats == {(PHASE, 0): (f"{name} of {of_spw}", f"reference: {name} of {of_spw}")}
    assert found.warnings == (f"the {name} of J1924-2914 #0, J1832-1035 #1 in spw 0 is that of {of_spw}",)
    assert found.score.band == "red"
    mapped = coverage(everywhere(), kind, frequencies, spwmap=(1, 1))
    assert (mapped.caveats, mapped.score.score) == ({}, 1.0)


@pytest.mark.parametrize("frequencies", [{}, {0: (231.9e9, 235e9)}, {0: (232.04e9, 235e9)}])
def test_unknown_or_common_frequencies_are_quiet(coverage, frequencies):
    """The last ones are 40 MHz off: the Earth's motion shifts 230 GHz by up to 46 MHz in half a year."""
    assert coverage(everywhere(), frequencies=frequencies).caveats == {}


def test_gains_are_for_all_frequencies(coverage):
    assert coverage(everywhere(), "EGainCurve", {0: (1e9, 2e9)}).caveats == {}
