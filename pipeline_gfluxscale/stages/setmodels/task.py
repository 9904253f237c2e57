"""hif_setmodels: set the models of the reference and bandpass calibrators."""

import logging
from collections.abc import Sequence

from ...casa import models
from ...domain.ephemeris import check_ephemerides
from ...domain.flux import StokesFlux
from ...domain.qa import AppliesTo, QAScore
from ...domain.reference import NORMALISED
from ...pipeline.basetask import StandardTask
from ..shared.reference_models import carry_out
from ..shared.reference_words import explain
from .inputs import SetModelsInputs
from .models import FieldModel, choose_models
from .results import SetModelsResults

LOG = logging.getLogger(__name__)


class SetModels(StandardTask[SetModelsInputs, SetModelsResults]):
    """Set the models of the amplitude and bandpass calibrators, in MODEL_DATA.

    The model of a reference field is chosen as by hifa_gfluxscale: that of a solar-system object or an extended source
    stays, else the entry of the flux file, else the model in the MeasurementSet, else the flux standard of its name. A
    transfer field gets the spectral index of the flux file and, by default, a flux density of 1 Jy: what a bandpass
    solve needs.

    Raises
    ------
    InputError
        A parameter cannot be used, or the flux density of a reference field is not known.

    Examples
    --------
    >>> hif_setmodels(reffile="flux.csv")  # doctest: +SKIP
    """

    inputs_type = SetModelsInputs
    results_type = SetModelsResults

    def prepare(self) -> SetModelsResults:
        """Choose all models, then set them."""
        results = SetModelsResults(vis=self.inputs.ms.name)
        check_ephemerides(self.inputs.ms, [*self.inputs.reference_fields, *self.inputs.transfer_fields])
        chosen = choose_models(self.inputs)
        with self.step("Set models"):
            for plans in chosen.reference:
                fluxes = carry_out(self.inputs.ms, plans, self.inputs.context.output_dir)
                pairs = zip(plans, fluxes, strict=True)
                results.models += [FieldModel.of_reference(self.inputs.ms, plan, flux) for plan, flux in pairs]
                results.warnings += explain(plans, fluxes, chosen.catalogue, only_doubts=True)
            results.models += self._set_transfer(chosen.transfer)
        results.warnings += chosen.catalogue.notes
        assumed = sorted({m.field.name for m in results.models if m.is_assumed})
        if assumed:
            results.warnings.append(f"the spectra of {', '.join(assumed)} are not known: flat spectra are assumed")
        return results

    def _set_transfer(self, chosen: Sequence[FieldModel]) -> Sequence[FieldModel]:
        ms = self.inputs.ms
        points = [
            models.PointModel(
                model.field.id,
                model.spw,
                model.flux or StokesFlux(1.0),
                model.spix or 0.0,
                ms.spw(model.spw).mean_frequency,
                NORMALISED if model.is_normalised else "",
                model.field.name,
            )
            for model in chosen
        ]
        models.set_point_models(ms.path, points, virtual=models.keeps_virtual(ms.path))
        return chosen

    def analyse(self, results: SetModelsResults) -> SetModelsResults:
        """Score the fraction of models whose spectrum is known."""
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
