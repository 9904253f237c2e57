"""The simulated MeasurementSet says what was observed, in ALMA's words."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from helpers.observed_rows import BANDPASS, CHECK, PHASE, PLAN, REFERENCE, TARGET, column
from pipeline_gfluxscale.casa.ms_reader import read_measurementset
from pipeline_gfluxscale.casa.tools import open_table
from pipeline_gfluxscale.domain.intents import CALIBRATOR_INTENTS
from pipeline_gfluxscale.simulation import SimulatedField, SimulatedScan, standard_plan

STANDARD = {BANDPASS: "BANDPASS", PHASE: "PHASE", REFERENCE: "AMPLITUDE", CHECK: "CHECK", TARGET: "TARGET"}


def two_fields(*scans: SimulatedScan, names: tuple[str, str] = ("J0238+1636", "J0309+1029")):
    """Return a plan of two quasars."""
    fields = tuple(SimulatedField(name, 1.0 + i) for i, name in enumerate(names))
    return replace(PLAN, fields=fields, scans=scans)


@pytest.fixture
def read(observation):
    """Return a function that imports the observation of a plan."""
    return lambda plan: read_measurementset(observation(plan) / "observed.ms")


def test_each_field_has_its_intent(read):
    ms = read(PLAN)
    assert {f.id: f.intents - {"WVR"} for f in ms.fields} == {i: {intent} for i, intent in STANDARD.items()}
    assert [f.name for f in ms.fields] == [f.name for f in PLAN.fields]


@pytest.mark.parametrize(
    ("field", "mode"),
    [
        (BANDPASS, "CALIBRATE_BANDPASS#ON_SOURCE,CALIBRATE_WVR#ON_SOURCE"),
        (REFERENCE, "CALIBRATE_FLUX#ON_SOURCE,CALIBRATE_WVR#ON_SOURCE"),
        (PHASE, "CALIBRATE_PHASE#ON_SOURCE,CALIBRATE_WVR#ON_SOURCE"),
        (CHECK, "OBSERVE_CHECK_SOURCE#ON_SOURCE,CALIBRATE_WVR#ON_SOURCE"),
        (TARGET, "OBSERVE_TARGET#ON_SOURCE"),
    ],
)
def test_obs_modes_are_alma_s(vis, simulated_rows, field, mode):
    modes = column(vis / "STATE", "OBS_MODE")
    rows = simulated_rows()
    assert {modes[state] for state in rows.state[rows.field == field]} == {mode}


def test_scans_are_the_planned_ones(read):
    scans = read(PLAN).scans
    assert [scan.id for scan in scans] == list(range(1, len(PLAN.scans) + 1))
    assert [scan.field_id for scan in scans] == [scan.field for scan in PLAN.scans]
    assert [scan.num_integrations for scan in scans] == [scan.integrations for scan in PLAN.scans]
    assert all(scan.spw_ids == {0, 1} for scan in scans)
    assert all(a.end < b.start for a, b in pairwise(scans))


def test_a_scan_may_have_two_intents(read):
    ms = read(two_fields(SimulatedScan(0, ("BANDPASS", "AMPLITUDE"), 2), SimulatedScan(1, ("PHASE",), 2)))
    assert ms.scans[0].intents >= {"BANDPASS", "AMPLITUDE"}
    assert ms.field(0).intents >= {"BANDPASS", "AMPLITUDE"}


def test_a_field_may_have_another_intent_in_another_scan(read):
    plan = two_fields(*(SimulatedScan(f, (i,), 2) for f, i in ((0, "BANDPASS"), (1, "PHASE"), (0, "AMPLITUDE"))))
    ms = read(plan)
    assert [scan.intents & CALIBRATOR_INTENTS for scan in ms.scans] == [{"BANDPASS"}, {"PHASE"}, {"AMPLITUDE"}]
    assert ms.field(0).intents >= {"BANDPASS", "AMPLITUDE"}


@pytest.mark.parametrize("intent", sorted(CALIBRATOR_INTENTS))
def test_every_calibrator_intent_can_be_simulated(read, intent):
    ms = read(two_fields(*(SimulatedScan(0, (i,), 1) for i in sorted(CALIBRATOR_INTENTS))))
    assert sum(intent in scan.intents for scan in ms.scans) == 1


def test_scans_may_have_some_spws_only(read, simulated_rows):
    """As band-to-band observations have: the gains of one band are transferred to the other."""
    plan = replace(
        two_fields(SimulatedScan(0, ("DIFFGAINREF",), 2, (0, 1)), SimulatedScan(0, ("DIFFGAINSRC",), 2, (2, 3))),
        spw_frequencies=(90.5e9, 102.5e9, 336.5e9, 348.5e9),
    )
    ms = read(plan)
    assert [scan.spw_ids for scan in ms.scans] == [{0, 1}, {2, 3}]
    assert [scan.intents & CALIBRATOR_INTENTS for scan in ms.scans] == [{"DIFFGAINREF"}, {"DIFFGAINSRC"}]
    assert ["ALMA_RB_03" in spw.name for spw in ms.spectral_windows] == [True, True, False, False]
    rows = simulated_rows(plan)
    assert all(np.all(rows.data[:, :, rows.spw == spw] != 0) for spw in range(4))


def test_two_fields_may_have_one_name(read, simulated_rows):
    plan = two_fields(
        SimulatedScan(0, ("BANDPASS",), 2), SimulatedScan(1, ("PHASE",), 2), names=("J0238+1636", "J0238+1636")
    )
    ms = read(plan)
    assert [(f.id, f.name) for f in ms.fields] == [(0, "J0238+1636"), (1, "J0238+1636")]
    rows = simulated_rows(replace(plan, noise_jy=0.0))
    amplitude = [np.abs(rows.data[:, :, rows.field == field]).mean() for field in (0, 1)]
    assert amplitude[1] / amplitude[0] == pytest.approx(2.0, rel=1e-6)  # complex64, summed


def test_without_intents_the_data_say_nothing(read):
    ms = read(replace(PLAN, with_intents=False))
    assert not ms.has_intents
    assert ms.obs_modes == ()


def test_spws_are_called_as_alma_calls_them(read):
    ms = read(PLAN)
    assert [spw.name.split("#")[1:3] for spw in ms.spectral_windows] == [
        ["ALMA_RB_06", "BB_1"],
        ["ALMA_RB_06", "BB_2"],
    ]
    assert all(spw.name.endswith("#SW-01#FULL_RES") for spw in ms.spectral_windows)
    assert [spw.baseband for spw in ms.spectral_windows] == [1, 2]
    assert [spw.mean_frequency for spw in ms.spectral_windows] == pytest.approx([224e9, 240e9])
    assert [spw.bandwidth for spw in ms.spectral_windows] == pytest.approx([1.875e9] * 2)
    assert ms.science_spw_ids == {0, 1}


@pytest.mark.parametrize("correlations", ["XX", "XX YY", "XX XY YX YY", "RR LL"])
def test_correlations(read, simulated_rows, correlations):
    plan = replace(two_fields(SimulatedScan(0, ("PHASE",), 1)), correlations=correlations)
    assert read(plan).spectral_windows[0].correlations == tuple(correlations.split())
    assert simulated_rows(plan).data.shape[0] == len(correlations.split())


def test_antennas_stand_on_alma_s_pads(read):
    ms = read(PLAN)
    assert ms.telescope == "ALMA"
    assert len({antenna.name for antenna in ms.antennas}) == PLAN.antennas
    assert len({antenna.station for antenna in ms.antennas}) == PLAN.antennas
    assert {antenna.diameter for antenna in ms.antennas} == {12.0}
    # The digits of 6.38.
    assert all(np.linalg.norm(antenna.position) == pytest.approx(6.38e6, rel=1e-3) for antenna in ms.antennas)


def test_only_cross_correlations(simulated_rows):
    rows = simulated_rows()
    assert np.all(rows.antenna1 < rows.antenna2)


def test_only_raw_data_are_delivered(vis):
    with open_table(vis) as table:
        assert not {"MODEL_DATA", "CORRECTED_DATA"} & set(table.colnames())


def test_ids_of_the_main_table_are_there_in_the_subtables(vis):
    with open_table(vis) as table:
        ids = {name: table.getcol(f"{name}_ID").max() for name in ("STATE", "PROCESSOR", "OBSERVATION", "FIELD")}
    assert {name: len(column(vis / name, "FLAG_ROW")) > largest for name, largest in ids.items()} == dict.fromkeys(
        ids, True
    )


def test_every_field_has_a_source_of_its_name(vis):
    sources = dict(zip(column(vis / "SOURCE", "SOURCE_ID"), column(vis / "SOURCE", "NAME"), strict=True))
    assert [sources[i] for i in column(vis / "FIELD", "SOURCE_ID")] == column(vis / "FIELD", "NAME")


def test_no_check_source_if_none_is_wanted(read):
    ms = read(standard_plan("quasar", check_flux_jy=None, spw_frequencies=(224e9,), channels=8, antennas=6))
    assert not any("CHECK" in field.intents for field in ms.fields)


def test_directions_have_a_frame_each_and_the_observation_its_times(vis, simulated_rows):
    with open_table(vis / "FIELD") as table:
        for directions, frames in (("PHASE_DIR", "PhaseDir_Ref"), ("REFERENCE_DIR", "RefDir_Ref")):
            reference = table.getcolkeywords(directions)["MEASINFO"]
            codes = dict(zip(reference["TabRefTypes"], reference["TabRefCodes"], strict=True))
            assert reference["VarRefCol"] == frames
            assert set(table.getcol(frames)) == {codes["J2000"]}
    start, end = column(vis / "OBSERVATION", "TIME_RANGE")[0]
    times = simulated_rows().time
    assert start < times.min() < times.max() < end
    assert end - times.max() < 10
