"""The parameters of hifa_bandpass."""

from dataclasses import dataclass

from ...heuristics.phase_up import PhaseLimits
from ...pipeline.checks import POSITIVE, choice, flag, names, solution_interval, text, whole
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


@dataclass(frozen=True)
class BandpassInputs(SolveInputs):
    """The parameters of hifa_bandpass for one MeasurementSet; see `task.Bandpass`."""

    field: str = field_parameter()
    intent: str = intent_parameter()
    spw: str = spw_parameter()
    hm_phaseup: str = parameter(
        "snr",
        "{'snr', 'manual', ''}",
        "Remove the phases first, in intervals chosen by the SNR or in intervals of `phaseupsolint`; ``''`` for not at "
        "all.",
        choice("snr", "manual", ""),
    )
    hm_phaseup_combine: str = parameter(
        "snr",
        "{'snr', 'always', 'never'}",
        "Solve for the phases of all spws together: where the SNR needs it, always or never.",
        choice("snr", "always", "never"),
    )
    phaseupsolint: str = parameter(
        "int", "str", "Solution interval of the phases for ``hm_phaseup='manual'``.", solution_interval
    )
    phaseupsnr: float = parameter(20.0, "float", "SNR that a phase solution needs.", POSITIVE)
    phaseupmaxsolint: float = parameter(60.0, "float", "Longest solution interval of the phases (s).", POSITIVE)
    hm_bandpass: str = parameter(
        "snr",
        "{'snr', 'smoothed', 'fixed'}",
        "Number of channels per solution: chosen by the SNR, chosen for `maxchannels` solutions per spw, or as in "
        "`solint`.",
        choice("snr", "smoothed", "fixed"),
    )
    solint: str = parameter(
        "inf",
        "str",
        "Solution interval in time and, for ``hm_bandpass='fixed'``, in channels, such as ``'inf,4ch'``.",
        text,
    )
    maxchannels: int = parameter(
        240,
        "int",
        "Number of solutions of a spw for ``hm_bandpass='smoothed'``; 0 for one solution for each channel.",
        whole(0),
    )
    evenbpints: bool = parameter(True, "bool", "Use only divisors of the spw's number of channels.", flag)
    bpsnr: float = parameter(50.0, "float", "SNR that a bandpass solution needs.", POSITIVE)
    bpnsols: int = parameter(8, "int", "Least number of solutions of a spw.", whole(1))
    combine: str = parameter("scan", "str", "CASA's ``combine``.", names)
    refant: str = refant_parameter()
    solnorm: bool = parameter(True, "bool", "Normalise the amplitudes of each spw.", flag)
    minblperant: int = minblperant_parameter()
    minsnr: float = minsnr_parameter()
    hm_auto_fillgaps: bool = parameter(
        True, "bool", "Interpolate across flagged channels, up to a quarter of the spw.", flag
    )
    unregister_existing: bool = unregister_existing_parameter()

    @property
    def limits(self) -> PhaseLimits:
        """The SNR that the phase solutions need, and their longest interval."""
        return PhaseLimits(intphasesnr=self.phaseupsnr, phaseupmaxsolint=self.phaseupmaxsolint)
