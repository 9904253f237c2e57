"""Choose how the phases of a calibrator are solved for, by the published rules of the ALMA Pipeline's hifa_spwphaseup.

Phase solutions need a signal-to-noise ratio (SNR): `phasesnr` within a scan for phase calibrators and check sources,
`intphasesnr` within an integration for other calibrators.

* If all spws of a setup have this SNR, each spw is solved for by itself.
* If some spws have it, the phases of the spw with the highest SNR are applied to the spws that do not have it.
* If no spw has it, all spws are solved for together; if that is not enough, both polarisations are solved for together
  too; and if that is not enough, the solution interval is lengthened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..domain.json_shape import FLAT
from ..domain.measurementset import SpectralWindow
from ..domain.spwmap import SpwMap

MODES = ("auto", "combine", "simple", "default")
# Intents whose solutions are interpolated in time, so that one good solution per scan is enough.
FAINT_INTENTS = ("PHASE", "CHECK")


@dataclass(frozen=True)
class SetupSnr:
    """The expected SNR of phase solutions of the spws of a spectral setup.

    Attributes
    ----------
    snr : mapping of int to float
        SNR of the phase of an antenna in one integration and polarisation, by spw.
    integration, scan : float
        Length of an integration and of a scan (s).
    """

    snr: Mapping[int, float]
    integration: float
    scan: float


@dataclass(frozen=True)
class PhaseLimits:
    """The SNR that phase solutions need, and their longest interval; names and defaults as in the ALMA Pipeline.

    Attributes
    ----------
    phasesnr : float
        SNR within a scan for phase calibrators and check sources.
    intphasesnr : float
        SNR within an integration for other calibrators.
    intphasesnrmin : float
        SNR within an integration for an amplitude calibrator that does not reach `intphasesnr` in one integration.
    phaseupmaxsolint : float
        Longest solution interval of calibrators other than phase calibrators and check sources (s).
    """

    phasesnr: float = 32.0
    intphasesnr: float = 10.0
    intphasesnrmin: float = 3.0
    phaseupmaxsolint: float = 60.0


@dataclass(frozen=True)
class PhaseUpChoice:
    """How the phases of a calibrator are solved for.

    Attributes
    ----------
    spwmap : SpwMap
    limit : float
        The SNR that solutions need within a scan or an integration, see `reference_time`.
    reason : str
        The reason for the choice, in words.
    """

    spwmap: SpwMap = field(metadata=FLAT)
    limit: float
    reason: str


def reference_time(setup: SetupSnr, intent: str) -> float:
    """Return the time (s) within which the solutions of an intent have to reach the SNR that they need."""
    return setup.scan if intent in FAINT_INTENTS else setup.integration


def snr_in_reference_time(setup: SetupSnr, intent: str) -> dict[int, float]:
    """Return the SNR of each spw within `reference_time`."""
    gain = np.sqrt(reference_time(setup, intent) / setup.integration)
    return {spw: float(snr * gain) for spw, snr in setup.snr.items()}


def choose_phase_up(
    setups: Sequence[SetupSnr], intent: str, limits: PhaseLimits, *, num_spws: int, is_flux_reference: bool = False
) -> PhaseUpChoice:
    """Choose how the phases of a field are solved for by the SNR of its solutions.

    Parameters
    ----------
    setups : sequence of SetupSnr
        Every spectral setup that the field was observed with.
    intent : str
        Pipeline intent.
    limits : PhaseLimits
    num_spws : int
        Number of spws of the MeasurementSet.
    is_flux_reference : bool
        Whether the field is also the amplitude calibrator, which would lose amplitude in a long solution interval.
    """
    limit = limits.phasesnr if intent in FAINT_INTENTS else limits.intphasesnr
    good = [[spw for spw, snr in snr_in_reference_time(setup, intent).items() if snr >= limit] for setup in setups]
    if all(len(spws) == len(setup.snr) for setup, spws in zip(setups, good, strict=True)):
        return PhaseUpChoice(SpwMap(solint="int"), limit, "all spws have the SNR")
    if all(good):
        best = {
            spw: spw if spw in spws else max(spws, key=setup.snr.__getitem__)
            for setup, spws in zip(setups, good, strict=True)
            for spw in setup.snr
        }
        reason = "spws without the SNR take the phases of the best one"
        return PhaseUpChoice(SpwMap(spwmap=_full_map(best, num_spws), solint="int"), limit, reason)
    return combine_spws(setups, intent, limits, num_spws=num_spws, is_flux_reference=is_flux_reference)


def combine_spws(
    setups: Sequence[SetupSnr], intent: str, limits: PhaseLimits, *, num_spws: int, is_flux_reference: bool = False
) -> PhaseUpChoice:
    """Choose how phases are solved for when the spws of each setup are combined; see `choose_phase_up`.

    The setup with the lowest SNR determines the solution interval.
    """
    limit = limits.phasesnr if intent in FAINT_INTENTS else limits.intphasesnr
    worst = min(setups, key=lambda setup: _together(snr_in_reference_time(setup, intent)))
    snr = _together(snr_in_reference_time(worst, intent))
    combine = max(len(setup.snr) for setup in setups) > 1
    lowest = {spw: min(setup.snr) for setup in setups for spw in setup.snr}
    spwmap = _full_map(lowest, num_spws) if combine else ()
    words = "all spws are solved for together" if combine else "the only spw has less than the SNR"
    if _is_one_integration(n := _integrations_needed(limit, snr)):
        return PhaseUpChoice(SpwMap(combine, spwmap, "int", "G"), limit, words)
    gaintype = "G"
    if combine:
        gaintype, n = "T", n / 2
        words += ", and both polarisations"
    if intent not in FAINT_INTENTS and is_flux_reference and not _is_one_integration(n):
        n *= (limits.intphasesnrmin / limits.intphasesnr) ** 2
        limit = limits.intphasesnrmin
    if _is_one_integration(n):
        return PhaseUpChoice(SpwMap(combine, spwmap, "int", gaintype), limit, words)
    if intent in FAINT_INTENTS:
        seconds = _part_of_scan(n * worst.integration, worst.scan)
    else:
        most = max(1, round(limits.phaseupmaxsolint / worst.integration))
        seconds = min(round(min(n, most)), most) * worst.integration
    if seconds * 1.001 < n * worst.integration:
        words += f", for {seconds:.3f} s: less than the SNR needs"
    return PhaseUpChoice(SpwMap(combine, spwmap, f"{seconds:.3f}s", gaintype), limit, words)


def narrow_to_wide(
    spws: Sequence[SpectralWindow], num_spws: int, maxnarrowbw: float, minfracmaxbw: float, samebb: bool
) -> SpwMap:
    """Choose the wide spw whose phases are applied to each narrow spw of a setup.

    A spw is narrow if its bandwidth is `maxnarrowbw` or less. Candidates are the spws that are wider than it, and have
    at least the fraction `minfracmaxbw` of the widest bandwidth; with `samebb` only spws of the same baseband, if there
    are any. The candidate nearest in frequency is chosen.

    Parameters
    ----------
    spws : sequence of SpectralWindow
    num_spws : int
        Number of spws of the MeasurementSet.
    maxnarrowbw : float
        Hz
    minfracmaxbw : float
    samebb : bool
    """
    widest = max(spw.bandwidth for spw in spws)
    chosen = {}
    for spw in spws:
        wide = [w for w in spws if w.bandwidth > spw.bandwidth and w.bandwidth >= minfracmaxbw * widest]
        beside = [w for w in wide if w.baseband == spw.baseband] if samebb else []
        if spw.bandwidth <= maxnarrowbw and wide:
            chosen[spw.id] = min(
                beside or wide,
                key=lambda w, spw=spw: abs(w.mean_frequency - spw.mean_frequency),  # type: ignore[misc]
            ).id
    return SpwMap(spwmap=_full_map(chosen, num_spws) if chosen else (), solint="int")


def _together(snr: Mapping[int, float]) -> float:
    """Return the SNR of a solution for all spws."""
    return float(np.linalg.norm(list(snr.values())))


def _integrations_needed(limit: float, snr: float) -> float:
    ratio = limit / snr if snr > 0 else float("inf")
    return ratio * ratio  # inf for a very large ratio, with which ** raises OverflowError


def _is_one_integration(n: float) -> bool:
    """Whether a number of integrations is one when rounded."""
    return n < 1.5


def _part_of_scan(needed: float, scan: float) -> float:
    """Return a solution interval (s) of at most half of the scan that divides the scan without a remainder."""
    parts = int(scan / needed) if np.isfinite(needed) else 0
    return scan / max(2, parts)


def _full_map(source_of: Mapping[int, int], num_spws: int) -> tuple[int, ...]:
    return tuple(source_of.get(spw, spw) for spw in range(num_spws))
