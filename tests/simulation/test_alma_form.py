"""The MeasurementSet in ALMA's form has what ALMA writes, and CASA's tasks take it for such."""

import json
from dataclasses import replace

import numpy as np
import pytest

from helpers.observed_rows import PLAN, REFERENCE, column
from pipeline_gfluxscale.casa import tasks
from pipeline_gfluxscale.casa.ms_reader import read_measurementset
from pipeline_gfluxscale.casa.simulator import object_direction
from pipeline_gfluxscale.casa.tools import open_measurementset, open_table, query
from pipeline_gfluxscale.errors import InputError
from pipeline_gfluxscale.files.fluxcsv import read_flux_csv
from pipeline_gfluxscale.simulation import Disturbance, SimulatedScan, simulate, with_alma_form

ALMA = with_alma_form(PLAN)
WVR, POINTING, TSYS, SCIENCE, DETECTORS = [0], [1, 3], [5, 7], [9, 11], [13, 14]
AVERAGES = [2, 4, 6, 8, 10, 12]


@pytest.fixture
def directory(observation):
    """Return the directory of `PLAN`'s observation in ALMA's form; nobody may change it."""
    return observation(ALMA)


@pytest.fixture
def vis(directory):
    return directory / "observed.ms"


def rows_of(vis, spw, *columns):
    """Return columns of the rows of a spw."""
    with open_table(vis) as table, query(table, f"DATA_DESC_ID == {spw}") as rows:
        return [rows.getcol(name) for name in columns]


def test_four_science_spws_have_alma_s_usual_ids(observation):
    plan = with_alma_form(replace(PLAN, spw_frequencies=(224e9, 226e9, 240e9, 242e9), antennas=3))
    ms = read_measurementset(observation(plan) / "observed.ms")
    assert ms.science_spw_ids == {17, 19, 21, 23}
    assert [spw.name.split("#", 1)[1] for spw in ms.spectral_windows if spw.id in (17, 18)] == [
        "ALMA_RB_06#BB_1#SW-01#FULL_RES",
        "ALMA_RB_06#BB_1#SW-01#CH_AVG",
    ]


def test_channels_of_each_kind_of_spw(vis):
    ms = read_measurementset(vis)
    channels = {spw.id: spw.num_channels for spw in ms.spectral_windows}
    assert {channels[spw] for spw in AVERAGES + DETECTORS} == {1}
    assert {channels[spw] for spw in POINTING + TSYS} == {128}
    assert [channels[spw] for spw in SCIENCE] == [PLAN.channels] * 2
    assert channels[0] == 4
    assert ms.science_spw_ids == set(SCIENCE)
    assert ms.spw(0).name == "WVR#NOMINAL"
    assert ms.spw(0).correlations == ("XX",)


def test_frequencies_fall_in_the_lower_sideband(vis):
    lower, upper = (column(vis / "SPECTRAL_WINDOW", "CHAN_FREQ")[spw] for spw in SCIENCE)
    assert np.all(np.diff(lower) < 0)
    assert np.all(np.diff(upper) > 0)


@pytest.mark.parametrize("spw", WVR + DETECTORS)
def test_total_powers_are_autocorrelations_only(vis, spw):
    first, second = rows_of(vis, spw, "ANTENNA1", "ANTENNA2")
    assert first.size > 0
    np.testing.assert_array_equal(first, second)


def test_radiometers_have_a_clock_of_their_own(vis):
    times, correlator = (np.unique(rows_of(vis, spw, "TIME")[0]) for spw in (0, SCIENCE[0]))
    assert np.diff(times).min() == pytest.approx(1.152)
    assert not np.isin(times, correlator).any()


def test_channel_averages_are_those_of_the_data(vis):
    """They are written more often than the data, with noise: each pair has the mean of an integration's channels."""
    data, first, second, time = rows_of(vis, SCIENCE[0], "DATA", "ANTENNA1", "ANTENNA2", "TIME")
    cross = first != second
    averages, sigma, clock = rows_of(vis, SCIENCE[0] + 1, "DATA", "SIGMA", "TIME")
    assert averages.shape[2] == 2 * cross.sum()
    mean = (averages[:, 0, : cross.sum()] + averages[:, 0, cross.sum() :]) / 2
    # Of 2 x 360 values at 5 sigma, one in a thousand tries would fail.
    assert np.abs(mean - data[:, :, cross].mean(axis=1)).max() < 5 * sigma[0, 0]
    assert not np.isin(clock, time).any()


@pytest.mark.parametrize(("intent", "spws"), [("POINTING", POINTING), ("ATMOSPHERE", TSYS), ("AMPLITUDE", SCIENCE)])
def test_each_intent_has_its_spws(vis, intent, spws):
    ms = read_measurementset(vis)
    scans = [scan for scan in ms.scans if intent in scan.intents and scan.field_id == REFERENCE]
    assert len(scans) == 1
    others = {*WVR, *DETECTORS, *(spw + 1 for spw in spws)}
    assert scans[0].spw_ids == {*spws, *others}


def test_integrations_of_a_scan_are_the_correlator_s(vis):
    scans = {scan.id: scan.num_integrations for scan in read_measurementset(vis).scans}
    assert [scans[number] for number in range(1, len(ALMA.scans) + 1)] == [scan.integrations for scan in ALMA.scans]


