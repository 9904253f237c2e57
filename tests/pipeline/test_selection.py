"""Which fields hifa_gfluxscale chooses."""

from pathlib import Path
from types import SimpleNamespace

from helpers.observation_without_casa import measurementset
from pipeline_gfluxscale.stages.gfluxscale.steps.selection import select

TRANSFER = ("PHASE", "CHECK")


def chosen(directory: Path, **parameters):
    """Select among two fields: J1924-2914 (BANDPASS) and J1832-1035 (PHASE)."""
    defaults = {"reference": "", "transfer": "", "refintent": ("BANDPASS",), "transintent": TRANSFER}
    return select(SimpleNamespace(ms=measurementset(directory / "a.ms"), **defaults | parameters))


def test_fields_are_chosen_by_their_intents(tmp_path):
    selection = chosen(tmp_path)
    assert [field.name for field in selection.reference] == ["J1924-2914"]
    assert [field.name for field in selection.transfer] == ["J1832-1035"]
    assert selection.expected == [(1, 0), (1, 1)]
    assert selection.warnings == ()


def test_a_named_field_without_the_intents_is_left_out_with_a_warning(tmp_path):
    selection = chosen(tmp_path, reference="0", transfer="0,1")
    assert [field.id for field in selection.transfer] == [1]
    assert selection.warnings == ("J1924-2914 #0 is left out: it has no data with PHASE or CHECK",)


def test_an_intent_that_the_reference_has_needs_no_transfer(tmp_path):
    selection = chosen(tmp_path, transintent=("BANDPASS", "PHASE"))
    assert selection.covered_intents == ("BANDPASS",)
    assert selection.expected == [(1, 0), (1, 1)]
