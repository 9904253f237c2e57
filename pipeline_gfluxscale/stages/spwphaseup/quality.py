"""The QA scores of hifa_spwphaseup."""

from ...domain.qa import AppliesTo, QAScore
from ...domain.selection import format_ids
from ...heuristics.scores import interpolated
from .results import CalibratorPhases

# Achieved SNR over the one that was asked for, and the score; the limits of the bands are the pipeline's.
SNR_SCORES = ((0.0, 0.0), (0.33, 0.33), (0.5, 0.66), (0.75, 0.901), (1.0, 1.0))
# A check source may be as faint as it is: it is never worse than this.
_LEAST_FOR_CHECK = 0.67


def phase_snr_score(vis: str, phases: CalibratorPhases) -> list[QAScore]:
    """Score the SNR that the phase solutions of a calibrator have, by its worst spw.

    Returns
    -------
    list of QAScore
        One; a calibrator without solutions gets 0.
    """
    limit = phases.choice.limit
    served = {spw: phases.choice.spwmap.spwmap[spw] if phases.choice.spwmap.spwmap else spw for spw in phases.snr}
    snr = {spw: phases.achieved.get(source, 0.0) for spw, source in served.items()}
    worst = min(snr, key=lambda spw: (snr[spw], spw))
    score = interpolated(snr[worst] / limit, SNR_SCORES)
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
