"""Which model the reference gets: the file before the MS, an extended model before both, and what is said of it."""

import importlib
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from helpers.fingerprints import changes, fingerprint
from helpers.stage_runs import CHECK, PHASE, REFERENCE, model_of, small_plan
from pipeline_gfluxscale import hifa_gfluxscale
from pipeline_gfluxscale.casa import runtime
from pipeline_gfluxscale.casa.model_column import has_model_column, prepare_model_column
from pipeline_gfluxscale.casa.ms_reader import read_measurementset
from pipeline_gfluxscale.casa.tools import open_table, query
from pipeline_gfluxscale.pipeline.context import Context
from pipeline_gfluxscale.pipeline.standalone import import_measurementset
from pipeline_gfluxscale.recipes.run_stage import run_stage


def fluxes(results):
    assert not results[0].error
    return np.array([m.derived.stokes.I for m in results[0].measurements])


def double_the_reference(path=Path("flux.csv")):
    def doubled(line):
        words = line.split(",")
        is_reference = words[1] == str(REFERENCE)
        return ",".join([*words[:3], str(2 * float(words[3])), *words[4:]]) if is_reference else line

    path.write_text("\n".join(map(doubled, path.read_text().splitlines())) + "\n")


def test_an_edited_flux_csv_wins_over_the_model_of_an_earlier_run_and_both_numbers_are_told(simulated, truth):
    vis = simulated(small_plan("quasar"))
    expected = truth(vis)
    first = hifa_gfluxscale(vis, transfer=PHASE)
    assert all(flux.replaced is None for flux in first[0].reference_fluxes)
    double_the_reference()
    kept = hifa_gfluxscale(vis, transfer=PHASE, reffile="")
    np.testing.assert_allclose(fluxes(kept), fluxes(first), rtol=1e-6)  # the same solves
    assert {flux.source for flux in kept[0].reference_fluxes} == {"MeasurementSet"}
    second = hifa_gfluxscale(vis, transfer=PHASE)
    np.testing.assert_allclose(fluxes(second), 2 * fluxes(first), rtol=1e-4)  # gaincal's single precision
    for flux in second[0].reference_fluxes:
        assert pytest.approx(2 * expected[REFERENCE, flux.spw]) == flux.I
        assert flux.replaced == pytest.approx(expected[REFERENCE, flux.spw], rel=1e-6)  # float32
        assert flux.origin == "flux.csv (DB, 5 days old)"
        words = f"spw {flux.spw} {flux.I:.4g} Jy instead of {flux.replaced:.4g} Jy"
        assert any(words in each and "reffile=''" in each for each in second[0].assumptions)
    third = hifa_gfluxscale(vis, transfer=PHASE)
    assert all(flux.replaced is None for flux in third[0].reference_fluxes)  # nothing is replaced any more


def test_the_first_models_are_those_that_an_ms_with_model_data_gets(simulated):
    """Without MODEL_DATA the reference's model is averaged before it is in the MS."""
    without = simulated(small_plan("quasar"))
    having = without.with_name("having.ms")
    shutil.copytree(without, having)
    prepare_model_column(having)
    catalogue = Path("flux.csv").read_text()
    Path("flux.csv").write_text(catalogue + catalogue.partition("\n")[2].replace(without.name, having.name))
    assert not has_model_column(without)
    first, second = (hifa_gfluxscale(vis, transfer=PHASE) for vis in (without, having))
    # MODEL_DATA has single precision, and so have gaincal's solutions.
    np.testing.assert_allclose(fluxes(first), fluxes(second), rtol=1e-6)
    for field in (REFERENCE, PHASE, CHECK):
        for spw in (0, 1):
            # The derived flux densities agree within rounding, and the others are set to the same number.
            np.testing.assert_allclose(model_of(without, field, spw), model_of(having, field, spw), rtol=1e-6)


def test_a_stage_that_fails_makes_no_model_data(simulated):
    vis = simulated(small_plan("quasar"))
    before = fingerprint(vis)
    (results,) = hifa_gfluxscale(vis, transfer=PHASE, minsnr=1e9)
    assert "no amplitude solution reached minsnr" in results.error
    assert changes(before, fingerprint(vis)) == set()


