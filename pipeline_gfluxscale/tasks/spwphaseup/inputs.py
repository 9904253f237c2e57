"""The parameters of hifa_spwphaseup."""

import re
from dataclasses import dataclass

from ...domain.observation import Observation, observations_of
from ...errors import InputError
from ...heuristics.phase_up import MODES, PhaseLimits
from ...infrastructure.checks import check_choice, check_flag, check_number, check_text
from ...infrastructure.stage_inputs import SolveInputs

# Calibrators whose phases are solved for, in the order of the table.
CALIBRATORS = ("AMPLITUDE", "BANDPASS", "DIFFGAINREF", "DIFFGAINSRC", "PHASE", "CHECK")

_HZ = {"": 1.0, "Hz": 1.0, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9}
_FREQUENCY = re.compile(r"(?P<value>\d*\.?\d+(e[+-]?\d+)?) *(?P<unit>[kMG]?Hz)?")


@dataclass(frozen=True)
class SpwPhaseupInputs(SolveInputs):
    """The parameters of hifa_spwphaseup for one MeasurementSet; see `run_hifa_spwphaseup`.

    The data that `SolveInputs` selects are those of the phase offsets.
    """

    hm_spwmapmode: str = "auto"
    maxnarrowbw: str = "300MHz"
    minfracmaxbw: float = 0.8
    samebb: bool = True
    phasesnr: float = 32.0
    intphasesnr: float = 10.0
    intphasesnrmin: float = 3.0
    phaseupmaxsolint: float = 60.0

    @property
    def limits(self) -> PhaseLimits:
        """What is asked of the phase solutions."""
        return PhaseLimits(self.phasesnr, self.intphasesnr, self.intphasesnrmin, self.phaseupmaxsolint)

    @property
    def narrow_hz(self) -> float:
        """Bandwidth (Hz) up to which a spw is narrow."""
        match = _FREQUENCY.fullmatch(self.maxnarrowbw.strip())
        if not match:
            raise InputError("maxnarrowbw", self.maxnarrowbw, "not a bandwidth such as '300MHz'")
        return float(match["value"]) * _HZ[match["unit"] or ""]

    @property
    def calibrators(self) -> list[Observation]:
        """Every calibrator, and each of its spectral setups."""
        return [
            observation
            for intent in CALIBRATORS
            for field in self.ms.fields
            if intent in field.intents
            for observation in observations_of(field, (intent,), self.ms)
        ]

    def check(self) -> None:
        """Raise `InputError` for a parameter that cannot be used."""
        check_text("maxnarrowbw", self.maxnarrowbw)
        check_choice("hm_spwmapmode", self.hm_spwmapmode, MODES)
        for name in ("phasesnr", "intphasesnr", "intphasesnrmin", "phaseupmaxsolint"):
            check_number(name, getattr(self, name), "greater than 0", lambda x: x > 0)
        check_number("minfracmaxbw", self.minfracmaxbw, "from 0 to 1", lambda x: 0 <= x <= 1)
        check_flag("samebb", self.samebb)
        _ = self.narrow_hz
        if not self.ms.has_intents:
            raise InputError("vis", self.ms.name, "its data do not say what scans are for: there is nothing to choose")
        super().check()
