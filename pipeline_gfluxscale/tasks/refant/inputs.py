"""The parameters of hif_refant."""

from dataclasses import dataclass

from ...domain.intents import validate_intents
from ...domain.measurementset import Field
from ...domain.observation import find_fields
from ...domain.selection import parse_ids
from ...errors import InputError
from ...infrastructure.checks import antenna_names, check_choice, check_flag, check_text
from ...infrastructure.stage_inputs import StageInputs


@dataclass(frozen=True)
class RefantInputs(StageInputs):
    """The parameters of hif_refant for one MeasurementSet; see `run_hif_refant`."""

    field: str = ""
    spw: str = ""
    intent: str = "AMPLITUDE,BANDPASS,PHASE,DIFFGAINREF,DIFFGAINSRC,POLARIZATION,POLANGLE,POLLEAKAGE"
    hm_refant: str = "automatic"
    refant: str = ""
    geometry: bool = True
    flagging: bool = True
    refantignore: str = ""

    @property
    def names(self) -> tuple[str, ...]:
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
        return antenna_names("refantignore", self.refantignore, self.names) if self.refantignore else ()

    def check(self) -> None:
        """Raise `InputError` for a parameter that cannot be used."""
        for name in ("field", "spw", "intent", "refant", "refantignore"):
            check_text(name, getattr(self, name))
        check_choice("hm_refant", self.hm_refant, ("automatic", "manual"))
        check_flag("geometry", self.geometry)
        check_flag("flagging", self.flagging)
        if self.hm_refant == "manual" and not self.refant:
            raise InputError("refant", self.refant, "hm_refant='manual' needs the reference antennas", self.names)
        if self.hm_refant == "automatic" and not (self.geometry or self.flagging):
            raise InputError("geometry", False, "there is nothing to rank by: switch geometry or flagging on")
        if self.refant:
            antenna_names("refant", self.refant, self.names)
        if not self.fields:
            raise InputError("intent", self.intent, f"{self.ms.name} has no such field")
        if not self.spws:
            raise InputError("spw", self.spw, "none of the science spws", sorted(self.ms.science_spw_ids))
        _ = self.ignored
