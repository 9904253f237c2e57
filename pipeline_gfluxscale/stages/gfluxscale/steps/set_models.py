"""Step 6, Set models: the derived flux densities become the models of the transfer fields."""

from collections.abc import Mapping, Sequence

from ....casa import models
from ....domain.flux import DerivedFlux
from ....domain.reference import DERIVED
from ..inputs import GFluxscaleInputs
from .selection import Selection


def set_models(
    inputs: GFluxscaleInputs,
    selection: Selection,
    derived: Mapping[tuple[int, int], DerivedFlux],
    waiting: Sequence[models.PointModel] = (),
) -> None:
    """Write the derived flux density of each transfer field and spw into the user's MeasurementSet.

    Besides the models of reference fields (step Reference model), the stage changes nothing else in it. The model of a
    bandpass calibrator has the catalogue's spectral index, as the shape of its spectrum within a spw is a factor of the
    bandpass; the models of other fields are flat within a spw.

    Parameters
    ----------
    inputs : GFluxscaleInputs
    selection : Selection
    derived : mapping of (int, int) to DerivedFlux
        By field id and spw.
    waiting : sequence of PointModel
        Models of reference fields that waited for MODEL_DATA to be made; they are in it already if it was made for
        CASA's average.
    """
    path = inputs.ms.path
    chosen = [] if models.has_model_column(path) else list(waiting)
    for (field_id, spw), flux in sorted(derived.items()):
        is_bandpass = "BANDPASS" in selection.intents_of(field_id)
        catalogue = inputs.catalogue.get((field_id, spw))
        spix = catalogue.spix if is_bandpass and catalogue is not None and catalogue.spix is not None else 0.0
        frequency = inputs.ms.spw(spw).mean_frequency
        name = inputs.ms.field(field_id).name
        chosen.append(models.PointModel(field_id, spw, flux.stokes, spix, frequency, DERIVED, name))
    models.set_point_models(path, chosen, virtual=models.keeps_virtual(path))
