"""How much noise biases the flux densities of faint calibrators, and whether derived / calibrated tells.

A Monte Carlo of the stage on a point source of 1 Jy: phases per integration or scan and polarisation,
amplitudes per scan from both polarisations, then the flux densities of fluxscale ("derived") and of the
calibrated visibilities ("calibrated"). Run as a script, it prints the table of docs/qa_bias.md.

The heart of the matter is that gaincal with calmode='a' fits the moduli of the averaged visibilities, and the
modulus of a noisy number is too large, by 1 / (2 SNR**2).
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline_gfluxscale.heuristics.flux_statistics import combine_polarisations, visibility_flux

ITERATIONS = 60


@dataclass(frozen=True)
class Observation:
    """An observation of a calibrator in one spw.

    Attributes
    ----------
    n_ant, n_scan, n_int : int
        Antennas, scans, and integrations in a scan.
    baseline_snr : float
        Flux density over the noise of one polarisation on one baseline, averaged over a scan.
    phases : {'known', 'inf', 'int'}
        Whether phases are perfect, or solved per scan or per integration.
    """

    n_ant: int
    baseline_snr: float
    phases: str
    n_scan: int = 10
    n_int: int = 5

    @property
    def phase_snr(self) -> float:
        """SNR of the phase solution of one antenna and polarisation; infinite if it is known."""
        if self.phases == "known":
            return float("inf")
        n_solutions = self.n_int if self.phases == "int" else 1
        return self.baseline_snr * float(np.sqrt((self.n_ant - 1) / n_solutions))


@dataclass(frozen=True)
class Fluxes:
    """What the stage finds for a source of 1 Jy; the errors are its own estimates."""

    derived: float
    derived_error: float
    calibrated: float
    calibrated_error: float

    @property
    def ratio(self) -> float:
        return self.derived / self.calibrated


def simulate(observation: Observation, rng: np.random.Generator) -> NDArray[np.complex128]:
    """Noisy visibilities of 1 Jy, Hermitian, of shape (n_scan, 2, n_int, n_ant, n_ant)."""
    o = observation
    shape = (o.n_scan, 2, o.n_int, o.n_ant, o.n_ant)
    sigma = np.sqrt(o.n_int) / o.baseline_snr
    noise = sigma * (rng.standard_normal(shape) + 1j * rng.standard_normal(shape))
    upper = np.triu(1 + noise, k=1)
    return np.asarray(upper + upper.conj().swapaxes(-1, -2))


def solve_phases(vis: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Phase factors of the antennas, shape (..., n_ant), by alternating least squares."""
    gains = vis[..., 0].copy()
    gains[..., 0] = 1.0
    gains /= np.abs(gains)
    for _ in range(ITERATIONS):
        step = np.einsum("...ij,...j->...i", vis, gains)
        gains += step / np.abs(step)
        gains /= np.abs(gains)
    return gains


def solve_amplitudes(amplitude: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gain amplitudes of the antennas, shape (..., n_ant), from the moduli of the visibilities."""
    gains = np.ones(amplitude.shape[:-1])
    for _ in range(ITERATIONS):
        power = (gains**2).sum(axis=-1, keepdims=True) - gains**2
        gains = (gains + np.einsum("...ij,...j->...i", amplitude, gains) / power) / 2
    return gains


def phased_up(vis: NDArray[np.complex128], how: str) -> NDArray[np.complex128]:
    """Visibilities with their phases solved for and taken out."""
    if how == "known":
        return vis
    phases = solve_phases(vis if how == "int" else vis.mean(axis=2, keepdims=True))
    return np.asarray(vis * phases.conj()[..., :, None] * phases[..., None, :])


def run_stage(observation: Observation, rng: np.random.Generator) -> Fluxes:
    """Solve, transfer and measure; the reference calibrator is free of noise, and its gains are all 1."""
    vis = phased_up(simulate(observation, rng), observation.phases)
    gains = solve_amplitudes(np.abs(vis.mean(axis=2)).mean(axis=1))

    of_antennas = gains.mean(axis=0) ** 2
    derived = float(np.median(of_antennas))
    derived_error = float(of_antennas.std() / np.sqrt(observation.n_ant))

    scaled = gains / np.sqrt(derived)
    correction = (scaled[:, :, None] * scaled[:, None, :])[:, None, None]
    return Fluxes(derived, derived_error, *_measured(vis / correction, correction**2))


def _measured(calibrated: NDArray[np.complex128], weights: NDArray[np.float64]) -> tuple[float, float]:
    n_scan, _, n_int, n_ant, _ = calibrated.shape
    first, second = np.triu_indices(n_ant, k=1)
    weights = np.broadcast_to(weights, calibrated.shape)[..., first, second]
    antenna1, antenna2 = (np.tile(antenna, n_scan * n_int) for antenna in (first, second))
    times = np.repeat(np.arange(n_scan * n_int), first.size)
    vis = calibrated[..., first, second]
    measured = combine_polarisations(
        visibility_flux(vis[:, pol].ravel(), weights[:, pol].ravel(), antenna1, antenna2, times) for pol in (0, 1)
    )
    assert measured is not None
    return measured


def table(trials: int) -> Iterator[str]:
    """The lines of a Markdown table."""
    yield (
        "| antennas | phases | baseline SNR | phase SNR | derived | calibrated | ratio "
        "| scatter of ratio | error of calibrated | error of both |"
    )
    yield "|" + "---|" * 10
    rng = np.random.default_rng(20261123)
    for n_ant, phases in ((10, "known"), (10, "inf"), (10, "int"), (43, "inf"), (43, "int")):
        for snr in (0.7, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0, 20.0):
            o = Observation(n_ant, snr, phases)
            yield _row(o, [run_stage(o, rng) for _ in range(trials)])


def _row(o: Observation, runs: list[Fluxes]) -> str:
    derived, calibrated = np.mean([(r.derived, r.calibrated) for r in runs], axis=0)
    ratio = [r.ratio for r in runs]
    relative = np.array([(r.derived_error / r.derived, r.calibrated_error / r.calibrated) for r in runs])
    setup = f"| {o.n_ant} | {o.phases} | {o.baseline_snr:g} | {o.phase_snr:.1f} "
    fluxes = f"| {derived:.3f} | {calibrated:.3f} | {np.mean(ratio):.4f} | {np.std(ratio):.4f} "
    return setup + fluxes + f"| {relative[:, 1].mean():.4f} | {np.hypot(*relative.T).mean():.4f} |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=50)
    for line in table(parser.parse_args().trials):
        print(line, flush=True)
