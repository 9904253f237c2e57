"""What a run keeps for the WebLog, on simulated data: the amplitudes, the gains and the solves that it really had."""

import json

import numpy as np
import pytest

from pipeline_gfluxscale import hifa_gfluxscale
from pipeline_gfluxscale.files.export import write_json
from pipeline_gfluxscale.pipeline.basetask import ResultsList
from pipeline_gfluxscale.simulation import standard_plan
from pipeline_gfluxscale.stages.gfluxscale.serialization import read_results
from pipeline_gfluxscale.weblog.page import render

REFERENCE = 3  # field id of standard_plan


@pytest.fixture(scope="module")
def results(copied, tmp_path_factory):
    """A run on a resolved Uranus, with a wild antenna on one scan."""
    directory = tmp_path_factory.mktemp("run")
    plan = standard_plan(
        "Uranus", antennas=10, spread=2.2, channels=8, spw_frequencies=(224e9, 240e9), phase_scans=2, wild=True
    )
    vis = copied(plan, directory)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        found: ResultsList = hifa_gfluxscale(str(vis))
    assert found[0].error == ""
    return found


def test_the_amplitudes_of_the_reference_follow_its_model(results):
    for each in results[0].plots.reference_amplitudes:
        amplitude, uv = np.array(each.amplitude), np.array(each.uv_distance)
        model = np.interp(uv, each.model_uv, each.model)
        used = np.array(each.selected)
        assert used.any()
        assert not used.all()  # the longest baselines see too little of Uranus
        assert max(uv[used]) < results[0].selection.uv_limit_m
        # The noise of single baselines: up to 1.2 % of the maximum.
        np.testing.assert_allclose(amplitude[used], model[used], atol=0.02 * max(model))
        np.testing.assert_allclose(amplitude[~used], model[~used], atol=0.02 * max(model))


def test_flagged_solutions_keep_the_amplitude_that_they_were_flagged_for(results):
    gains = results[0].plots.gains
    outliers = [a for a, flagged in zip(gains.amplitude, gains.flagged, strict=True) if flagged and a is not None]
    good = [a for a, flagged in zip(gains.amplitude, gains.flagged, strict=True) if not flagged]
    assert len(outliers) == len(results[0].flags) > 0
    assert min(outliers) > 3 * max(good)
    assert np.std(good) / np.mean(good) < 0.2  # all fields are on one scale


def test_the_solves_are_those_that_were_run(results):
    solves = results[0].plots.solves
    commands = results[0].record.commands
    for solve in solves:
        mine = [c for c in commands if c.startswith("gaincal(") and f"field='{solve.field_id}'" in c]
        assert any(f"solint='{solve.phase_solint}'" in c and "calmode='p'" in c for c in mine)
        assert any(f"solint='{solve.amplitude_solint}'" in c and "calmode='a'" in c for c in mine)
        assert all(f"uvrange='{solve.uvrange}'" in c for c in mine if solve.uvrange)
    assert [solve.field_id for solve in solves if solve.is_reference] == [REFERENCE]


def test_the_water_vapour_is_assumed_where_the_data_know_none(results):
    atmosphere = results[0].plots.atmosphere
    assert atmosphere.pwv_source == ""
    assert all(0.5 < t < 1 for part in atmosphere.ranges for t in part.transmission)


def test_the_page_of_a_run_is_the_same_from_its_saved_results(results, tmp_path):
    write_json(tmp_path / "results.json", results.to_dict())
    again = read_results(tmp_path / "results.json")
    first, second = render(results, tmp_path / "first"), render(again, tmp_path / "second")
    assert first.read_bytes() == second.read_bytes()
    json.dumps(results.to_dict(), allow_nan=False)
