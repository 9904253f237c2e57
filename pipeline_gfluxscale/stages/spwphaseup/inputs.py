"""The parameters of hifa_spwphaseup."""

import re
from dataclasses import dataclass

from ...domain.observation import Observation, observations_of
from ...errors import InputError
from ...heuristics.phase_up import MODES, PhaseLimits
from ...pipeline.checks import POSITIVE, choice, flag, names, number, text
from ...pipeline.parameters import parameter
from ...pipeline.stage_inputs import (
    SolveInputs,
    field_parameter,
    intent_parameter,
    minblperant_parameter,
    minsnr_parameter,
    refant_parameter,
    spw_parameter,
    unregister_existing_parameter,
)

# Intents of the calibrators whose phases are solved for, in the order of the table of results.
CALIBRATORS = ("AMPLITUDE", "BANDPASS", "DIFFGAINREF", "DIFFGAINSRC", "PHASE", "CHECK")

_HZ = {"": 1.0, "Hz": 1.0, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9}
_FREQUENCY = re.compile(r"(?P<value>\d*\.?\d+(e[+-]?\d+)?) *(?P<unit>[kMG]?Hz)?")


@dataclass(frozen=True)
class SpwPhaseupInputs(SolveInputs):
    """The parameters of hifa_spwphaseup for one MeasurementSet; see `task.SpwPhaseup`.

    `SolveInputs` selects the data for the phase offsets.
    """

    field: str = field_parameter()
    intent: str = intent_parameter()
    spw: str = spw_parameter()
    hm_spwmapmode: str = parameter(
        "auto",
        "{'auto', 'combine', 'simple', 'default'}",
        "Choose by the SNR; solve for all spws together; apply the phases of wide spws to narrow spws; or solve for "
        "each spw by itself.",
        choice(*MODES),
    )
    maxnarrowbw: str = parameter("300MHz", "str", "Bandwidth up to which a spw is narrow.", text)
    minfracmaxbw: float = parameter(
        0.8,
        "float",
        "Least bandwidth of a wide spw, as a fraction of the widest bandwidth.",
        number("from 0 to 1", lambda x: 0 <= x <= 1),
    )
    samebb: bool = parameter(True, "bool", "Prefer a wide spw of the same baseband.", flag)
    phasesnr: float = parameter(
        32.0, "float", "SNR within a scan that phase calibrators and check sources need.", POSITIVE
    )
    intphasesnr: float = parameter(
        10.0, "float", "SNR within an integration that the other calibrators need.", POSITIVE
    )
    intphasesnrmin: float = parameter(
        3.0,
        "float",
        "SNR within an integration for an amplitude calibrator that does not reach `intphasesnr`.",
        POSITIVE,
    )
    phaseupmaxsolint: float = parameter(
        60.0,
        "float",
        "Longest solution interval (s) of calibrators other than phase calibrators and check sources.",
        POSITIVE,
    )
    combine: str = parameter(
        None, "str", "CASA's ``combine`` for the phase offsets, such as ``'scan'``.", names, default_text="none"
    )
    refant: str = refant_parameter()
    minblperant: int = minblperant_parameter()
    minsnr: float = minsnr_parameter()
    unregister_existing: bool = unregister_existing_parameter()

    @property
    def limits(self) -> PhaseLimits:
        """The SNR that the phase solutions need, and their longest interval."""
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
        """The observations of all calibrators: one per calibrator and spectral setup."""
        return [
            observation
            for intent in CALIBRATORS
            for field in self.ms.fields
            if intent in field.intents
            for observation in observations_of(field, (intent,), self.ms)
        ]

    def check(self) -> None:
        """Raise `InputError` for parameters that contradict the data or each other."""
        _ = self.narrow_hz
        if not self.ms.has_intents:
            raise InputError("vis", self.ms.name, "its scans have no intents, by which the stage finds the calibrators")
        super().check()
