"""The results of hif_setmodels for one MeasurementSet."""

from dataclasses import dataclass, field

from ...domain.intents import CALIBRATOR_INTENTS
from ...pipeline.basetask import Results
from ...pipeline.exhibits import Table
from .models import FieldModel


@dataclass
class SetModelsResults(Results):
    """Results of hif_setmodels for one MeasurementSet.

    Attributes
    ----------
    models : list of FieldModel
        The models of the fields after the stage; the flux densities of standards are read from MODEL_DATA.
    """

    models: list[FieldModel] = field(default_factory=list)

    def exhibits(self) -> list[Table]:
        """Return the models."""
        rows = tuple(
            (
                f"{m.field.name} #{m.field.id}",
                ", ".join(sorted(m.field.intents & CALIBRATOR_INTENTS)),
                m.spw,
                m.flux.I if m.flux else None,
                m.spix,
                m.replaced,
                f"{m.origin}, normalised to 1 Jy" if m.is_normalised and not m.is_assumed else m.origin,
            )
            for m in self.models
        )
        return [
            Table(
                "Models of the calibrators",
                ("Field", "Intents", "Spw", "I (Jy)", "Spix", "Before (Jy)", "Origin"),
                rows,
            )
        ]
