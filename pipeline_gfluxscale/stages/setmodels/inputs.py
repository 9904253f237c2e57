"""The parameters of hif_setmodels."""

from dataclasses import dataclass, replace
from dataclasses import field as attribute
from pathlib import Path

from ...domain.intents import validate_intents
from ...domain.measurementset import Field
from ...domain.observation import find_fields
from ...errors import InputError
from ...files.catalogue import Catalogue, flux_file, read_catalogue
from ...pipeline.checks import flag, names, path
from ...pipeline.parameters import parameter
from ...pipeline.stage_inputs import StageInputs


@dataclass(frozen=True)
class SetModelsInputs(StageInputs):
    """The parameters of hif_setmodels for one MeasurementSet; see `task.SetModels`."""

    reference: str = parameter(
        None, "str", "Names or ids of the reference fields.", names, default_text="the fields with `refintent`"
    )
    refintent: str = parameter("AMPLITUDE", "str", "Intents of the reference fields.", names)
    transfer: str = parameter(
        None, "str", "Names or ids of the transfer fields.", names, default_text="the fields with `transintent`"
    )
    transintent: str = parameter("BANDPASS", "str", "Intents of the transfer fields.", names)
    reffile: Path | None = parameter(
        None,
        "str",
        "Flux densities of calibrators (flux.csv): they replace models of point sources in the data; ``''`` for none.",
        path,
        default_text="``flux.csv`` in the working directory, if there is one",
    )
    normfluxes: bool = parameter(True, "bool", "Set the flux densities of transfer fields to 1 Jy.", flag)
    catalogue: Catalogue = attribute(default_factory=Catalogue)

    @property
    def reference_fields(self) -> tuple[Field, ...]:
        """Fields whose flux density has to be known."""
        return self._fields("reference", self.reference, self.refintent)

    @property
    def transfer_fields(self) -> tuple[Field, ...]:
        """Fields for which the shape of the spectrum is sufficient."""
        reference = self.reference_fields
        return tuple(f for f in self._fields("transfer", self.transfer, self.transintent) if f not in reference)

    def _fields(self, argument: str, value: str, intent: str) -> tuple[Field, ...]:
        if value:
            return find_fields(argument, value, self.ms)
        intents = set(validate_intents(argument, intent))
        return tuple(field for field in self.ms.fields if field.intents & intents)

    def check(self) -> None:
        """Raise `InputError` for a parameter that cannot be used."""
        if not self.reference_fields and not self.transfer_fields:
            raise InputError("reference", self.reference, f"{self.ms.name} has no field that a model could be set for")

    def resolved(self) -> "SetModelsInputs":
        """Return the inputs with the flux file and its entries.

        Raises
        ------
        InputError
            `reffile` does not exist, has no entry for the MeasurementSet, or has an entry that contradicts it.
        FileFormatError
            A row cannot be used.
        """
        reffile = flux_file(self.reffile, self.context.output_dir)
        return replace(self, reffile=reffile, catalogue=read_catalogue(reffile, self.ms, named=bool(self.reffile)))
