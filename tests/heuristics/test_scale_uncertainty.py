import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_gfluxscale.heuristics.amplitude_solutions import AmplitudeSolutions
from pipeline_gfluxscale.heuristics.gain_changes import GainChanges, gain_changes
from pipeline_gfluxscale.heuristics.medians import median_variance, shared_by_medians
from pipeline_gfluxscale.heuristics.scale_uncertainty import flux_variance
from pipeline_gfluxscale.heuristics.visibility_noise import noise_variance, phase_noise_bias

pytestmark = pytest.mark.slow

REFERENCE, BANDPASS, PHASE, CHECK = -1, 0, 1, 2
SCANS = {REFERENCE: 1, BANDPASS: 1, PHASE: 4, CHECK: 3}


def observe(rng, n_ant=10, n_spw=2, scan=0.0, field=0.0, spw=0.0, common=0.0, noise=0.0, n_reference=None):
    """Gains of four fields: standard deviations of 2 ln(g), and of the noise of a scan's mean."""
    solutions, number = {}, 0
    constants = 0.2 * rng.standard_normal((n_spw, n_ant))
    for source, n_scan in SCANS.items():
        y = np.repeat(constants[:, None, :], n_scan, axis=1)
        y += field * rng.standard_normal(n_ant) + common * rng.standard_normal((n_scan, 1))
        shared = max(0.0, scan**2 - spw**2) ** 0.5
        y += shared * rng.standard_normal((n_scan, n_ant)) + spw * rng.standard_normal(y.shape)
        scatter = noise * (2 * n_ant * (n_ant - 1) / (n_ant - 2)) ** 0.5
        of_antennas = scatter * rng.standard_normal(y.shape)
        y += of_antennas - of_antennas.mean(axis=-1, keepdims=True) + noise * rng.standard_normal((*y.shape[:2], 1))
        antennas = np.arange(n_ant)[: n_reference if source == REFERENCE else n_ant]
        for s in range(n_spw):
            solutions[source, s] = AmplitudeSolutions(
                np.exp(y[s][:, antennas] / 2).ravel(),
                np.tile(antennas, n_scan),
                np.repeat(number + np.arange(n_scan), antennas.size),
                noise**2 / n_scan,
            )
        number += n_scan
    return solutions


def error(solutions, source, spw=0):
    """By how much ln(S) of a field is wrong."""
    field, reference = solutions[source, spw].mean_gains(), solutions[REFERENCE, spw].mean_gains()
    return np.median([2 * np.log(field[a] / reference[a]) for a in field.keys() & reference.keys()])


def realisations(number=200, **kwargs):
    rng = np.random.default_rng(5)
    return [observe(rng, **kwargs) for _ in range(number)]


@pytest.mark.parametrize("n", range(1, 20))
def test_the_variance_of_a_median(n):
    drawn = np.median(np.random.default_rng(n).standard_normal((100_000, n)), axis=1)
    # 100 000 draws tell it to 0.5 %; the approximation is within 6 %.
    assert median_variance(n) == pytest.approx(np.var(drawn), rel=0.06)


def test_the_variance_of_a_median_of_many():
    assert median_variance(10_001) == pytest.approx(np.pi / 2 / 10_001, rel=1e-3)  # the asymptotic formula


CHANGES = {
    "nothing but noise": {"noise": 0.002},
    "scans": {"scan": 0.02},
    "scans, each spw for itself": {"scan": 0.02, "spw": 0.02},
    "fields": {"field": 0.02, "scan": 0.005},
    "the atmosphere": {"common": 0.02, "scan": 0.01},
    "scans and noise alike": {"scan": 0.02, "noise": 0.005},
    "few antennas": {"scan": 0.02, "n_ant": 12, "n_reference": 6},
    "few antennas with noise": {"scan": 0.01, "noise": 0.004, "n_ant": 12, "n_reference": 6},
}


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("source", [BANDPASS, PHASE, CHECK])
def test_errors_are_honest(changes, source):
    pulls = []
    for solutions in realisations(**changes):
        variance = flux_variance(solutions[source, 0], solutions[REFERENCE, 0], gain_changes(solutions))
        pulls.append(error(solutions, source) / variance.total**0.5)
    assert 0.7 < np.std(pulls) < 1.4