def test_disturbances_stay_with_their_scans():
    plan = replace(PLAN, disturbances=(Disturbance(antenna=1, scan=3),))
    before, after = plan.scans[2], with_alma_form(plan)
    moved = after.scans[after.disturbances[0].scan - 1]
    assert (moved.field, moved.intents) == (before.field, before.intents)


def test_the_position_of_a_planet_is_from_an_ephemeris(vis):
    assert column(vis / "FIELD", "EPHEMERIS_ID") == [-1, -1, -1, 0, -1]
    assert np.all(column(vis / "FIELD", "PHASE_DIR")[REFERENCE] == 0)
    field = read_measurementset(vis).field(REFERENCE)
    scan = next(scan for scan in read_measurementset(vis).scans if scan.field_id == REFERENCE)
    ra, dec = object_direction("Uranus", scan.start, "ALMA")
    # CASA's tables of planets and JPL's ephemeris, with the parallax of the observatory, agree within 2 arcsec.
    assert (field.ra, field.dec) == pytest.approx((ra, dec), abs=1e-5)
    assert field.ephemeris.covers(scan.start, scan.end)
    assert field.ephemeris.table == "EPHEM0_Uranus_60268.2.tab"


def test_an_ephemeris_moves_the_planet(vis):
    scan = next(scan for scan in read_measurementset(vis).scans if scan.field_id == REFERENCE)
    with open_measurementset(vis) as ms:
        places = [ms.getfielddirmeas("PHASE_DIR", REFERENCE, scan.start + dt)["m0"]["value"] for dt in (0, 3600)]
    # Uranus moved by 0.0417 degrees per day: the last digit.
    assert np.degrees(places[1] - places[0]) * 24 == pytest.approx(-0.0417, abs=1e-4)


def test_flux_csv_and_truth_have_the_ids_of_the_measurementset(directory):
    assert {entry.spw for entry in read_flux_csv(directory / "flux.csv")} == set(SCIENCE)
    truth = json.loads((directory / "observed.ms.truth.json").read_text())
    assert {entry["spw"] for entry in truth} == set(SCIENCE)
    assert {entry["frequency_hz"] for entry in truth if entry["spw"] == SCIENCE[0]} == {224e9}


@pytest.mark.parametrize("name", ["POINTING", "SYSCAL", "WEATHER", "CALDEVICE", "SOURCE", "PROCESSOR", "FLAG_CMD"])
def test_tables_are_filled(vis, name):
    with open_table(vis / name) as table:
        assert table.nrows() > 0


def test_every_spw_has_its_sources_and_feeds(vis):
    spws = set(range(len(column(vis / "SPECTRAL_WINDOW", "NAME"))))
    assert set(column(vis / "SOURCE", "SPECTRAL_WINDOW_ID")) == spws
    assert set(column(vis / "FEED", "SPECTRAL_WINDOW_ID")) == spws


def test_system_temperatures_are_measured_in_their_spws(vis):
    assert set(column(vis / "SYSCAL", "SPECTRAL_WINDOW_ID")) == set(TSYS)
    assert column(vis / "SYSCAL", "TSYS_SPECTRUM")[0].shape == (2, 128)


def test_antennas_of_the_compact_array(observation):
    plan = with_alma_form(replace(PLAN, compact_antennas=2))
    ms = read_measurementset(observation(plan) / "observed.ms")
    assert [(a.name, a.diameter) for a in ms.antennas[-3:]] == [("DA44", 12.0), ("CM01", 7.0), ("CM02", 7.0)]


def test_several_rows_of_observation(observation):
    plan = replace(with_alma_form(PLAN), observation_rows=2)
    vis = observation(plan) / "observed.ms"
    with open_table(vis) as table:
        scans, ids = table.getcol("SCAN_NUMBER"), table.getcol("OBSERVATION_ID")
    assert set(ids) == {0, 1}
    assert scans[ids == 0].max() < scans[ids == 1].min()
    assert len({str(each) for each in column(vis / "OBSERVATION", "SCHEDULE")}) == 2


def test_casa_concatenates_and_splits_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small = replace(PLAN, antennas=4)
    for name, start in (("first.ms", "2023/11/20/04:00:00"), ("second.ms", "2023/11/20/06:00:00")):
        simulate(tmp_path, name, replace(with_alma_form(small), start=start))
    tasks.run("concat", vis=["first.ms", "second.ms"], concatvis="both.ms")
    both, first = (read_measurementset(tmp_path / name) for name in ("both.ms", "first.ms"))
    assert both.science_spw_ids == first.science_spw_ids
    assert len(both.scans) == 2 * len(first.scans)
    assert [field.name for field in both.fields] == [field.name for field in first.fields]
    tasks.run("split", vis="both.ms", outputvis="part.ms", observation="1", datacolumn="data")
    part = read_measurementset(tmp_path / "part.ms")
    assert len(part.scans) == len(first.scans)
    assert part.field(REFERENCE).ephemeris.covers(part.start, part.start + 60)


def test_a_plan_is_given_alma_s_form_once():
    with pytest.raises(InputError, match="spws of system temperatures"):
        with_alma_form(ALMA)


def test_the_form_is_alma_s_alone():
    with pytest.raises(InputError, match="telescope"):
        with_alma_form(replace(PLAN, telescope="VLA", scans=(SimulatedScan(0, ("PHASE",)),)))
