"""What may explain that a block deviates from others."""

from pipeline_gfluxscale.heuristics.resolved import AntennaSelection
from pipeline_gfluxscale.pipeline.run_record import RunRecord
from pipeline_gfluxscale.stages.gfluxscale.block_findings import block_findings

FIELDS = {"0": "J1", "1": "J2", "2": "target"}


def test_a_resolved_reference_and_flagged_solutions():
    selection = AntennaSelection(("DA41", "DA42", "DA43"), 72.589, True)
    found = block_findings(selection, ["antenna='DA44&&&'"], ["Uranus"], ["J2"], None)
    assert found == [
        "its reference is resolved (3 antennas, uv range <72.589m)",
        "amplitude solutions flagged as outliers: 1",
    ]


def test_a_low_reference():
    """At 25 and 60 degrees the air masses are 2.37 and 1.15; the target does not matter."""
    record = RunRecord(fields=FIELDS, elevations={"0": 25.0, "1": 60.0, "2": 80.0})
    (sentence,) = block_findings(AntennaSelection(), [], ["J1"], ["J2"], record)
    assert sentence == "its reference was at an elevation of 25 degrees, the other calibrators at 60"


def test_elevations_that_do_not_matter():
    record = RunRecord(fields=FIELDS, elevations={"0": 45.0, "1": 60.0})
    assert block_findings(AntennaSelection(), [], ["J1"], ["J2"], record) == []
    assert block_findings(AntennaSelection(), [], ["J1"], ["J2"], RunRecord(fields=FIELDS)) == []
