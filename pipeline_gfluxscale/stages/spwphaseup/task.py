"""hifa_spwphaseup: choose how phases are solved for, and solve for the phase offsets between spws."""

import logging
from dataclasses import replace

import numpy as np

from ...domain.calibration import CalApplication, CalTable, CalTo
from ...domain.observation import Observation
from ...domain.spwmap import SpwMap
from ...heuristics.phase_up import (
    FAINT_INTENTS,
    PhaseUpChoice,
    SetupSnr,
    choose_phase_up,
    combine_spws,
    narrow_to_wide,
    reference_time,
    snr_in_reference_time,
)
from ...pipeline.basetask import StandardTask
from ..shared.calibrator_data import CalibratorData, calibrator_data
from ..shared.phase_snr import measure_setup_snr
from ..shared.resolved_models import with_resolved_models
from ..shared.tables import TableNames
from .inputs import SpwPhaseupInputs
from .quality import phase_snr_score
from .results import CalibratorPhases, SpwPhaseupResults
from .solve import achieved_snr, solve_offsets

LOG = logging.getLogger(__name__)

Setups = dict[tuple[str, str], list[Observation]]


class SpwPhaseup(StandardTask[SpwPhaseupInputs, SpwPhaseupResults]):
    """Choose how the phases of each calibrator are solved for, and solve for the phase offsets between spws.

    The signal-to-noise ratio (SNR) of a calibrator's phase solutions is estimated for each spw from the noise of its
    data. Where all spws have enough, each is solved for by itself; where some have, the others take the phases of the
    best one; else all are solved for together, then both polarisations together, and then for as long as it takes.
    Later stages find what was chosen in the context. The phase offsets between spws, which make spws alike, are solved
    for with the bandpass calibrator, and are applied by later stages.

    Raises
    ------
    InputError
        A parameter cannot be used.

    Examples
    --------
    >>> hifa_spwphaseup(hm_spwmapmode="combine")  # doctest: +SKIP
    """

    inputs_type = SpwPhaseupInputs
    results_type = SpwPhaseupResults

    def prepare(self) -> SpwPhaseupResults:
        """Measure the SNR, choose the phase solves, solve for the offsets, and measure the SNR of the solutions."""
        inputs = self.inputs
        results = SpwPhaseupResults(inputs.ms.name, unregister_existing=inputs.unregister_existing)
        names = TableNames(inputs.context, inputs.ms, "hifa_spwphaseup")
        calibrators, sources = inputs.calibrators, inputs.sources
        context = inputs.context_without("hifa_spwphaseup")
        wanted = with_resolved_models(inputs.ms, calibrators + sources)
        with calibrator_data(inputs.ms, wanted, context, self.step) as data:
            with self.step("Measure SNR"):
                results.calibrators = [
                    phases_of(inputs, data, members) for members in _by_calibrator(calibrators).values()
                ]
            with self.step("Phase offsets"):
                table = solve_offsets(inputs, data, sources, names)
            with self.step("Achieved SNR"):
                results.calibrators = [
                    replace(phases, achieved=achieved_snr(inputs, data, members, phases.choice.spwmap, table))
                    for phases, members in zip(results.calibrators, _by_calibrator(calibrators).values(), strict=True)
                ]
        if table is None:
            results.warnings.append("no phase offsets between spws could be solved for")
        else:
            # calwt=False: phase offsets do not change weights.
            how = CalTable(str(table), gainfield="nearest", interp="linear,linear", calwt=False)
            results.offsets = CalApplication(CalTo(vis=inputs.ms.name), (how,))
        return results

    def analyse(self, results: SpwPhaseupResults) -> SpwPhaseupResults:
        """Score the SNR of the phase solutions."""
        results.qa = [score for phases in results.calibrators for score in phase_snr_score(results.vis, phases)]
        return results


def phases_of(inputs: SpwPhaseupInputs, data: CalibratorData, members: list[Observation]) -> CalibratorPhases:
    """Estimate the SNR of a calibrator's solutions, and choose how its phases are solved for."""
    setups = [measure_setup_snr(data, inputs.ms, member) for member in members]
    intent, field = members[0].intent, members[0].field
    choice = _choose(inputs, setups, members)
    LOG.info("%s: %s (%s): %s", inputs.ms.name, field.name, intent, choice.reason)
    snr = {spw: value for setup in setups for spw, value in snr_in_reference_time(setup, intent).items()}
    return CalibratorPhases(intent, field.name, choice, reference_time(setups[0], intent), snr, achieved={})


def _choose(inputs: SpwPhaseupInputs, setups: list[SetupSnr], members: list[Observation]) -> PhaseUpChoice:
    intent, n = members[0].intent, len(inputs.ms.spectral_windows)
    limit = inputs.phasesnr if intent in FAINT_INTENTS else inputs.intphasesnr
    is_reference = "AMPLITUDE" in members[0].field.intents
    unknown = any(np.isnan(snr) for setup in setups for snr in setup.snr.values())
    if inputs.hm_spwmapmode == "default":
        return PhaseUpChoice(SpwMap(solint="int"), limit, "each spw by itself, as hm_spwmapmode='default'")
    if inputs.hm_spwmapmode == "simple" or (unknown and inputs.hm_spwmapmode == "auto"):
        spws = [inputs.ms.spw(spw) for member in members for spw in member.spws]
        spwmap = narrow_to_wide(spws, n, inputs.narrow_hz, inputs.minfracmaxbw, inputs.samebb)
        why = "as hm_spwmapmode='simple'" if inputs.hm_spwmapmode == "simple" else "as the SNR cannot be measured"
        return PhaseUpChoice(spwmap, limit, f"narrow spws take the phases of wide ones, {why}")
    if unknown:
        setups = [replace(setup, snr={spw: np.nan_to_num(snr) for spw, snr in setup.snr.items()}) for setup in setups]
    choose = combine_spws if inputs.hm_spwmapmode == "combine" else choose_phase_up
    return choose(setups, intent, inputs.limits, num_spws=n, is_flux_reference=is_reference)


def _by_calibrator(observations: list[Observation]) -> Setups:
    """Return the spectral setups of each calibrator, by intent and field name."""
    setups: Setups = {}
    for observation in observations:
        setups.setdefault((observation.intent, observation.field.name), []).append(observation)
    return setups
