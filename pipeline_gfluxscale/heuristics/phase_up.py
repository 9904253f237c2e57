"""How the phases of a calibrator are solved for: each spw by itself, some with others' phases, or all together.

The rules are those that the ALMA Pipeline publishes of its hifa_spwphaseup. A phase solution has to have a
signal-to-noise ratio (SNR): `phasesnr` within a scan for phase calibrators and check sources, `intphasesnr` within an
integration for the others. Where all spws of a setup have it, each is solved for by itself. Where some have it, the
others take the phases of the best one. Where none has it, the spws are solved for together, then the polarisations too,
and then for as long as it takes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..domain.json_shape import FLAT
from ..domain.measurementset import SpectralWindow
from ..domain.spwmap import SpwMap

MODES = ("auto", "combine", "simple", "default")
# Their solutions are interpolated in time, so that a scan is what counts.
FAINT_INTENTS = ("PHASE", "CHECK")


@dataclass(frozen=True)
class SetupSnr:
    """What phase solutions of the spws of a spectral setup will have.

    Attributes
    ----------
    snr : mapping of int to float
        By spw: SNR of an antenna's phase in an integration and polarisation.
    integration, scan : float
        Length of an integration and of a scan (s).
    """

    snr: Mapping[int, float]
    integration: float
    scan: float


@dataclass(frozen=True)
class PhaseLimits:
    """What is asked of phase solutions; names and defaults are the pipeline's.

    Attributes
    ----------
    phasesnr : float
        SNR within a scan, of phase calibrators and check sources.
    intphasesnr : float
        SNR within an integration, of the others.
    intphasesnrmin : float
        The same, of an amplitude calibrator that would need more than an integration.
    phaseupmaxsolint : float
        Longest solution interval of calibrators other than phase calibrators and check sources (s).
    """

    phasesnr: float = 32.0
    intphasesnr: float = 10.0
    intphasesnrmin: float = 3.0
    phaseupmaxsolint: float = 60.0


@dataclass(frozen=True)
class PhaseUpChoice:
    """How phases are solved for.

    Attributes
    ----------
    spwmap : SpwMap
    limit : float
        The SNR that was asked for: within a scan or an integration, see `reference_time`.
    reason : str
        In words.
    """

    spwmap: SpwMap = field(metadata=FLAT)
    limit: float
    reason: str


def reference_time(setup: SetupSnr, intent: str) -> float:
    """Return the time (s) within which the solutions of an intent have to have their SNR."""
    return setup.scan if intent in FAINT_INTENTS else setup.integration


def snr_in_reference_time(setup: SetupSnr, intent: str) -> dict[int, float]:
    """Return the SNR of each spw within the time that counts for an intent."""
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
        Whether it is the amplitude calibrator too, of which a long solution interval loses flux density.
    """
    limit = limits.phasesnr if intent in FAINT_INTENTS else limits.intphasesnr
    good = [[spw for spw, snr in snr_in_reference_time(each, intent).items() if snr >= limit] for each in setups]
    if all(len(spws) == len(setup.snr) for setup, spws in zip(setups, good, strict=True)):
        return PhaseUpChoice(SpwMap(solint="int"), limit, "all spws have the SNR")
    if all(good):
        best = {
            spw: spw if spw in spws else max(spws, key=lambda each, setup=setup: setup.snr[each])  # type: ignore[misc]
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

    The setup with the lowest SNR says how long a solution has to be.
    """
    limit = limits.phasesnr if intent in FAINT_INTENTS else limits.intphasesnr
    worst = min(setups, key=lambda each: _together(snr_in_reference_time(each, intent)))
    snr = _together(snr_in_reference_time(worst, intent))
    combine = max(len(each.snr) for each in setups) > 1
    lowest = {spw: min(each.snr) for each in setups for spw in each.snr}
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
    """Choose wide spws whose phases serve the narrow ones of a setup.

    A spw of `maxnarrowbw` or less takes those of the one that is the nearest in frequency of the spws wider than
    itself and than `minfracmaxbw` of the widest; of its own baseband, if there is one and `samebb` asks for it.

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
    served = {}
    for spw in spws:
        wide = [w for w in spws if w.bandwidth > spw.bandwidth and w.bandwidth >= minfracmaxbw * widest]
        beside = [w for w in wide if w.baseband == spw.baseband] if samebb else []
        if spw.bandwidth <= maxnarrowbw and wide:
            served[spw.id] = min(
                beside or wide,
                key=lambda w, spw=spw: abs(w.mean_frequency - spw.mean_frequency),  # type: ignore[misc]
            ).id
    return SpwMap(spwmap=_full_map(served, num_spws) if served else (), solint="int")


def _together(snr: Mapping[int, float]) -> float:
    """Return the SNR of a solution for all spws."""
    return float(np.linalg.norm(list(snr.values())))


def _integrations_needed(limit: float, snr: float) -> float:
    ratio = limit / snr if snr > 0 else float("inf")
    return ratio * ratio  # inf where ** would overflow


def _is_one_integration(n: float) -> bool:
    """Whether a number of integrations is one when rounded."""
    return n < 1.5


def _part_of_scan(needed: float, scan: float) -> float:
    """Return a half of the scan or less (s), of which a whole number makes the scan: no remainder is left alone."""
    parts = int(scan / needed) if np.isfinite(needed) else 0
    return scan / max(2, parts)


def _full_map(served: Mapping[int, int], num_spws: int) -> tuple[int, ...]:
    return tuple(served.get(spw, spw) for spw in range(num_spws))
