"""The stage for an MS without an amplitude calibrator: adopt flux densities of other MSs of the session."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ...domain.flux import DerivedFlux, FluxMeasurement
from ...heuristics.adoption import Adoption
from ...heuristics.calibration_coverage import adopted_scores
from .inputs import GFluxscaleInputs
from .results import GFluxscaleResults
from .step_names import Step
from .steps.measurements import assemble, fit_spectra
from .steps.selection import Selection, select
from .steps.set_models import set_models
from .task import GFluxscale


class AdoptFluxes(GFluxscale):
    """The stage for an MS without an amplitude calibrator."""

    def __init__(self, inputs: GFluxscaleInputs, adoption: Adoption):
        super().__init__(inputs)
        self.adoption = adoption

    def prepare(self) -> GFluxscaleResults:
        """Adopt flux densities, and set the models."""
        results = GFluxscaleResults(vis=self.inputs.ms.name, warnings=list(self.adoption.warnings))
        with self.step(Step.SELECT):
            selection = select(self.inputs)
            results.describe(selection)
        if self.adoption.problem:
            return results.failed(self.adoption.problem)
        with self.step(Step.ADOPT):
            results.measurements = _measurements(self.inputs, selection, self.adoption.fluxes)
            results.spectral_fits = fit_spectra(results.measurements)
            results.qa += adopted_scores(results.vis, results.measurements)
        with self.step(Step.SET_MODELS):
            set_models(self.inputs, selection, _models(results.measurements))
        return results


def _measurements(
    inputs: GFluxscaleInputs, selection: Selection, fluxes: Mapping[tuple[int, int], FluxMeasurement]
) -> list[FluxMeasurement]:
    derived = {pair: m.derived for pair, m in fluxes.items() if m.derived is not None}
    calibrated = {pair: m.calibrated for pair, m in fluxes.items() if m.calibrated is not None}
    caveats = {pair: m.caveats for pair, m in fluxes.items()}
    assembled = assemble(inputs, selection, derived, calibrated, caveats)
    return [replace(m, adopted_from=fluxes[m.field_id, m.spw].adopted_from) for m in assembled]


def _models(measurements: Sequence[FluxMeasurement]) -> dict[tuple[int, int], DerivedFlux]:
    """Return the models: the derived flux densities, as in the other MSs; without these the calibrated ones."""
    models = {}
    for m in measurements:
        if m.derived is not None:
            models[m.field_id, m.spw] = m.derived
        elif m.calibrated is not None:
            models[m.field_id, m.spw] = DerivedFlux(m.calibrated.stokes, m.calibrated.total_uncertainty)
    return models
