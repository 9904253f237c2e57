"""What a model is, from the visibilities in MODEL_DATA."""

import numpy as np
import pytest

from pipeline_gfluxscale.domain.reference import ModelSample, SetjyRecord
from pipeline_gfluxscale.heuristics.resolved import uniform_disk_visibility
from pipeline_gfluxscale.heuristics.stored_models import matching_record, stored_model

LOW, HIGH = 99e9, 101e9
WAVELENGTH = 3e-3
UV = np.random.default_rng(1).uniform(-1, 1, (2, 60)) * 300.0


def samples(visibilities):
    """The model in the first and last channel, from a function of u and v (m) and frequency."""
    return [ModelSample(f, np.asarray(visibilities(*UV, f), dtype=complex), UV) for f in (LOW, HIGH)]


def test_a_point_source_has_its_power_law():
    model = stored_model(samples(lambda u, v, f: np.full(u.shape, 2.0 * (f / 100e9) ** -0.7)), 100e9)
    assert model.is_point
    assert model.flux == pytest.approx(2.0, rel=1e-9)  # log-log interpolation is exact for a power law


def test_a_source_off_the_phase_centre_is_no_point_source_there_and_has_its_flux():
    model = stored_model(samples(lambda u, v, f: 2.0 * np.exp(2j * np.pi * u * 1e-6 / WAVELENGTH)), 100e9)
    assert not model.is_point
    assert model.flux == pytest.approx(2.0, rel=1e-6)  # rounding


def test_a_gaussian_has_its_total_flux():
    shape = samples(lambda u, v, f: 3.0 * np.exp(-(u**2 + 2 * v**2 + u * v) / 400**2))
    model = stored_model(shape, 100e9)
    assert not model.is_point
    assert model.flux == pytest.approx(3.0, rel=1e-9)  # the fit is of the Gaussian's own form


@pytest.mark.parametrize("arcsec", [0.5, 2.0, 5.0])
def test_a_disk_has_its_total_flux(arcsec):
    size = np.radians(arcsec / 3600)
    disk = samples(lambda u, v, f: 50.0 * uniform_disk_visibility(np.hypot(u, v), size, f))
    assert stored_model(disk, 100e9, size).flux == pytest.approx(50.0, rel=1e-6)  # the fit is of the disk's own form
    if arcsec < 5:  # baselines within half of the maximum are fitted well by a Gaussian's form
        assert stored_model(disk, 100e9).flux == pytest.approx(50.0, rel=0.02)  # the forms differ: up to 1 %


def test_a_disk_that_is_resolved_out_has_no_flux():
    size = np.radians(1000 / 3600)
    disk = samples(lambda u, v, f: 50.0 * uniform_disk_visibility(np.hypot(u, v) + 50, size, f))
    far = [ModelSample(s.frequency_hz, s.visibilities, UV + 1e4) for s in disk]
    assert stored_model(far, 100e9, size) is None


def test_no_data_is_no_model():
    assert stored_model([], 100e9) is None


def record(**changes):
    values = {"note": "derived", "field": "J1", "flux": 2.0, "frequency_hz": 100e9, "time": 1.0} | changes
    return SetjyRecord(**values)


EDGES = ((LOW, 2.0 * (LOW / 100e9) ** -0.7), (HIGH, 2.0 * (HIGH / 100e9) ** -0.7))


def test_the_last_record_of_the_field_and_flux_density_is_found():
    others = [record(field="J2", time=9.0), record(flux=2.001, time=9.0), record(frequency_hz=230e9, time=9.0)]
    assert matching_record([record(), record(time=2.0), *others], "J1", EDGES) == record(time=2.0)
    assert matching_record(others, "J1", EDGES) is None
    assert matching_record([record()], "J1", ()) is None
