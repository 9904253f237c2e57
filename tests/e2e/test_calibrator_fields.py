"""Which fields are calibrated: their intents, their names, and which of them there are."""

from dataclasses import replace
from pathlib import Path

import pytest

from helpers.stage_runs import BANDPASS, CHECK, PHASE, REFERENCE, assert_true, pairs, small_plan, with_fields
from pipeline_gfluxscale.simulation import SimulatedField, SimulatedScan

OTHER = 5  # id of the first field added to standard_plan's
SECOND_PHASE = SimulatedField("J0259+0747", 0.4, -0.6, (5.0, 4.0))


def test_field_with_two_intents(run):
    """A field that is PHASE and BANDPASS has its PHASE solve in a table of its own."""
    plan = small_plan()
    plan = replace(plan, scans=(*plan.scans, SimulatedScan(BANDPASS, ("PHASE",), 5)))
    observed = run(plan)
    assert_true(observed, pairs([BANDPASS, PHASE, CHECK]))
    assert set(observed.measured[BANDPASS, 0].intents) == {"PHASE", "BANDPASS"}
    phases = {call["scan"]: call["caltable"] for call in observed.solves("p", BANDPASS)}
    assert set(phases) == {"1", str(len(plan.scans))}
    assert len(set(phases.values())) == 2
    for solve in observed.solves("a", BANDPASS):
        assert [Path(name).name for name in solve["gaintable"]] == [phases[solve["scan"]]]


def test_scan_with_two_intents_is_solved_once(run):
    plan = small_plan()
    first, *rest = plan.scans
    observed = run(replace(plan, scans=(replace(first, intents=("BANDPASS", "PHASE")), *rest)))
    assert_true(observed, pairs([BANDPASS, PHASE, CHECK]))
    assert len(observed.solves("a", BANDPASS)) == 1


def test_two_fields_of_one_name(run):
    """Ids tell them apart: the flux density of one is 40 % of the other's."""
    twin = SimulatedField("J0309+1029", 0.24, -0.7, (5.0, 4.0))
    observed = run(with_fields(small_plan(), [twin], [SimulatedScan(OTHER, ("PHASE",), 5)]))
    assert_true(observed, pairs([BANDPASS, PHASE, CHECK, OTHER]))


def test_two_fields_of_one_name_selected_by_their_name(run):
    twin = SimulatedField("J0309+1029", 0.24, -0.7, (5.0, 4.0))
    plan = with_fields(small_plan(), [twin], [SimulatedScan(OTHER, ("PHASE",), 5)])
    assert_true(run(plan, transfer="J0309+1029"), pairs([PHASE, OTHER]))


def test_several_phase_fields(run):
    observed = run(with_fields(small_plan(), [SECOND_PHASE], [SimulatedScan(OTHER, ("PHASE",), 5)] * 2))
    assert_true(observed, pairs([BANDPASS, PHASE, CHECK, OTHER]))
    assert observed.score("completeness") == 1.0


def test_no_check_source(run):
    observed = run(small_plan(check_flux_jy=None))
    assert observed.results.transfer == ["J0238+1636", "J0309+1029"]
    assert_true(observed, pairs([BANDPASS, PHASE]))


def test_polarisation_calibrators(run):
    """One field of POLARIZATION and POLLEAKAGE, one of POLANGLE, with all four correlations."""
    fields = [SimulatedField("J0334-0401", 1.5, -0.4, (-4.0, 5.0)), SimulatedField("J0521+1638", 0.8, -0.7, (4.0, 6.0))]
    scans = [
        SimulatedScan(OTHER, ("POLARIZATION",), 5),
        SimulatedScan(OTHER, ("POLLEAKAGE",), 5),
        SimulatedScan(OTHER + 1, ("POLANGLE",), 5),
    ]
    observed = run(with_fields(small_plan(correlations="XX XY YX YY"), fields, scans))
    assert_true(observed, pairs([BANDPASS, PHASE, CHECK, OTHER, OTHER + 1]))
    assert set(observed.measured[OTHER, 0].intents) == {"POLARIZATION", "POLLEAKAGE"}
    assert observed.measured[OTHER + 1, 0].intents == ("POLANGLE",)


@pytest.mark.parametrize(
    ("reference", "transfer"),
    [("J0423-0120", "J0238+1636,J0309+1029"), (str(REFERENCE), f"{BANDPASS},{PHASE}"), ("J0423-0120", ["1", "0"])],
    ids=["names", "ids", "a name and ids"],
)
def test_selecting_by_name_and_by_id(run, reference, transfer):
    observed = run(small_plan(), reference=reference, transfer=transfer)
    assert_true(observed, pairs([BANDPASS, PHASE]))
    assert observed.results.reference == ["J0423-0120"]


def test_data_without_intents(run):
    observed = run(
        small_plan(with_intents=False),
        reference="J0423-0120",
        transfer="J0238+1636,J0309+1029,J0325+1307",
        refintent="",
        transintent="",
    )
    assert_true(observed, pairs([BANDPASS, PHASE, CHECK]))
    assert all(call["intent"] == "" for call in observed.calls("gaincal"))


def test_data_without_intents_need_no_empty_intents(run):
    observed = run(small_plan(with_intents=False), reference="3", transfer="1")
    assert_true(observed, pairs([PHASE]))


def test_transfer_intents_given(run):
    assert_true(run(small_plan(), transintent="PHASE"), pairs([PHASE]))