@pytest.mark.parametrize("spw", [0.0, 0.005, 0.02])
def test_what_the_spws_share_and_what_not(spw):
    # The difference between two spws knows nothing of what they share.
    pulls = []
    for solutions in realisations(scan=0.02, spw=spw, noise=0.001):
        changes = gain_changes(solutions)
        own = [
            variance.noise + variance.own_scale
            for s in (0, 1)
            for variance in [flux_variance(solutions[PHASE, s], solutions[REFERENCE, s], changes)]
        ]
        pulls.append((error(solutions, PHASE, 0) - error(solutions, PHASE, 1)) / sum(own) ** 0.5)
    assert 0.7 < np.std(pulls) < 1.4


@pytest.mark.parametrize("n", [5, 6, 10, 40])
@pytest.mark.parametrize("own", [1e-4, 1e-3, 0.01, 0.1, 0.5, 0.9])
def test_what_two_medians_share(n, own):
    rng = np.random.default_rng(n)
    shared = (1 - own) ** 0.5 * rng.standard_normal((20_000, n))
    one, other = np.median(shared + own**0.5 * rng.standard_normal((2, 20_000, n)), axis=-1)
    different = median_variance(n) - shared_by_medians(n, 1 - own, own)
    assert different == pytest.approx(np.var(one - other) / 2, rel=0.25)  # to leading order in the correlation


def test_changes_are_found():
    truth = GainChanges(scan=0.02**2 - 0.01**2, field=0.01**2, spw=0.01**2, common=0.02**2)
    found = [
        gain_changes(solutions)
        for solutions in realisations(100, n_ant=20, scan=0.02, field=0.01, spw=0.01, common=0.02, noise=0.0005)
    ]
    assert np.mean(found, axis=0) == pytest.approx(truth, rel=0.15)  # 100 realisations


def test_a_field_that_hides_its_changes_in_noise_takes_them_from_the_others():
    found = []
    for solutions in realisations(50, scan=0.02):
        for spw in (0, 1):
            noisy = solutions[CHECK, spw]
            solutions[CHECK, spw] = AmplitudeSolutions(noisy.amplitude, noisy.antenna, noisy.scan, 1.0)
        variance = flux_variance(solutions[CHECK, 0], solutions[REFERENCE, 0], gain_changes(solutions))
        found.append(variance.scale / (median_variance(10) * 0.02**2 * (1 + 1 / 3)))
    # Variances cannot be negative, so that on average a little too much is found.
    assert 0.9 < np.mean(found) < 1.6
    assert np.min(found) > 0.3


def test_an_antenna_that_stands_out_does_not_count():
    changed = []
    for solutions in realisations(50, scan=0.01):
        before = gain_changes(solutions).scan
        phase = solutions[PHASE, 0]
        phase.amplitude[(phase.antenna == 3) & (phase.scan == phase.scan.max())] *= 1.5
        changed.append(gain_changes(solutions).scan / before)
    assert np.max(changed) < 1.3


@given(st.integers(0, 100), st.floats(0.01, 100), st.floats(0.01, 100))
def test_units_and_flux_densities_do_not_matter(seed, unit, flux):
    solutions = observe(np.random.default_rng(seed), scan=0.01, noise=0.001)
    other = {
        (source, spw): AmplitudeSolutions(
            each.amplitude * unit * (flux if source == PHASE else 1), each.antenna, each.scan, each.noise_variance
        )
        for (source, spw), each in solutions.items()
    }
    assert gain_changes(other) == pytest.approx(gain_changes(solutions), rel=1e-3, abs=1e-9)  # rounding of the weights


