"""The parameters of hif_refant."""

from dataclasses import dataclass

from ...domain.intents import validate_intents
from ...domain.measurementset import Field
from ...domain.observation import find_fields
from ...domain.selection import parse_ids
from ...errors import InputError
from ...pipeline.checks import antenna_names, choice, flag, names
from ...pipeline.parameters import parameter
from ...pipeline.stage_inputs import StageInputs


@dataclass(frozen=True)
class RefantInputs(StageInputs):
    """The parameters of hif_refant for one MeasurementSet; see `task.Refant`."""

    field: str = parameter(
        None, "str", "Names or ids of the fields whose flags count.", names, default_text="the fields with `intent`"
    )
    spw: str = parameter(
        None, "str", "Ids of the science spws whose flags count, such as ``'17,19'``.", names, default_text="all"
    )
    intent: str = parameter(
        "AMPLITUDE,BANDPASS,PHASE,DIFFGAINREF,DIFFGAINSRC,POLARIZATION,POLANGLE,POLLEAKAGE",
        "str",
        "Intents of these fields.",
        names,
        default_text="the intents of calibrators other than check sources",
    )
    hm_refant: str = parameter(
        "automatic",
        "{'automatic', 'manual'}",
        "Rank the antennas, or use the antennas of `refant`.",
        choice("automatic", "manual"),
    )
    refant: str = parameter(None, "str", "Antennas for ``hm_refant='manual'``, best first.", names, default_text="none")
    geometry: bool = parameter(True, "bool", "Rank by distance from the centre of the array.", flag)
    flagging: bool = parameter(True, "bool", "Rank by the fraction of unflagged data.", flag)
    refantignore: str = parameter(None, "str", "Antennas that must not be chosen.", names, default_text="none")

    @property
    def antenna_names(self) -> tuple[str, ...]:
        """Names of all antennas."""
        return tuple(antenna.name for antenna in self.ms.antennas)

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields whose flags count."""
        fields = find_fields("field", self.field, self.ms) if self.field else self.ms.fields
        intents = set(validate_intents("intent", self.intent))
        if not intents or not self.ms.has_intents:
            return tuple(fields)
        return tuple(field for field in fields if field.intents & intents)

    @property
    def spws(self) -> list[int]:
        """The science spws whose flags count."""
        return sorted(self.ms.science_spw_ids & set(parse_ids(self.spw) or self.ms.science_spw_ids))

    @property
    def ignored(self) -> tuple[str, ...]:
        """Antennas that must not be chosen."""
        return antenna_names("refantignore", self.refantignore, self.antenna_names) if self.refantignore else ()

    def check(self) -> None:
        """Raise `InputError` for parameters that contradict the data or each other."""
        if self.hm_refant == "manual" and not self.refant:
            raise InputError(
                "refant", self.refant, "hm_refant='manual' needs the reference antennas", self.antenna_names
            )
        if self.hm_refant == "automatic" and not (self.geometry or self.flagging):
            raise InputError("geometry", False, "there is nothing to rank by: switch geometry or flagging on")
        if self.refant:
            antenna_names("refant", self.refant, self.antenna_names)
        if not self.fields:
            raise InputError("intent", self.intent, f"{self.ms.name} has no such field")
        if not self.spws:
            raise InputError("spw", self.spw, "none of the science spws", sorted(self.ms.science_spw_ids))
        _ = self.ignored
