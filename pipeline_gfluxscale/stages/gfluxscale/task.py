"""hifa_gfluxscale: transfer the absolute flux scale from the amplitude calibrator to the other calibrators.

The steps have the names and the order of the boxes in the logic diagram; each step is a module of `steps`.
"""

import logging

from ...heuristics.resolved import MIN_ANTENNAS
from ...pipeline.basetask import StandardTask
from ...system.logs import IN_RESULTS
from ..shared.calibrator_data import calibrator_data
from ..shared.tables import TableNames
from .dry_run import WORDS, on_a_copy
from .evidence.gather import gather
from .inputs import GFluxscaleInputs
from .results import GFluxscaleResults
from .step_names import Step
from .steps.antenna_use import antenna_use
from .steps.calibrated import calibrate
from .steps.losses import explain_losses, flagged_reference
from .steps.measure import measure
from .steps.measurements import assemble, fit_spectra
from .steps.polarisations import with_common_polarisations
from .steps.prior_calibration import coverage_of
from .steps.quality import amplitude_against_time, flux_scores, labelled
from .steps.reference_antennas import with_usable_refants
from .steps.reference_model import set_reference_models
from .steps.resolved import choose_antennas
from .steps.selection import Selection, select
from .steps.set_models import set_models
from .steps.solve import solve
from .steps.transfer import transfer
from .steps.uncertainties import with_uncertainties

LOG = logging.getLogger(__name__)


class GFluxscale(StandardTask[GFluxscaleInputs, GFluxscaleResults]):
    """The stage, for one MeasurementSet."""

    inputs_type = GFluxscaleInputs
    results_type = GFluxscaleResults

    def prepare(self) -> GFluxscaleResults:
        """Do all steps from the selection of the fields to the measurement of the flux densities."""
        inputs, results = self.inputs, GFluxscaleResults(vis=self.inputs.ms.name)
        with self.step(Step.SELECT):
            selection = select(inputs)
            results.describe(selection)
            if selection.covered_intents:
                LOG.info("%s: a reference field has the intent %s", results.vis, ", ".join(selection.covered_intents))
        if problem := _why_impossible(inputs, selection):
            return results.failed(problem)
        coverage = coverage_of(inputs, selection)
        results.add_coverage(coverage)
        for assumption in coverage.assumptions:
            LOG.warning("%s: %s", results.vis, assumption, extra={IN_RESULTS: True})
        inputs = with_usable_refants(inputs, selection)
        results.refant = inputs.refant[0]
        with self.step(Step.REFERENCE_MODEL):
            models = set_reference_models(inputs, selection)
            results.reference_fluxes, results.assumptions = models.fluxes, results.assumptions + models.assumptions
        with self.step(Step.RESOLVED):
            antennas = choose_antennas(inputs, selection)
            results.selection = next(iter(antennas.values()))
        flags = inputs.flag_commands
        with calibrator_data(
            inputs.ms, selection.observations, inputs.context, self.step, flags, models.waiting
        ) as copy:
            results.add_left_out(copy.left_out, inputs.ms)
            results.add_user_flags(copy.applied_flags)
            results.averaged_by_casa = list(copy.by_casa)
            data, single = with_common_polarisations(inputs.ms, copy, selection)
            results.warnings += single
            tables = TableNames(inputs.context, inputs.ms, "hifa_gfluxscale")
            with self.step(Step.SOLVE):
                solutions = solve(inputs, data, selection, antennas, tables)
                results.add_solutions(solutions)
            if solutions.amplitudes is None:
                results.warnings += explain_losses(inputs, data, selection, solutions, [])
                return results.failed(f"no amplitude solution reached minsnr={inputs.minsnr:g}")
            with self.step(Step.TRANSFER):
                transferred = transfer(inputs, data, selection, solutions.amplitudes, tables.flux_table())
            if transferred.caltable is None:
                results.warnings += explain_losses(inputs, data, selection, solutions, [])
                return results.failed(
                    f"the flux scale could not be transferred to any field{flagged_reference(data, selection)}"
                )
            results.judge_antennas(antenna_use(inputs, selection, antennas, solutions, transferred))
            with self.step(Step.SET_MODELS):
                set_models(inputs, selection, transferred.fluxes, models.waiting)
            with self.step(Step.MEASURE):
                results.plots = gather(inputs, data, selection, antennas, solutions, transferred)
                calibrated = calibrate(data, solutions.phases, transferred)
                measured = measure(inputs, calibrated, selection, transferred)
                measured = with_uncertainties(
                    inputs, calibrated, selection, solutions.phases, solutions.amplitudes, measured
                )
                results.warnings += explain_losses(inputs, calibrated, selection, solutions, sorted(measured))
                results.measurements = assemble(
                    inputs, selection, transferred.fluxes, measured, caveats=coverage.caveats
                )
                results.spectral_fits = fit_spectra(results.measurements)
                results.qa += amplitude_against_time(inputs, calibrated, selection)
        return results

    def analyse(self, results: GFluxscaleResults) -> GFluxscaleResults:
        """Score the flux densities."""
        expected = labelled(self.inputs.ms, results.expected)
        results.qa = flux_scores(results.vis, expected, results.measurements, results.reference_fluxes) + results.qa
        return results

    def execute(self) -> GFluxscaleResults:
        """Run the stage; a dry run works on a copy of the calibrators' data."""
        if not self.inputs.dry_run:
            return super().execute()
        with on_a_copy(self.inputs) as inputs:
            results = self.on(inputs).execute()
        results.assumptions.append(WORDS)
        return results

    def failed(self, problem: str) -> GFluxscaleResults:
        """Return the results of a run that an error stopped, with their scores."""
        results = super().failed(problem)
        results.describe(select(self.inputs))
        return self.analyse(results)


def _why_impossible(inputs: GFluxscaleInputs, selection: Selection) -> str:
    """Return why the flux scale cannot be transferred; empty if it can."""
    if not inputs.ms.has_intents and not (inputs.reference and inputs.transfer):
        return "the data have no intents: name the fields with the parameters reference and transfer"
    if not selection.reference:
        return f"no field has data with reference intent {','.join(inputs.refintent)}: no flux scale to transfer"
    if not selection.transfer:
        return f"no other field has data with intent {','.join(inputs.transintent)}: nothing to transfer to"
    if not inputs.refant:
        return "no antenna has unflagged data of the calibrators"
    if len(inputs.ms.antennas) < MIN_ANTENNAS:
        return f"the MeasurementSet has {len(inputs.ms.antennas)} antennas, and amplitude gains need {MIN_ANTENNAS}"
    return ""