def test_another_spw_as_reference_counts_the_scatter_of_the_antennas():
    solutions = observe(np.random.default_rng(1))
    changes = gain_changes(solutions)
    assert flux_variance(solutions[PHASE, 0], solutions[REFERENCE, 0], changes).scale < 1e-9  # 0 but for rounding
    mapped = flux_variance(solutions[PHASE, 0], solutions[REFERENCE, 1], changes, same_spw=False)
    assert mapped.scale == pytest.approx(median_variance(10) * 2 * 0.2**2, rel=0.8)  # one draw of 10 antennas
    assert mapped.shared_scale < 1e-9  # 0 but for rounding


def test_no_antenna_in_common():
    one, other = (AmplitudeSolutions(np.ones(3), np.arange(3) + first, np.ones(3, dtype=int)) for first in (0, 3))
    assert np.isnan(flux_variance(one, other, GainChanges()).total)


def test_one_antenna_or_nothing_at_all():
    one = AmplitudeSolutions(np.ones(1), np.zeros(1, dtype=int), np.ones(1, dtype=int), 1e-6)
    assert gain_changes({(0, 0): one, (-1, 0): one}) == GainChanges()
    assert gain_changes({}) == GainChanges()
    assert np.isfinite(flux_variance(one, one, GainChanges()).total)


def test_noise_of_a_mean():
    rng = np.random.default_rng(3)
    n_baseline, n_time = 45, 200
    weight = rng.uniform(0.5, 2, (n_baseline, 1)) * np.ones(n_time)
    drawn = 1 + rng.standard_normal((n_baseline, n_time)) / weight**0.5
    found = noise_variance(
        drawn.ravel() + 0j,
        weight.ravel(),
        np.repeat(np.arange(n_baseline), n_time),
        np.ones(n_baseline * n_time, dtype=int),
        np.tile(np.arange(float(n_time)), n_baseline),
    )
    assert found == pytest.approx(1 / weight.sum(), rel=0.05)  # noise of the differences


def test_copies_with_times_of_their_own_do_not_hide_the_noise():
    """Visibilities that exist twice, 2 ms apart, have the noise of those that exist once."""
    rng = np.random.default_rng(5)
    shape = n_baseline, n_time = 15, 20
    ratio = (1 + 0.1 * rng.standard_normal(shape)).ravel() + 0j
    baseline = np.repeat(np.arange(n_baseline), n_time)
    time = np.tile(np.arange(float(n_time)), n_baseline)
    ones = np.ones(ratio.size)
    once = noise_variance(ratio, ones, baseline, ones.astype(int), time)
    twice = noise_variance(
        np.tile(ratio, 2),
        np.tile(ones, 2),
        np.tile(baseline, 2),
        np.ones(2 * ratio.size, int),
        np.append(time, time + 2e-3),
    )
    assert once > 0
    assert twice == pytest.approx(once, rel=1e-12)  # rounding
    assert noise_variance(ones + 0j, ones, baseline, ones.astype(int), time) == 0


@pytest.mark.parametrize("snr", [5, 10])
def test_phases_that_follow_the_noise_brighten(snr):
    # One integration of n antennas; the phases are fitted by alternating least squares.
    rng, n, trials = np.random.default_rng(snr), 10, 3000
    sigma = (n - 1) ** 0.5 / snr
    vis = np.triu(1 + sigma * (rng.standard_normal((trials, n, n)) + 1j * rng.standard_normal((trials, n, n))), 1)
    vis = vis + vis.conj().swapaxes(1, 2)
    gains = np.ones((trials, n), dtype=complex)
    for _ in range(50):
        gains += np.exp(1j * np.angle(np.einsum("tij,tj->ti", vis, gains)))
        gains /= np.abs(gains)
    aligned = np.einsum("ti,tij,tj->t", gains.conj(), vis, gains).real / (n * (n - 1))
    excess = np.mean(aligned - vis.real.sum(axis=(1, 2)) / (n * (n - 1)))
    assert excess == pytest.approx(phase_noise_bias(n - 1, sigma**2 / (n * (n - 1) / 2)), rel=0.25)  # to leading order


def test_noise_needs_two_integrations():
    alone = np.arange(5)
    assert np.isnan(noise_variance(np.ones(5) + 0j, np.ones(5), alone, alone, alone.astype(float)))
