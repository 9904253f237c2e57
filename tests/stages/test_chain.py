"""All stages, one after the other, on data that need every one of them."""

from dataclasses import replace
from pathlib import Path

import pytest

from helpers.chain import standard_observation
from helpers.fingerprints import changes, fingerprint
from pipeline_gfluxscale.recipes.run_stage import run_stage
from pipeline_gfluxscale.simulation import with_alma_form, with_system_temperatures
from pipeline_gfluxscale.stages import STAGES

CHAIN = ("hif_refant", "h_tsyscal", "hif_setmodels", "hifa_bandpass", "hifa_spwphaseup", "hifa_gfluxscale")


def run_chain(context, commands=CHAIN):
    """Return the results of the last stage; each stage has its run record."""
    for number, command in enumerate(commands, start=1):
        (results,) = run_stage(context, command, {})
        assert not results.error, command
        assert results.record.stage == number
        assert set(results.record.parameters) == {"vis", *STAGES[command].declared} - {"parallel"}
        assert results.record.commands or command == "hif_refant"
    return results


def test_the_chain_finds_the_flux_densities(observed, truth):
    results = run_chain(observed(with_system_temperatures(standard_observation())))
    expected = truth(Path("observed.ms"))
    assert len(results.measurements) == 12
    for m in results.measurements:
        value = expected[m.field_id, m.spw]
        # The noise of the check source: it deviates by up to 0.4 %.
        assert pytest.approx(value, rel=0.005) == m.derived.stokes.I, (m.field, m.spw)
        assert pytest.approx(value, rel=0.005) == m.calibrated.stokes.I, (m.field, m.spw)


@pytest.mark.parametrize("options", [{}, {"compact_antennas": 3}, {"observation_rows": 2}], ids=str)
def test_the_chain_finds_them_in_alma_s_form(observed, truth, options):
    """With a planet's ephemeris, radiometers, other spws, dishes of two sizes, and several rows of OBSERVATION."""
    plan = standard_observation("Uranus", spw_frequencies=(224e9, 240e9))
    results = run_chain(observed(replace(with_alma_form(plan), **options)))
    expected = truth(Path("observed.ms"))
    assert sorted({m.spw for m in results.measurements}) == [9, 11]
    assert len(results.measurements) == 6
    for m in results.measurements:
        value = expected[m.field_id, m.spw]
        # Dishes of 7 m see a third of the signal: the check source is known to 0.7 %, the others far better.
        assert pytest.approx(value, rel=0.015) == m.derived.stokes.I, (m.field, m.spw)
        assert pytest.approx(value, rel=0.015) == m.calibrated.stokes.I, (m.field, m.spw)


def test_without_system_temperatures_it_does_not(observed, truth):
    """What the test above shows is the work of h_tsyscal: without it the fluxes are off by more than ten percent."""
    commands = [command for command in CHAIN if command != "h_tsyscal"]
    results = run_chain(observed(with_system_temperatures(standard_observation())), commands)
    expected = truth(Path("observed.ms"))
    ratios = [m.derived.stokes.I / expected[m.field_id, m.spw] for m in results.measurements]
    assert max(abs(ratio - 1) for ratio in ratios) > 0.1


def test_the_stages_change_nothing_but_models(observed):
    context = observed(with_system_temperatures(standard_observation()))
    before = fingerprint(Path("observed.ms"))
    run_chain(context)
    changed = changes(before, fingerprint(Path("observed.ms")))
    assert all(name.startswith("MODEL_DATA") for name in changed), changed
