"""The QA scores of hifa_spwphaseup."""

from ...domain.qa import AppliesTo, QAScore
from ...domain.selection import format_ids
from ...heuristics.scoring import SNR_OF_SOLUTIONS, interpolated
from .results import CalibratorPhases

# Lowest score of a check source, as check sources are often faint.
_LEAST_FOR_CHECK = 0.67


def phase_snr_score(vis: str, phases: CalibratorPhases) -> list[QAScore]:
    """Score the SNR of the phase solutions of a calibrator, by the spw with the lowest SNR.

    Returns
    -------
    list of QAScore
        One score; it is 0 for a calibrator without solutions.
    """
    limit = phases.choice.limit
    sources = {spw: phases.choice.spwmap.spwmap[spw] if phases.choice.spwmap.spwmap else spw for spw in phases.snr}
    snr = {spw: phases.achieved.get(source, 0.0) for spw, source in sources.items()}
    worst = min(snr, key=lambda spw: (snr[spw], spw))
    score = interpolated(snr[worst] / limit, SNR_OF_SOLUTIONS)
    if phases.intent == "CHECK":
        score = max(score, _LEAST_FOR_CHECK)
    low = [spw for spw in sorted(snr) if snr[spw] < 0.75 * limit]
    about = f"{vis}: {phases.field} ({phases.intent})"
    if low:
        shortmsg = "Low phase SNR"
        longmsg = f"{about}: median SNR of the phase solutions {snr[worst]:.1f} in spw {worst}, less than 0.75 of the "
        longmsg += f"{limit:g} asked for in spw {format_ids(low)}"
    else:
        shortmsg = "Phase SNR is good"
        longmsg = f"{about}: median SNR of the phase solutions {snr[worst]:.1f} or more"
    applies_to = AppliesTo(vis, phases.field, tuple(sorted(snr)), (phases.intent,))
    return [QAScore("phase_snr", float(score), shortmsg, longmsg, snr[worst], "", applies_to)]
