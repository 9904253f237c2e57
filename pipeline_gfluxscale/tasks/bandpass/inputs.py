"""The parameters of hifa_bandpass."""

from dataclasses import dataclass

from ...heuristics.phase_up import PhaseLimits
from ...infrastructure.checks import check_choice, check_flag, check_number, check_solint, check_text, check_whole
from ...infrastructure.stage_inputs import SolveInputs


@dataclass(frozen=True)
class BandpassInputs(SolveInputs):
    """The parameters of hifa_bandpass for one MeasurementSet; see `run_hifa_bandpass`."""

    combine: str = "scan"
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
    solnorm: bool = True
    hm_auto_fillgaps: bool = True

    @property
    def limits(self) -> PhaseLimits:
        """What is asked of the phases that are taken out before."""
        return PhaseLimits(intphasesnr=self.phaseupsnr, phaseupmaxsolint=self.phaseupmaxsolint)

    def check(self) -> None:
        """Raise `InputError` for a parameter that cannot be used."""
        check_text("solint", self.solint)
        check_choice("hm_phaseup", self.hm_phaseup, ("snr", "manual", ""))
        check_choice("hm_phaseup_combine", self.hm_phaseup_combine, ("snr", "always", "never"))
        check_choice("hm_bandpass", self.hm_bandpass, ("snr", "smoothed", "fixed"))
        check_solint("phaseupsolint", self.phaseupsolint)
        for name in ("phaseupsnr", "phaseupmaxsolint", "bpsnr"):
            check_number(name, getattr(self, name), "greater than 0", lambda x: x > 0)
        check_whole("bpnsols", self.bpnsols, 1)
        check_whole("maxchannels", self.maxchannels, 0)
        for name in ("evenbpints", "solnorm", "hm_auto_fillgaps"):
            check_flag(name, getattr(self, name))
        super().check()
