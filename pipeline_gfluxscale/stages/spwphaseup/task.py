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
    """The stage, for one MeasurementSet."""

    results_type = SpwPhaseupResults

    def prepare(self) -> SpwPhaseupResults:
        """Measure the SNR, choose, solve for the offsets, and see what SNR the solutions have."""
        inputs = self.inputs
        results = SpwPhaseupResults(inputs.ms.name, unregister_existing=inputs.unregister_existing)
        names = TableNames(inputs.context, inputs.ms, "hifa_spwphaseup")
        calibrators, sources = inputs.calibrators, inputs.sources
        context = inputs.context_without("hifa_spwphaseup")
        wanted = with_resolved_models(inputs.ms, calibrators + sources)
        with calibrator_data(inputs.ms, wanted, context, self.step) as data:
            with self.step("Measure SNR"):
                results.calibrators = [phases_of(inputs, data, each) for each in _by_calibrator(calibrators).values()]
            with self.step("Phase offsets"):
                table = solve_offsets(inputs, data, sources, names)
            with self.step("Achieved SNR"):
                results.calibrators = [
                    replace(each, achieved=achieved_snr(inputs, data, members, each.choice.spwmap, table))
                    for each, members in zip(results.calibrators, _by_calibrator(calibrators).values(), strict=True)
                ]
        if table is None:
            results.warnings.append("no phase offsets between spws could be solved for")
        else:
            # The phase offsets have no weight to tell.
            how = CalTable(str(table), gainfield="nearest", interp="linear,linear", calwt=False)
            results.offsets = CalApplication(CalTo(vis=inputs.ms.name), (how,))
        return results

    def analyse(self, results: SpwPhaseupResults) -> SpwPhaseupResults:
        """Score the SNR of the phase solutions."""
        results.qa = [score for each in results.calibrators for score in phase_snr_score(results.vis, each)]
        return results


def phases_of(inputs: SpwPhaseupInputs, data: CalibratorData, members: list[Observation]) -> CalibratorPhases:
    """Measure the SNR of a calibrator's solutions, and choose how its phases are solved for."""
    setups = [measure_setup_snr(data, inputs.ms, each) for each in members]
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
        return PhaseUpChoice(SpwMap(solint="int"), limit, "each spw by itself, as asked for")
    if inputs.hm_spwmapmode == "simple" or (unknown and inputs.hm_spwmapmode == "auto"):
        spws = [inputs.ms.spw(spw) for each in members for spw in each.spws]
        spwmap = narrow_to_wide(spws, n, inputs.narrow_hz, inputs.minfracmaxbw, inputs.samebb)
        asked = "as asked for" if inputs.hm_spwmapmode == "simple" else "as the data do not tell the SNR"
        return PhaseUpChoice(spwmap, limit, f"narrow spws take the phases of wide ones, {asked}")
    if unknown:
        setups = [replace(each, snr={spw: np.nan_to_num(snr) for spw, snr in each.snr.items()}) for each in setups]
    choose = combine_spws if inputs.hm_spwmapmode == "combine" else choose_phase_up
    return choose(setups, intent, inputs.limits, num_spws=n, is_flux_reference=is_reference)


def _by_calibrator(observations: list[Observation]) -> Setups:
    """Return the spectral setups of each calibrator, by intent and field name."""
    found: Setups = {}
    for each in observations:
        found.setdefault((each.intent, each.field.name), []).append(each)
    return found
