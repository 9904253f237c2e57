"""hif_refant on simulated data."""

from dataclasses import replace

import pytest

from helpers.chain import standard_observation
from pipeline_gfluxscale.errors import InputError
from pipeline_gfluxscale.recipes.run_stage import run_stage
from pipeline_gfluxscale.simulation import FlagSelection

ANTENNAS = [f"DA{number}" for number in range(41, 50)]


def refants(context, **parameters):
    (results,) = run_stage(context, "hif_refant", parameters)
    assert list(context.observed("observed.ms").reference_antennas) == results.refant
    return results.refant


def test_flagged_antennas_come_last_and_dead_ones_not_at_all(observed):
    best = refants(context := observed())[0]
    assert sorted(refants(context)) == ANTENNAS
    dead = ANTENNAS.index(best)
    plan = replace(standard_observation(), flags=(FlagSelection(antenna=dead), FlagSelection(antenna=dead - 1, scan=1)))
    ranking = refants(observed(plan), geometry=False)
    assert best not in ranking
    assert ranking[-1] == ANTENNAS[dead - 1]


def test_antennas_can_be_named_and_ignored(observed):
    context = observed()
    assert refants(context, hm_refant="manual", refant="DA45,2") == ["DA45", "DA43"]
    assert "DA45" not in refants(context, refantignore={"observed.ms": "DA45"})


@pytest.mark.parametrize(
    "parameters",
    [
        {"refantignore": "DV99"},
        {"hm_refant": "best"},
        {"hm_refant": "manual"},
        {"geometry": False, "flagging": False},
        {"field": "nobody"},
        {"spw": 99},
        {"intent": "POLANGLE"},
        {"refantignore": {"other.ms": "DA41"}},
    ],
)
def test_what_cannot_be_done_is_refused(observed, parameters):
    context = observed()
    before = context.copy()
    with pytest.raises(InputError):
        refants(context, **parameters)
    assert context == before


def test_without_a_usable_antenna_the_stage_fails_and_the_context_stays(observed):
    context = observed()
    before = context.copy()
    results = run_stage(context, "hif_refant", {"refantignore": ",".join(ANTENNAS)})
    assert "no antenna" in results[0].error
    assert results[0].qa[0].score == 0
    assert context == before
