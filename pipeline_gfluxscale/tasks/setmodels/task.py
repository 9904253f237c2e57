"""hif_setmodels: set the models of the reference and bandpass calibrators."""

import logging
from dataclasses import replace

from ...casa import models
from ...domain.ephemeris import check_ephemerides
from ...domain.flux import StokesFlux
from ...domain.qa import AppliesTo, QAScore
from ...infrastructure.basetask import StandardTask
from .inputs import SetModelsInputs
from .models import FieldModel, choose_models
from .results import SetModelsResults

LOG = logging.getLogger(__name__)


class SetModels(StandardTask[SetModelsInputs, SetModelsResults]):
    """The stage, for one MeasurementSet."""

    def prepare(self) -> SetModelsResults:
        """Choose all models, then set them."""
        results = SetModelsResults(vis=self.inputs.ms.name)
        chosen = choose_models(self.inputs)
        check_ephemerides(self.inputs.ms, [model.field for model in chosen])
        virtual = models.keeps_virtual(self.inputs.ms.path)
        with self.step("Set models"):
            results.models = [self._set_standard(model, virtual) if model.standard else model for model in chosen]
            points = [self._point(model) for model in chosen if not model.standard]
            models.set_point_models(self.inputs.ms.path, points, virtual=virtual)
        assumed = sorted({m.field.name for m in chosen if m.is_assumed})
        if assumed:
            results.warnings.append(f"nothing is known of the spectra of {', '.join(assumed)}: flat ones are assumed")
        return results

    def _set_standard(self, model: FieldModel, virtual: bool) -> FieldModel:
        """Set the model of a standard, and return it with its flux density."""
        vis, spw = self.inputs.ms.path, model.spw
        fluxes = models.set_standard_model(vis, model.field.id, [spw], model.standard, virtual=virtual)
        return replace(model, flux=StokesFlux(fluxes[spw]) if spw in fluxes else None)

    def _point(self, model: FieldModel) -> models.PointModel:
        assert model.flux is not None
        frequency = self.inputs.ms.spw(model.spw).mean_frequency
        return models.PointModel(model.field.id, model.spw, model.flux, model.spix, frequency)

    def analyse(self, results: SetModelsResults) -> SetModelsResults:
        """Score the fraction of models that something is known of."""
        total, assumed = len(results.models), [m for m in results.models if m.is_assumed]
        known = (total - len(assumed)) / total if total else 0.0
        if assumed:
            names = ", ".join(sorted({f"{m.field.name} spw {m.spw}" for m in assumed}))
            short, long = "Spectra not known", f"no entry in the flux file for {names}"
        else:
            short, long = "All models are known", f"models of all {total} fields and spws are known"
        about = AppliesTo(results.vis, spw=tuple(sorted({m.spw for m in results.models})))
        results.qa = [QAScore("models", known, short, f"{results.vis}: {long}", known, "fraction", about)]
        return results
