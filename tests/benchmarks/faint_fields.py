"""What CASA's gaincal and the stage make of faint calibrators: derived and calibrated flux densities, and the score.

The Monte Carlo of `bias_of_faint_gains` models gaincal; here the stage itself runs on simulated observations with
check sources of several flux densities. The table goes into docs/qa_bias.md, with the Monte Carlo's ratio for the
same baseline SNR beside the one measured.
"""

import argparse
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
from bias_of_faint_gains import Observation, run_stage
from simulated_run import markdown_table, measured_on, replace_section, run, scratch_directory

from pipeline_gfluxscale.domain.flux import FluxMeasurement
from pipeline_gfluxscale.heuristics.bias_score import bias_score
from pipeline_gfluxscale.simulation import SimulatedField, SimulatedScan, SimulationPlan, standard_plan

DOCUMENT = Path(__file__).parents[2] / "docs" / "qa_bias.md"
FLUXES_MJY = (5, 10, 20, 50, 100)
ANTENNAS, NOISE_JY, SCANS, INTEGRATIONS = 12, 0.1, 3, 5
FREQUENCIES = (229e9, 231e9)


def plan_with_check_sources(seed: int) -> SimulationPlan:
    """Return the usual observation with a quasar as reference, and check sources of every flux density."""
    plan = standard_plan(
        "quasar",
        check_flux_jy=None,
        phase_scans=2,
        wild=False,
        bandpass=False,
        catalogue_error=0.0,
        antennas=ANTENNAS,
        channels=16,
        spw_frequencies=FREQUENCIES,
        noise_jy=NOISE_JY,
        phase_noise=0.03,
        seed=seed,
    )
    first = len(plan.fields)
    fields = tuple(
        SimulatedField(f"check{flux}mJy", flux / 1000, 0.0, (6.0, -2.0 + number))
        for number, flux in enumerate(FLUXES_MJY)
    )
    checks = tuple(
        SimulatedScan(first + number, ("CHECK",), INTEGRATIONS) for number in range(len(fields)) for _ in range(SCANS)
    )
    return replace(plan, fields=plan.fields + fields, scans=plan.scans[:-1] + checks + plan.scans[-1:])


def baseline_snr(flux_mjy: float, bandwidth: float = 1.875e9) -> float:
    """Return the SNR of one polarisation on one baseline over a scan."""
    return flux_mjy / 1000 / (NOISE_JY * (31.25e6 / bandwidth / INTEGRATIONS) ** 0.5)


def row(name: str, flux: float, phases: str, measured: list[tuple[FluxMeasurement, float]], lost: int) -> list[str]:
    """Return a line of the table, from measurements and the true flux density of each."""
    snr = baseline_snr(flux)
    rng = np.random.default_rng(1)
    o = Observation(ANTENNAS, snr, phases, SCANS, INTEGRATIONS)
    expected = np.mean([run_stage(o, rng).ratio for _ in range(100)])
    derived, calibrated, off, scores = [], [], [], []
    for m, truth in measured:
        assert m.derived is not None
        assert m.calibrated is not None
        derived.append(m.derived.stokes.I / truth)
        calibrated.append(m.calibrated.stokes.I / truth)
        off.append((m.calibrated.stokes.I - truth) / m.calibrated.total_uncertainty)
        score = bias_score("", [m])
        scores.append(score.score if score else float("nan"))
    ratio = np.divide(derived, calibrated)
    return [
        f"{flux:g}",
        phases,
        f"{snr:.2f}",
        f"{o.phase_snr:.1f}",
        f"{np.mean(derived):.3f}",
        f"{np.mean(calibrated):.3f} ± {np.std(calibrated):.3f}",
        f"{np.mean(off):+.1f} ± {np.std(off):.1f}",
        f"{np.mean(ratio):.3f} ± {np.std(ratio):.3f}",
        f"{expected:.3f}",
        f"{np.mean(scores):.2f} ({np.min(scores):.2f} to {np.max(scores):.2f})",
        str(lost),
    ]


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--write", action="store_true", help=f"write the table into {DOCUMENT.name}")
    options = parser.parse_args()
    lines = []
    with scratch_directory():
        for phases in ("int", "inf"):
            measured = defaultdict(list)
            for seed in range(1, options.seeds + 1):
                results, truth, _ = run(plan_with_check_sources(seed), phaseupsolint=phases)
                for m in results.measurements:
                    if m.calibrated is not None and m.derived is not None:
                        measured[m.field].append((m, truth[m.field_id, m.spw]))
            for flux in FLUXES_MJY:
                name = f"check{flux}mJy"
                lost = options.seeds * len(FREQUENCIES) - len(measured[name])
                if measured[name]:
                    lines.append(row(name, flux, phases, measured[name], lost))
                    print(" | ".join(lines[-1]), flush=True)
    header = [
        "mJy", "phases", "baseline SNR", "phase SNR", "derived / truth", "calibrated / truth",
        "calibrated off / total", "ratio", "ratio of the Monte Carlo", "score", "lost",
    ]  # fmt: skip
    if options.write:
        text = (
            f"{measured_on('tests/benchmarks/faint_fields.py')} {options.seeds} realisations, 2 spws of "
            f"1.875 GHz, {ANTENNAS} antennas, {SCANS} scans of {INTEGRATIONS} integrations of 6 s.\n\n"
        )
        replace_section(DOCUMENT, "faint_fields", text + markdown_table(header, lines))


if __name__ == "__main__":
    main()
