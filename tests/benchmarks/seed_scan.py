"""Are the stage's uncertainties honest? Many realisations of one observation, compared with the truth.

With stable gains and with gains that drift from scan to scan, at low and at high noise, for a quasar and for a
resolved solar-system reference. The spws of a field share a drift, so that realisations, not spws, are independent:
mean and standard deviation are taken over realisations, one spw at a time, and averaged over spws (the mean is, the
standard deviations in quadrature).

The table goes into docs/uncertainties.md.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from simulated_run import (
    ROLES,
    SimulatedRun,
    markdown_table,
    measured_on,
    replace_section,
    run,
    scratch_directory,
)

from pipeline_gfluxscale.simulation import standard_plan

DOCUMENT = Path(__file__).parents[2] / "docs" / "uncertainties.md"
HONEST = (0.7, 1.4)


class Case(NamedTuple):
    """A kind of observation; `noise` is that of a channel of 31.25 MHz in 6 s (Jy), `spread` is of the antennas."""

    reference: str
    drift: float
    noise: float
    antennas: int
    spread: float


class Deviation(NamedTuple):
    """How far a flux density or spectral index lies from the truth, in units of each of its uncertainties."""

    total: float
    noise: float
    statistical: float
    relative: float
    spix: float


def realise(case: Case, seed: int) -> Iterator[tuple[tuple[str, int], Deviation]]:
    """Yield the deviation of each field (by its intent) and spw."""
    plan = standard_plan(
        case.reference,
        wild=False,
        bandpass=False,
        catalogue_error=0.0,
        antennas=case.antennas,
        spread=case.spread,
        channels=16,
        spw_frequencies=(224e9, 242e9),
        gain_drift=case.drift,
        noise_jy=case.noise,
        seed=seed,
    )
    yield from deviations(run(plan))


def deviations(simulated: SimulatedRun) -> Iterator[tuple[tuple[str, int], Deviation]]:
    """Compare the results of a run with the truth."""
    fits = {fit.field_id: fit.fit for fit in simulated.results.spectral_fits}
    for m in simulated.results.measurements:
        truth, calibrated, fit = simulated.flux[m.field_id, m.spw], m.calibrated, fits.get(m.field_id)
        if calibrated is None:
            continue
        off = calibrated.stokes.I - truth
        spix = float("nan")
        if fit is not None and fit.spix is not None and fit.spix_uncertainty:
            spix = (fit.spix - simulated.spix[m.field_id]) / fit.spix_uncertainty
        role = next(intent for intent in ROLES if intent in m.intents)
        yield (
            (role, m.spw),
            Deviation(
                off / calibrated.total_uncertainty,
                off / calibrated.noise,
                off / calibrated.uncertainty,
                off / truth,
                spix,
            ),
        )


def scan(case: Case, seeds: Sequence[int]) -> dict[tuple[str, int], np.ndarray]:
    """Return the deviations, shape (n_seed, 5), by intent and spw."""
    found = defaultdict(list)
    for seed in seeds:
        for key, deviation in realise(case, seed):
            found[key].append(deviation)
    return {key: np.array(values) for key, values in found.items()}


def summarise(found: dict[tuple[str, int], np.ndarray], role: str) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of each kind of deviation, over seeds and then over spws."""
    spws = [values for (of, _), values in found.items() if of == role]
    means = np.mean([np.nanmean(values, axis=0) for values in spws], axis=0)
    return means, np.sqrt(np.mean([np.nanvar(values, axis=0, ddof=1) for values in spws], axis=0))


def rows(case: Case, found: dict[tuple[str, int], np.ndarray]) -> Iterator[list[str]]:
    """Yield a row of the table for each field."""
    for role in ROLES:
        mean, std = map(Deviation._make, summarise(found, role))
        honest = all(HONEST[0] <= value <= HONEST[1] for value in (std.total, std.spix))
        yield [
            case.reference,
            str(case.antennas),
            f"{case.drift:.0%}",
            f"{case.noise:g}",
            role,
            f"{100 * mean.relative:+.2f} ± {100 * std.relative:.2f}",
            f"{mean.total:+.2f} ± {std.total:.2f}",
            f"{mean.noise:+.2f} ± {std.noise:.2f}",
            f"{mean.statistical:+.2f} ± {std.statistical:.2f}",
            f"{mean.spix:+.2f} ± {std.spix:.2f}",
            "yes" if honest else "NO",
        ]


def main() -> None:
    """Run the scan."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=60, help="number of realisations of each case")
    parser.add_argument("--reference", default="quasar", help="amplitude calibrator")
    parser.add_argument("--drifts", nargs="+", type=float, default=[0.0, 0.01])
    parser.add_argument("--noises", nargs="+", type=float, default=[0.1, 0.4])
    parser.add_argument("--antennas", type=int, default=10)
    parser.add_argument("--spread", type=float, default=1.0, help="factor on the distances of the antennas")
    parser.add_argument("--write", action="store_true", help=f"write the table into {DOCUMENT.name}")
    options = parser.parse_args()
    header = [
        "reference", "antennas", "drift", "noise (Jy)", "field", "off (%)", "off / total", "off / noise",
        "off / statistical", "spix off / its error", "honest",
    ]  # fmt: skip
    lines = []
    print(markdown_table(header, []), end="", flush=True)
    with scratch_directory():
        for drift in options.drifts:
            for noise in options.noises:
                case = Case(options.reference, drift, noise, options.antennas, options.spread)
                for row in rows(case, scan(case, range(1, options.seeds + 1))):
                    lines.append(row)
                    print(f"| {' | '.join(row)} |", flush=True)
    if options.write:
        measured = f"{measured_on('tests/benchmarks/seed_scan.py')} {options.seeds} realisations of each case."
        replace_section(DOCUMENT, f"seed_scan {options.reference}", f"{measured}\n\n{markdown_table(header, lines)}")


if __name__ == "__main__":
    main()
