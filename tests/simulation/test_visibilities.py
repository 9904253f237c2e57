"""The simulated visibilities have the flux, the noise and the disturbances that were planned, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from helpers.observed_rows import BANDPASS, CHECK, NO_AMPLITUDE_ERRORS, PHASE, PLAN, REFERENCE, TARGET, read_rows
from pipeline_gfluxscale.casa.solar_system import apparent_size
from pipeline_gfluxscale.heuristics.resolved import uniform_disk_visibility
from pipeline_gfluxscale.simulation import Disturbance, FlagSelection, simulate
from pipeline_gfluxscale.simulation.sky import FLUX_FREQUENCY

QUASARS = (BANDPASS, PHASE, TARGET, CHECK)


def test_weights_are_those_of_the_noise(simulated_rows):
    """WEIGHT = 1 / SIGMA**2, and SIGMA is the scatter of the real and of the imaginary part of a channel."""
    rows, noise_free = simulated_rows(), simulated_rows(noise_jy=0.0)
    np.testing.assert_allclose(rows.weight, rows.sigma**-2, rtol=1e-5)  # float32
    noise = (rows.data - noise_free.data) / rows.sigma[:, None, :]
    for spw in (0, 1):
        for part in (noise.real, noise.imag):
            mine = part[:, :, rows.spw == spw]
            assert mine.std() == pytest.approx(1.0, abs=4 / np.sqrt(2 * mine.size))  # 4 standard errors
            assert mine.mean() == pytest.approx(0.0, abs=4 / np.sqrt(mine.size))  # 4 standard errors


def test_noise_follows_the_radiometer_equation(simulated_rows):
    narrow_and_long = simulated_rows(channels=16, integration=24.0)
    assert narrow_and_long.sigma[0, 0] == pytest.approx(simulated_rows().sigma[0, 0] / np.sqrt(2), rel=1e-5)  # float32


def test_weights_stay_usable_without_noise(simulated_rows):
    rows = simulated_rows(noise_jy=0.0)
    assert np.all(np.isfinite(rows.weight))
    assert np.all(rows.weight > 0)


def test_noise_free_amplitudes_are_the_true_fluxes(simulated_rows, observation, truth):
    """Without gains, bandpasses and noise the average amplitude is the flux density of a point source."""
    true = truth(observation(replace(PLAN, **NO_AMPLITUDE_ERRORS)) / "observed.ms")
    rows = simulated_rows(**NO_AMPLITUDE_ERRORS)
    assert set(true) == {(field, spw) for field in range(5) for spw in (0, 1)}
    for field in QUASARS:
        for spw in (0, 1):
            mine = rows.data[:, :, (rows.field == field) & (rows.spw == spw)]
            # The mean over a power law's channels is not exactly the value at the centre.
            assert np.abs(mine).mean() == pytest.approx(true[field, spw], rel=1e-4)  # float32, summed


def test_each_channel_follows_the_power_law(simulated_rows):
    rows = simulated_rows(**NO_AMPLITUDE_ERRORS)
    channels = 224e9 + 1.875e9 / 8 * (np.arange(8) - 3.5)
    for field in QUASARS:
        source = PLAN.fields[field]
        mine = np.abs(rows.data[:, :, (rows.field == field) & (rows.spw == 0)])
        expected = source.flux_jy * (channels / FLUX_FREQUENCY) ** source.spix
        np.testing.assert_allclose(mine, np.broadcast_to(expected[None, :, None], mine.shape), rtol=1e-5)  # float32


def test_calibrated_averages_are_the_true_fluxes(simulated_rows, observation, truth):
    """Dividing by the gains leaves the flux density, within the noise: gains are the antennas' own."""
    rows, noise_free = simulated_rows(), simulated_rows(noise_jy=0.0)
    true = truth(observation(PLAN) / "observed.ms")
    for spw in (0, 1):
        mine = (rows.field == PHASE) & (rows.spw == spw)
        gain = noise_free.data[:, :, mine] / true[PHASE, spw]
        weight = np.abs(gain) ** 2
        average = np.sum(rows.data[:, :, mine] / gain * weight) / weight.sum()
        noise = rows.sigma[0, 0] / np.sqrt(weight.sum())
        assert abs(average - true[PHASE, spw]) < 5 * noise


