"""The files beside the simulated MeasurementSet, and plans that cannot be observed."""

import json
from dataclasses import replace

import pytest

from helpers.observed_rows import BANDPASS, CHECK, PHASE, PLAN, REFERENCE, TARGET
from pipeline_gfluxscale.errors import InputError
from pipeline_gfluxscale.files.fluxcsv import COLUMNS, catalogue_for, parse_comment, read_flux_csv
from pipeline_gfluxscale.simulation import (
    Disturbance,
    FlagSelection,
    SimulatedField,
    SimulatedScan,
    simulate,
    standard_plan,
)


@pytest.fixture
def directory(observation):
    """Return the directory of the observation of `PLAN`."""
    return observation(PLAN)


def test_flux_csv_is_in_alma_s_format(directory):
    header, *lines = (directory / "flux.csv").read_text().splitlines()
    assert header == ",".join(COLUMNS)
    assert all(line.startswith("observed.ms,") for line in lines)
    for entry in read_flux_csv(directory / "flux.csv"):
        comment = parse_comment(entry.comment)
        assert entry.comment.startswith("# field=")
        assert {"field", "intents", "origin", "age"} <= set(comment)
        assert comment["field"] == PLAN.fields[entry.field_id].name
        assert (entry.flux.origin, entry.flux.age_days) == ("DB", 5.0)


def test_flux_csv_has_the_calibrators_that_a_catalogue_has(directory):
    """Neither the solar-system object, of which CASA has a model, nor the target."""
    entries = read_flux_csv(directory / "flux.csv")
    assert {(e.field_id, e.spw) for e in entries} == {(f, s) for f in (BANDPASS, PHASE, CHECK) for s in (0, 1)}
    assert [e.flux.spix for e in entries if e.field_id == PHASE] == [PLAN.fields[PHASE].spix] * 2


def test_the_catalogue_is_off_by_some_percent(directory, truth):
    true = truth(directory / "observed.ms")
    catalogue = catalogue_for(read_flux_csv(directory / "flux.csv"), "observed.ms")
    off = {pair: flux.stokes.I / true[pair] - 1 for pair, flux in catalogue.items()}
    assert all(1e-4 < abs(error) < 0.15 for error in off.values())  # 5 standard deviations of 3 %
    # A source is off by the same in all spws: catalogues get the level wrong, not the spectrum.
    assert all(off[field, 0] == pytest.approx(off[field, 1]) for field in (BANDPASS, PHASE, CHECK))


def test_a_catalogue_without_errors_is_the_truth(observation, truth):
    directory = observation(replace(PLAN, catalogue_error=0.0))
    true = truth(directory / "observed.ms")
    catalogue = catalogue_for(read_flux_csv(directory / "flux.csv"), "observed.ms")
    assert {pair: flux.stokes.I for pair, flux in catalogue.items()} == pytest.approx(
        {pair: true[pair] for pair in catalogue}
    )


def test_the_truth_is_complete(directory):
    entries = json.loads((directory / "observed.ms.truth.json").read_text())
    by_pair = {(entry["field_id"], entry["spw"]): entry for entry in entries}
    assert set(by_pair) == {(field, spw) for field in range(5) for spw in (0, 1)}
    assert by_pair[TARGET, 0]["intents"] == ["TARGET"]
    assert by_pair[REFERENCE, 0]["spix"] is None
    assert by_pair[REFERENCE, 1]["I"] > by_pair[REFERENCE, 0]["I"] > 1  # planets are brighter at high frequencies
    assert by_pair[PHASE, 0]["I"] > by_pair[PHASE, 1]["I"]
    assert [by_pair[PHASE, spw]["frequency_hz"] for spw in (0, 1)] == [224e9, 240e9]


def test_observations_of_one_directory_share_flux_csv(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = tiny()
    simulate(tmp_path, "first.ms", plan)
    simulate(tmp_path, "second.ms", plan)
    simulate(tmp_path, "first.ms", plan, overwrite=True)
    entries = read_flux_csv(tmp_path / "flux.csv")
    assert sorted(entry.vis for entry in entries) == ["first.ms", "second.ms"]


def test_nothing_is_replaced_unless_asked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "demo.ms").mkdir()
    (tmp_path / "demo.ms" / "precious").touch()
    with pytest.raises(InputError, match=r"demo\.ms"):
        simulate(tmp_path, "demo.ms", tiny())
    assert (tmp_path / "demo.ms" / "precious").exists()


def tiny(**changes):
    """Return a plan of one scan of one quasar."""
    plan = replace(
        PLAN,
        fields=(SimulatedField("J0238+1636"),),
        scans=(SimulatedScan(0, ("PHASE",), 1),),
        spw_frequencies=(224e9,),
        antennas=4,
    )
    return replace(plan, **changes)


@pytest.mark.parametrize(
    ("argument", "changes"),
    [
        ("configuration", {"configuration": "alma.cycle99.1"}),
        ("antennas", {"antennas": 60}),
        ("antennas", {"antennas": 2}),
        ("correlations", {"correlations": "XX ZZ"}),
        ("channels", {"channels": 0}),
        ("integration", {"integration": 0.0}),
        ("noise_jy", {"noise_jy": -1.0}),
        ("start", {"start": "some day"}),
        ("scans", {"scans": (SimulatedScan(7, ("PHASE",)),)}),
        ("scans", {"scans": (SimulatedScan(0, ("PHASE",), 5, (3,)),)}),
        ("scans", {"scans": (SimulatedScan(0, ("PHASE",), 0),)}),
        ("intents", {"scans": (SimulatedScan(0, ("PHASES",)),)}),
        ("disturbances", {"disturbances": (Disturbance(antenna=4),)}),
        ("disturbances", {"disturbances": (Disturbance(scan=2),)}),
        ("flags", {"flags": (FlagSelection(field=1),)}),
        ("flags", {"flags": (FlagSelection(spw=1),)}),
        ("system_temperature", {"system_temperature": 80.0}),
    ],
)
def test_what_cannot_be_observed_is_refused_by_name(tmp_path, monkeypatch, argument, changes):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as refused:
        simulate(tmp_path / "out", "demo.ms", tiny(**changes))
    assert refused.value.argument == argument
    assert not (tmp_path / "out" / "demo.ms").exists()


@pytest.mark.parametrize(
    ("argument", "options"),
    [("reference", {"reference": "Vulcan"}), ("band", {"band": 11}), ("phase_scans", {"phase_scans": 0})],
)
def test_the_standard_plan_tells_what_it_can_do(argument, options):
    with pytest.raises(InputError) as refused:
        standard_plan(**options)
    assert refused.value.argument == argument
