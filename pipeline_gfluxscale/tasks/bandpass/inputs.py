"""The parameters of hifa_bandpass."""

from dataclasses import dataclass

from ...domain.observation import Observation
from ...heuristics.phase_up import PhaseLimits
from ...infrastructure.checks import (
    antenna_names,
    check_choice,
    check_flag,
    check_number,
    check_solint,
    check_text,
    check_whole,
)
from ...infrastructure.stage_inputs import StageInputs


@dataclass(frozen=True)
class BandpassInputs(StageInputs):
    """The parameters of hifa_bandpass for one MeasurementSet; see `run_hifa_bandpass`."""

    field: str = ""
    intent: str = "BANDPASS"
    spw: str = ""
    hm_phaseup: str = "snr"
    hm_phaseup_combine: str = "snr"
    phaseupsolint: str = "int"
    phaseupsnr: float = 20.0
    phaseupmaxsolint: float = 60.0
    hm_bandpass: str = "snr"
    solint: str = "inf"
    maxchannels: int = 240
    evenbpints: bool = True
    bpsnr: float = 50.0
    bpnsols: int = 8
    combine: str = "scan"
    refant: str = ""
    solnorm: bool = True
    minblperant: int = 4
    minsnr: float = 3.0
    hm_auto_fillgaps: bool = True
    unregister_existing: bool = False

    @property
    def limits(self) -> PhaseLimits:
        """What is asked of the phases that are taken out before."""
        return PhaseLimits(intphasesnr=self.phaseupsnr, phaseupmaxsolint=self.phaseupmaxsolint)

    @property
    def sources(self) -> list[Observation]:
        """The data that are solved for, by spectral setup."""
        return self.observations(self.field, self.intent, self.spw)

    @property
    def refants(self) -> str:
        """Reference antennas in CASA's words."""
        return self.refant or ",".join(self.observed.reference_antennas)

    def check(self) -> None:
        """Raise `InputError` for a parameter that cannot be used."""
        for name in ("field", "intent", "spw", "combine", "refant", "solint"):
            check_text(name, getattr(self, name))
        check_choice("hm_phaseup", self.hm_phaseup, ("snr", "manual", ""))
        check_choice("hm_phaseup_combine", self.hm_phaseup_combine, ("snr", "always", "never"))
        check_choice("hm_bandpass", self.hm_bandpass, ("snr", "smoothed", "fixed"))
        check_solint("phaseupsolint", self.phaseupsolint)
        for name in ("phaseupsnr", "phaseupmaxsolint", "bpsnr"):
            check_number(name, getattr(self, name), "greater than 0", lambda x: x > 0)
        check_number("minsnr", self.minsnr, "0 or more", lambda x: x >= 0)
        for name in ("bpnsols", "minblperant"):
            check_whole(name, getattr(self, name), 1)
        check_whole("maxchannels", self.maxchannels, 0)
        for name in ("evenbpints", "solnorm", "hm_auto_fillgaps", "unregister_existing"):
            check_flag(name, getattr(self, name))
        if self.refant:
            antenna_names("refant", self.refant, tuple(antenna.name for antenna in self.ms.antennas))
        _ = self.sources
