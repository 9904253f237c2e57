"""What the reference can be: a solar-system object, a quasar, the bandpass calibrator."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from helpers.stage_runs import (
    BANDPASS,
    CHECK,
    PHASE,
    REFERENCE,
    TARGET,
    assert_true,
    model_of,
    pairs,
    small_plan,
)
from pipeline_gfluxscale import hifa_gfluxscale
from pipeline_gfluxscale.casa import models, runtime
from pipeline_gfluxscale.simulation import SimulatedScan


def test_quasar_reference(run):
    observed = run(small_plan("quasar"))
    assert_true(observed, pairs([BANDPASS, PHASE, CHECK]))
    assert observed.results.reference == ["J0423-0120"]
    assert observed.results.selection.antennas == ()
    assert observed.results.selection.uvrange == ""
    assert not any(call["antenna"] or call["uvrange"] for call in observed.solves("a", REFERENCE))


def test_derived_fluxes_are_written_as_models_and_the_target_keeps_none(run):
    observed = run(small_plan("quasar"))
    for (field, spw), m in observed.measured.items():
        model = model_of(observed.vis, field, spw)
        # The bandpass calibrator's model has the catalogue's spectral index of -0.5, the others are flat.
        slope = 0.5 * 0.5 * 1.875e9 / m.frequency_hz if field == BANDPASS else 0.0
        np.testing.assert_allclose(np.abs(model), m.derived.stokes.I, rtol=slope + 1e-6)
        assert (np.ptp(np.abs(model)) > 0) == (field == BANDPASS)
    assert np.all(model_of(observed.vis, 2, 0) == 1)


def test_resolved_solar_system_reference(run):
    """Uranus' 3.7 arcsec is resolved out between antennas of this configuration."""
    plan = small_plan("Uranus", antennas=12, configuration="alma.cycle9.4")
    observed = run(plan)
    assert_true(observed, pairs([BANDPASS, PHASE, CHECK]))
    chosen = observed.results.selection
    assert 3 <= len(chosen.antennas) < 12
    assert chosen.uvrange.startswith("<")
    assert observed.results.refant in chosen.antennas
    (solve,) = observed.solves("a", REFERENCE)
    assert solve["antenna"] == ",".join(chosen.antennas) + "&"
    assert solve["uvrange"] == chosen.uvrange
    gains = observed.amplitudes
    solved = {int(a) for a in gains.antenna[gains.good & (gains.field == REFERENCE)]}
    names = [f"DA{41 + i}" for i in range(12)]
    assert {names[a] for a in solved} == set(chosen.antennas)
    others = {int(a) for a in gains.antenna[gains.good & (gains.field == PHASE)]}
    assert others == set(range(12))


@pytest.mark.parametrize("scans", ["one scan", "separate scans"])
def test_reference_is_the_bandpass_calibrator(run, scans):
    plan = small_plan("bandpass")
    if scans == "separate scans":
        first, *rest = plan.scans
        plan = replace(
            plan, scans=(replace(first, intents=("BANDPASS",)), replace(first, intents=("AMPLITUDE",)), *rest)
        )
    observed = run(plan)
    check = 3  # There is no field for the reference alone.
    assert_true(observed, pairs([PHASE, check]))
    assert observed.results.reference == ["J0238+1636"]
    assert "J0238+1636" not in observed.results.transfer
    (solve,) = observed.solves("a", BANDPASS)
    assert solve["scan"] == ("1" if scans == "one scan" else "2")


def test_reference_that_covers_a_transfer_intent_takes_the_files_fluxes_before_its_model(simulated):
    vis = simulated(small_plan("bandpass"))
    (first,) = hifa_gfluxscale(vis)
    doubled = "\n".join(_doubled(line) for line in Path("flux.csv").read_text().splitlines())
    Path("double.csv").write_text(doubled + "\n")
    (second,) = hifa_gfluxscale(vis, reffile="double.csv")
    assert len(second.measurements) == 4
    for before, after in zip(first.measurements, second.measurements, strict=True):
        # gaincal's single precision.
        assert pytest.approx(2 * before.derived.stokes.I, rel=1e-4) == after.derived.stokes.I


def _doubled(line: str) -> str:
    words = line.split(",")
    if words[0] == "ms":
        return line
    return ",".join([*words[:3], str(2 * float(words[3])), *words[4:]])


def test_reference_without_any_flux_is_an_error_that_names_it(run):
    observed = run(small_plan("quasar"), reffile="")
    assert "J0423-0120" in observed.results.error
    assert "reffile" in observed.results.error
    assert observed.results.measurements == []


def test_reference_of_two_scans(run):
    plan = small_plan("quasar")
    again = SimulatedScan(REFERENCE, ("AMPLITUDE",), 5)
    assert_true(run(replace(plan, scans=(*plan.scans, again))), pairs([BANDPASS, PHASE, CHECK]))


@pytest.mark.parametrize("with_column", [False, True])
def test_a_planet_beside_the_virtual_model_of_another_field(simulated, truth, with_column):
    """CASA has no virtual models of planets, and its setjy deletes those of all fields when it writes MODEL_DATA."""
    vis = simulated(small_plan("Uranus"))
    if with_column:
        runtime.casatasks().clearcal(vis=str(vis), addmodel=True)
    runtime.casatasks().setjy(
        vis=str(vis), field=str(TARGET), standard="manual", fluxdensity=[9, 0, 0, 0], usescratch=False
    )
    (results,) = hifa_gfluxscale(vis)
    assert not results.error
    assert models.fields_with_virtual_model(vis) == {TARGET}
    for m in results.measurements:
        # The noise of the faintest field is 1 %.
        assert pytest.approx(truth(vis)[m.field_id, m.spw], rel=0.05) == m.derived.stokes.I
