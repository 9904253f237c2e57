"""The QA scores of hifa_bandpass."""

import math

from ...domain.measurementset import MeasurementSet
from ...domain.qa import AppliesTo, QAScore
from ...domain.selection import format_ids
from ...heuristics.scoring import SNR_OF_SOLUTIONS, interpolated
from .results import BandpassResults


def bandpass_scores(results: BandpassResults, ms: MeasurementSet, wanted_snr: float) -> list[QAScore]:
    """Return the scores for antennas without a bandpass, and for the SNR of the solutions."""
    if not results.bandpass:
        return [
            QAScore(
                "bandpass", 0.0, "No bandpass", f"{results.vis}: {results.error}", applies_to=AppliesTo(results.vis)
            )
        ]
    return [_coverage(results, ms), *_snr(results, wanted_snr)]


def _coverage(results: BandpassResults, ms: MeasurementSet) -> QAScore:
    """Score the fraction of antennas that have a bandpass in all spws."""
    names = [antenna.name for antenna in ms.antennas]
    without: dict[str, list[int]] = {}
    for spw in results.bandpass:
        for name in sorted(set(names) - spw.solved):
            without.setdefault(name, []).append(spw.spw)
    fraction = 1 - len(without) / len(names)
    if without:
        lacking = ", ".join(f"{name} (spw {format_ids(spws)})" for name, spws in sorted(without.items()))
        short, long = "Antennas without bandpass", f"no bandpass of {lacking}"
    else:
        short, long = "Every antenna has a bandpass", "every antenna has a bandpass in all spws"
    score = interpolated(fraction, ((0.0, 0.0), (0.8, 0.33), (0.9, 0.66), (1.0, 1.0)))
    about = AppliesTo(results.vis, spw=tuple(solutions.spw for solutions in results.bandpass))
    return QAScore("bandpass_coverage", score, short, f"{results.vis}: {long}", fraction, "fraction", about)


def _snr(results: BandpassResults, wanted: float) -> list[QAScore]:
    known = [spw for spw in results.spws if math.isfinite(spw.solution_snr)]
    if not known:
        return []
    worst = min(known, key=lambda spw: (spw.solution_snr, spw.spw))
    low = [spw.spw for spw in known if spw.solution_snr < 0.75 * wanted]
    short = "Low bandpass SNR" if low else "Bandpass SNR is good"
    long = f"expected SNR of a solution {worst.solution_snr:.1f} in spw {worst.spw}"
    long += f", less than 0.75 of the {wanted:g} asked for in spw {format_ids(low)}" if low else " or more"
    score = interpolated(worst.solution_snr / wanted, SNR_OF_SOLUTIONS)
    about = AppliesTo(results.vis, spw=tuple(spw.spw for spw in known))
    return [QAScore("bandpass_snr", score, short, f"{results.vis}: {long}", worst.solution_snr, "", about)]
