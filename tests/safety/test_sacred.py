"""The stage changes nothing in the user's MeasurementSet but MODEL_DATA of the transfer fields."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from helpers.fingerprints import SACRED, changes, fingerprint
from helpers.small_observation import BANDPASS, PHASE, PLAN, REFERENCE, TARGET, TRANSFER
from pipeline_gfluxscale import hifa_gfluxscale
from pipeline_gfluxscale.casa import models, runtime
from pipeline_gfluxscale.casa.tools import open_table, query
from pipeline_gfluxscale.domain.flux import StokesFlux
from pipeline_gfluxscale.errors import CasaTaskError
from pipeline_gfluxscale.simulation import Disturbance


@pytest.fixture
def full_vis(full_template, tmp_path, monkeypatch) -> Path:
    """Return a fresh copy of the MS that has every column and a flag version, in the working directory."""
    shutil.copytree(full_template, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "observed.ms"


@pytest.fixture(scope="module")
def finished(copied, tmp_path_factory) -> Path:
    """Return the directory of a run that nothing happened to; nobody may change it."""
    directory = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        results = hifa_gfluxscale(copied(PLAN, directory))
    (directory / "fluxes").write_text(repr(fluxes(results)))
    return directory


@pytest.fixture
def done(finished, tmp_path, monkeypatch) -> Path:
    """Return a fresh copy of the MS of that run, in the working directory."""
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "observed.ms"


def fluxes(results) -> dict:
    return {(m.field_id, m.spw): (m.derived, m.calibrated) for m in results[0].measurements}


def model(vis: Path, field: int, spw: int) -> np.ndarray:
    with open_table(vis) as table, query(table, f"FIELD_ID == {field} && DATA_DESC_ID == {spw}") as rows:
        return np.unique(rows.getcol("MODEL_DATA")[0])


def set_model(vis: Path, field: int, flux: float, *, virtual: bool = False) -> None:
    runtime.casatasks().setjy(
        vis=str(vis), field=str(field), standard="manual", fluxdensity=[flux, 0, 0, 0], usescratch=not virtual
    )


def set_model_with_setjy(vis: Path, field: int, flux: float) -> None:
    """Set a model that only setjy can set: a polarised source with a spectral index."""
    models.set_point_models(
        vis, [models.PointModel(field, 0, StokesFlux(flux, 0.01 * flux), 0.1, 224e9)], virtual=False
    )


def test_only_models_of_transfer_fields_change(full_vis):
    before = fingerprint(full_vis)
    assert set(SACRED) < before.keys()
    assert "flagversions" in before["beside"]
    results = hifa_gfluxscale(full_vis, reffile="")
    assert not results.failed
    assert changes(before, fingerprint(full_vis)) == {f"MODEL_DATA {field}" for field in TRANSFER}
    for m in results[0].measurements:
        assert (
            # Complex64.
            model(full_vis, m.field_id, m.spw) == pytest.approx(m.derived.stokes.I, rel=1e-5) or m.field_id == BANDPASS
        )


def test_a_run_that_flags_outliers_leaves_the_flags(copied, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    vis = copied(replace(PLAN, disturbances=(Disturbance(antenna=3, scan=3, factor=40.0),)), tmp_path)
    before = fingerprint(vis)
    assert hifa_gfluxscale(vis)[0].flags
    differing = changes(before, fingerprint(vis))
    assert {name for name in differing if not name.startswith("MODEL_DATA")} == set()


def test_the_flag_versions_stay_as_they_are(full_vis):
    versions = full_vis.with_name("observed.ms.flagversions")
    before = sorted((path, path.stat().st_mtime_ns) for path in versions.rglob("*"))
    hifa_gfluxscale(full_vis)
    assert sorted((path, path.stat().st_mtime_ns) for path in versions.rglob("*")) == before


def test_nothing_is_written_beside_an_ms_that_lies_elsewhere(full_vis, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    vis = Path(shutil.move(full_vis, elsewhere))
    work = tmp_path / "work"
    work.mkdir()
    assert not hifa_gfluxscale(vis, output_dir=work).failed
    assert [path.name for path in elsewhere.iterdir()] == ["observed.ms"]
    assert (work / "casa_commands.log").exists()
    assert list(work.glob(".gfluxscale*")) == []


def test_models_that_data_came_with_do_not_leak_into_the_solves(done, finished):
    set_model(done, PHASE, 77.0)
    set_model(done, BANDPASS, 0.001)
    assert repr(fluxes(hifa_gfluxscale(done))) == (finished / "fluxes").read_text()


def test_virtual_models_survive_and_are_used(vis):
    set_model(vis, REFERENCE, 2.0, virtual=True)
    set_model(vis, TARGET, 0.3, virtual=True)
    virtual = fluxes(hifa_gfluxscale(vis, reffile=""))
    assert not models.has_model_column(vis)
    # Those of the transfer fields are virtual too: a column would hide the others.
    assert models.fields_with_virtual_model(vis) == {REFERENCE, TARGET, *TRANSFER}
    set_model(vis, REFERENCE, 2.0)
    real = fluxes(hifa_gfluxscale(vis, reffile=""))
    for pair, (derived, _) in virtual.items():
        np.testing.assert_allclose(derived.stokes.I, real[pair][0].stokes.I, rtol=1e-5)  # complex64


def test_a_virtual_model_is_used_where_there_is_a_column_too(done):
    """CASA prefers it; those of the transfer fields would hide the flux densities derived."""
    set_model(done, REFERENCE, 2.0)
    real = fluxes(hifa_gfluxscale(done, reffile=""))
    for field in (REFERENCE, PHASE):
        set_model(done, field, 6.0, virtual=True)
    virtual = fluxes(hifa_gfluxscale(done, reffile=""))
    for pair, (derived, _) in virtual.items():
        # The solutions are the same but for the precision of single numbers.
        np.testing.assert_allclose(derived.stokes.I, 3 * real[pair][0].stokes.I, rtol=1e-5)  # complex64
    assert models.fields_with_virtual_model(done) == {REFERENCE}
    assert model(done, PHASE, 0) == pytest.approx(virtual[PHASE, 0][0].stokes.I, rel=1e-5)  # complex64


def test_a_virtual_model_of_the_reference_is_left_as_it_is(vis):
    set_model(vis, REFERENCE, 2.0, virtual=True)
    before = fingerprint(vis)
    hifa_gfluxscale(vis, reffile="")
    assert changes(before, fingerprint(vis)) <= {"SOURCE", "keywords"}


@pytest.mark.parametrize(("left", "spw"), [(0.0, 1), (1.0, 0)])
def test_half_written_model_of_the_reference_is_put_right(done, finished, left, spw):
    """Zeros, or CASA's 1 Jy, in the last rows of a spw are what a killed setjy leaves."""
    good = fingerprint(done)
    where = f"FIELD_ID == {REFERENCE} && DATA_DESC_ID == {spw}"
    with open_table(done, write=True) as table, query(table, where) as rows:
        written = rows.getcol("MODEL_DATA")
        written[:, :, rows.nrows() // 2 :] = left
        rows.putcol("MODEL_DATA", written)
    assert repr(fluxes(hifa_gfluxscale(done))) == (finished / "fluxes").read_text()
    assert changes(good, fingerprint(done)) == set()


def test_a_component_list_that_a_killed_setjy_left_does_no_harm(done):
    """setjy cannot overwrite it, and says nothing."""
    left = done.with_name("observed.ms_setjy_spw0_J0309+1029_224GHz60268.2d.cl")
    left.mkdir()
    set_model_with_setjy(done, PHASE, 1.5)
    assert model(done, PHASE, 0) == pytest.approx(1.01 * 1.5, rel=1e-3)  # the slope over 0.94 GHz of 224 GHz
    assert not left.exists()


def test_a_model_that_setjy_did_not_write_is_an_error(done, monkeypatch):
    monkeypatch.setattr(runtime.casatasks(), "setjy", lambda **arguments: {})
    with pytest.raises(CasaTaskError, match="setjy did not write the model of field 1 in spw 0"):
        set_model_with_setjy(done, PHASE, 1.5)