def test_a_resolved_object_fades_with_baseline(simulated_rows, observation, truth):
    """The amplitudes are those of a disk of the size that CASA tells, of the total flux of the truth."""
    plan = replace(PLAN, **NO_AMPLITUDE_ERRORS, antennas=10)
    true = truth(observation(plan) / "observed.ms")
    rows = simulated_rows(plan)
    mine = (rows.field == REFERENCE) & (rows.spw == 0)
    length = np.hypot(rows.uvw[0], rows.uvw[1])[mine]
    amplitude = np.abs(rows.data[0, :, mine]).mean(axis=1)
    diameter = apparent_size("Uranus", rows.time[0], "ALMA").diameter
    expected = true[REFERENCE, 0] * np.abs(uniform_disk_visibility(length, diameter, 224e9))
    # Uranus is a little flattened, so its size depends on the baseline's direction.
    np.testing.assert_allclose(amplitude, expected, atol=0.04 * true[REFERENCE, 0])
    order = np.argsort(length)
    # On the shortest baseline its shape adds less than 0.1 %; setjy's flux density of the first channel is 0.7 % off.
    assert amplitude[order[0]] == pytest.approx(expected[order[0]], rel=0.002)
    short, long = amplitude[order[: len(order) // 4]], amplitude[order[-len(order) // 4 :]]
    assert short.min() > long.max()


def test_equal_seeds_give_equal_data(simulated_rows, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    again = simulate(tmp_path, "again.ms", PLAN)
    first, second = simulated_rows(), read_rows(again.vis)
    for name in ("data", "flag", "weight", "sigma", "uvw", "time"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


def test_other_seeds_give_other_gains_and_noise(simulated_rows):
    assert not np.any(simulated_rows().data == simulated_rows(seed=2).data)
    assert not np.any(simulated_rows(noise_jy=0.0).data == simulated_rows(noise_jy=0.0, seed=2).data)


@pytest.mark.parametrize(
    "disturbance",
    [
        Disturbance(antenna=2, scan=3, factor=40.0),
        Disturbance(antenna=2, scan=3, spw=1, factor=0.0),
        Disturbance(antenna=5, factor=3.0),
        Disturbance(scan=4, spw=0, factor=2.0),
    ],
)
def test_a_disturbance_changes_what_it_names_and_nothing_else(simulated_rows, disturbance):
    rows, disturbed = simulated_rows(noise_jy=0.0), simulated_rows(noise_jy=0.0, disturbances=(disturbance,))
    named = np.ones(len(rows.time), dtype=bool)
    times = 1
    if disturbance.antenna is not None:
        named &= rows.of(disturbance.antenna)
    else:
        times = 2  # both antennas of a baseline are wrong
    if disturbance.scan is not None:
        named &= rows.scan == disturbance.scan
    if disturbance.spw is not None:
        named &= rows.spw == disturbance.spw
    assert 0 < named.sum() < len(named)
    np.testing.assert_array_equal(disturbed.data[:, :, ~named], rows.data[:, :, ~named])
    expected = rows.data[:, :, named] * disturbance.factor**times
    np.testing.assert_allclose(disturbed.data[:, :, named], expected, rtol=1e-5)  # complex64


def test_the_noise_knows_nothing_of_disturbances(simulated_rows):
    disturbances = (Disturbance(antenna=2, scan=3, factor=40.0),)
    quiet = simulated_rows().data - simulated_rows(noise_jy=0.0).data
    wild = simulated_rows(disturbances=disturbances).data - simulated_rows(noise_jy=0.0, disturbances=disturbances).data
    # Two differences of single precision numbers, of up to 40 times the size.
    np.testing.assert_allclose(wild, quiet, atol=1e-3)


@pytest.mark.parametrize(
    "selection",
    [
        FlagSelection(antenna=1),
        FlagSelection(scan=2),
        FlagSelection(spw=1),
        FlagSelection(field=REFERENCE, spw=0),
        FlagSelection(antenna=4, scan=3, spw=0),
    ],
)
def test_flags_are_on_what_they_name_and_nothing_else(simulated_rows, selection):
    rows, flagged = simulated_rows(), simulated_rows(flags=(selection,))
    named = np.ones(len(rows.time), dtype=bool)
    if selection.antenna is not None:
        named &= rows.of(selection.antenna)
    for name in ("scan", "spw", "field"):
        if (wanted := getattr(selection, name)) is not None:
            named &= getattr(rows, name) == wanted
    assert 0 < named.sum() < len(named)
    np.testing.assert_array_equal(flagged.flag, rows.flag | named)
    np.testing.assert_array_equal(flagged.data, rows.data)


def test_half_of_a_scan_s_integrations_can_be_flagged(simulated_rows):
    rows = simulated_rows(flags=(FlagSelection(field=REFERENCE, fraction=0.5),))
    before = simulated_rows()
    mine = rows.field == REFERENCE
    by_time = {t: rows.flag[:, :, mine & (rows.time == t)].all() for t in np.unique(rows.time[mine])}
    assert sum(by_time.values()) == len(by_time) // 2
    np.testing.assert_array_equal(rows.flag[:, :, ~mine], before.flag[:, :, ~mine])


def test_gains_of_a_stable_instrument_do_not_change(simulated_rows):
    rows = simulated_rows(noise_jy=0.0)
    mine = (rows.field == PHASE) & (rows.antenna1 == 0) & (rows.antenna2 == 1) & (rows.spw == 0)
    amplitude = np.abs(rows.data[:, :, mine])
    np.testing.assert_allclose(amplitude, amplitude[:, :, :1] * np.ones_like(amplitude), rtol=1e-5)  # complex64
    assert np.ptp(np.unwrap(np.angle(rows.data[0, 4, mine]))) > 0.05  # but the phases do


def test_drift_changes_the_amplitudes_between_scans_only(simulated_rows):
    rows = simulated_rows(noise_jy=0.0, gain_drift=0.05)
    mine = (rows.field == PHASE) & (rows.antenna1 == 0) & (rows.antenna2 == 1) & (rows.spw == 0)
    amplitude, scans = np.abs(rows.data[0, 4, mine]), rows.scan[mine]
    by_scan = [amplitude[scans == scan] for scan in np.unique(scans)]
    assert len(by_scan) == 2
    assert all(np.ptp(a) < 1e-5 * a.mean() for a in by_scan)  # complex64
    assert abs(by_scan[0].mean() / by_scan[1].mean() - 1) > 1e-3  # the drift is 5 % for each antenna


def test_cross_hands_of_an_unpolarised_source_are_noise(simulated_rows):
    rows = simulated_rows(correlations="XX XY YX YY", noise_jy=0.0)
    quasars = rows.field != REFERENCE
    assert np.all(rows.data[1:3][:, :, quasars] == 0)
    assert np.all(rows.data[::3][:, :, quasars] != 0)


def test_a_bandpass_has_edges_and_a_flat_one_has_none(simulated_rows):
    """Over a quasar of spectral index -0.5, a flat bandpass leaves less than 1 % between the channels."""
    shape = {}
    for bandpass in (True, False):
        rows = simulated_rows(noise_jy=0.0, channels=64, bandpass=bandpass)
        amplitude = np.abs(rows.data[0][:, rows.field == BANDPASS]).mean(axis=1)
        shape[bandpass] = amplitude / np.median(amplitude)
    assert shape[True][0] < 0.7
    assert shape[True][-1] < 0.7
    assert np.ptp(shape[False]) < 0.01  # the spectral index makes 0.4 %