def test_an_extended_model_stays_and_has_its_total_flux(simulated):
    vis = simulated(small_plan("quasar"))
    hifa_gfluxscale(vis, transfer=PHASE)
    with open_table(vis, write=True) as table, query(table, f"FIELD_ID == {REFERENCE}") as rows:
        u, v, _ = rows.getcol("UVW")
        gaussian = 2.5 * np.exp(-(u**2 + v**2) / 400**2)
        rows.putcol("MODEL_DATA", np.broadcast_to(gaussian, rows.getcol("MODEL_DATA").shape).astype(np.complex64))
    before = model_of(vis, REFERENCE, 0)
    (results,) = hifa_gfluxscale(vis, transfer=PHASE)
    assert np.array_equal(model_of(vis, REFERENCE, 0), before)
    for flux in results.reference_fluxes:
        assert flux.is_resolved
        assert pytest.approx(2.5, rel=1e-6) == flux.I  # MODEL_DATA has single precision
    assert any("flux.csv is not used" in words for words in results.assumptions)


def test_a_reference_that_an_earlier_run_derived_is_said_to_be_so(simulated):
    vis = simulated(small_plan("quasar"))
    hifa_gfluxscale(vis)
    (results,) = hifa_gfluxscale(vis, reference=PHASE, refintent="PHASE", transfer=CHECK, reffile="")
    assert not results.error
    assert all("derived by hifa_gfluxscale on " in flux.origin for flux in results.reference_fluxes)
    assert any("derived by an earlier run of hifa_gfluxscale on " in words for words in results.assumptions)


def test_a_model_that_hif_setmodels_normalised_is_no_flux_density(simulated, tmp_path):
    vis = simulated(small_plan("quasar"))
    import_measurementset(context := Context(tmp_path), vis)
    run_stage(context, "hif_setmodels", {})
    bandpass = {"reference": "J0238+1636", "refintent": "BANDPASS", "transfer": str(PHASE)}
    (results,) = hifa_gfluxscale(vis, **bandpass, reffile="")
    assert "no flux density is known for spw 0, 1" in results.error
    (results,) = hifa_gfluxscale(vis, **bandpass)
    assert [flux.source for flux in results.reference_fluxes] == ["flux file"] * 2


@pytest.mark.parametrize("kept", [True, False])
def test_virtual_models_follow_the_same_rule(simulated, kept, casa_setjy):
    vis = simulated(small_plan("quasar"))
    for spw in (0, 1):
        casa_setjy(vis=str(vis), field=str(REFERENCE), spw=str(spw), fluxdensity=[2.5, 0, 0, 0])
    (results,) = hifa_gfluxscale(vis, transfer=PHASE, reffile="" if kept else None)
    for flux in results.reference_fluxes:
        told = flux.I if kept else flux.replaced
        assert told == pytest.approx(2.5, rel=1e-6)  # float32
        assert flux.source == ("MeasurementSet" if kept else "flux file")


@pytest.fixture
def casa_setjy():
    """CASA's setjy for virtual models."""
    return partial(runtime.casatasks().setjy, standard="manual", usescratch=False)


def test_a_planet_without_a_model_gets_its_standard_and_the_total_flux_is_told(simulated):
    vis = simulated(small_plan("Callisto"))
    (results,) = hifa_gfluxscale(vis, transfer=PHASE)
    for flux in results.reference_fluxes:
        assert (flux.source, flux.is_resolved) == ("standard", True)
        # Single precision; the flux density of the first channel, which setjy tells, is 0.7 % less.
        assert pytest.approx(flux_of_planet("Callisto", vis, flux.frequency_hz), rel=1e-4) == flux.I


def flux_of_planet(name: str, vis: Path, frequency: float) -> float:
    """Return the flux density (Jy) of CASA's model when the reference was observed."""
    casalog = runtime.casatasks().casalog
    models = importlib.import_module("casatasks.private.solar_system_setjy").solar_system_setjy()
    mjd = min(scan.start for scan in read_measurementset(vis).scans if scan.field_id == REFERENCE) / 86400
    band = [frequency - 1e6, frequency + 1e6]
    return models.solar_system_fd(name, [mjd], [band], "ALMA", casalog=casalog)[1][0][0]
