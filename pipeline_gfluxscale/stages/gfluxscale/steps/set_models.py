"""Step 6, Set models: the derived flux densities become the models of the transfer fields."""

from ....casa import models
from ....domain.flux import DerivedFlux
from ....domain.reference import DERIVED
from ..inputs import GFluxscaleInputs
from .selection import Selection


def set_models(inputs: GFluxscaleInputs, selection: Selection, derived: dict[tuple[int, int], DerivedFlux]) -> None:
    """Write the derived flux density of each transfer field and spw into the user's MeasurementSet.

    Besides the models of reference fields (step Reference model), the stage changes nothing else in it. The model of a
    bandpass calibrator has the catalogue's spectral index, as the shape of its spectrum within a spw is a factor of the
    bandpass; the models of other fields are flat within a spw.
    """
    chosen = []
    for (field_id, spw), flux in sorted(derived.items()):
        is_bandpass = "BANDPASS" in selection.intents_of(field_id)
        catalogue = inputs.catalogue.get((field_id, spw))
        spix = catalogue.spix if is_bandpass and catalogue is not None and catalogue.spix is not None else 0.0
        frequency = inputs.ms.spw(spw).mean_frequency
        name = inputs.ms.field(field_id).name
        chosen.append(models.PointModel(field_id, spw, flux.stokes, spix, frequency, DERIVED, name))
    models.set_point_models(inputs.ms.path, chosen, virtual=models.keeps_virtual(inputs.ms.path))
