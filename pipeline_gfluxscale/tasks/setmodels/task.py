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
            results.models = [self._set(model, virtual) for model in chosen]
        assumed = sorted({m.field.name for m in chosen if m.is_assumed})
        if assumed:
            results.warnings.append(f"nothing is known of the spectra of {', '.join(assumed)}: flat ones are assumed")
        return results

    def _set(self, model: FieldModel, virtual: bool) -> FieldModel:
        """Set a model, and return it with its flux density."""
        ms, field, spw = self.inputs.ms, model.field, model.spw
        if model.flux is None:
            fluxes = models.set_standard_model(ms.path, field.id, [spw], model.standard, virtual=virtual)
            return replace(model, flux=StokesFlux(fluxes[spw]) if spw in fluxes else None)
        frequency = ms.spw(spw).mean_frequency
        models.set_manual_model(ms.path, field.id, spw, model.flux, model.spix, frequency, virtual=virtual)
        return model

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
