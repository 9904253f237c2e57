"""Solve for the bandpass."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...casa import tasks
from ...casa.locking import wait_for_lock
from ...domain.calibration import CalTable
from ...domain.observation import Observation
from ...heuristics.bandpass_channels import channel_snr, channels_per_solution
from ...heuristics.phase_up import SetupSnr
from ...pipeline.callibrary import applicable
from ...pipeline.context import Context
from ..shared.tables import TableNames
from .inputs import BandpassInputs


@dataclass(frozen=True)
class SpwBandpass:
    """The bandpass solve of a spw.

    Attributes
    ----------
    spw : int
    num_channels : int
    snr : float
        Expected SNR of an antenna in a single channel; nan if it cannot be measured.
    channels : int
        Number of channels per solution; 0 if `solint` of the stage has it (``hm_bandpass='fixed'``).
    solint : str
        Solution interval in CASA's syntax.
    """

    spw: int
    num_channels: int
    snr: float
    channels: int
    solint: str

    @property
    def solution_snr(self) -> float:
        """Expected SNR of a solution."""
        return self.snr * math.sqrt(max(1, self.channels))


def choose_channels(inputs: BandpassInputs, snr: Sequence[SetupSnr]) -> list[SpwBandpass]:
    """Choose the number of channels per solution of each spw, according to `hm_bandpass`."""
    scans = {(scan.id, scan.field_id): scan.num_integrations for scan in inputs.ms.scans}
    chosen: dict[int, SpwBandpass] = {}
    for observation, setup in zip(inputs.sources, snr, strict=True):
        total = sum(scans[scan, observation.field.id] for scan in observation.scans)
        for spw, of_integration in setup.snr.items():
            n = inputs.ms.spw(spw).num_channels
            of_channel = channel_snr(of_integration, total, n)
            chosen.setdefault(spw, SpwBandpass(spw, n, of_channel, *_solution(inputs, of_channel, n)))
    return [chosen[spw] for spw in sorted(chosen)]


def _solution(inputs: BandpassInputs, snr: float, num_channels: int) -> tuple[int, str]:
    """Return the number of channels per solution, and the solution interval in CASA's syntax."""
    if inputs.hm_bandpass == "fixed":
        return 0, inputs.solint
    in_time = inputs.solint.split(",")[0]
    if inputs.hm_bandpass == "smoothed":
        n = -(-num_channels // inputs.maxchannels) if inputs.maxchannels else 1
    else:
        n = channels_per_solution(snr, num_channels, inputs.bpsnr, inputs.bpnsols, even=inputs.evenbpints)
    return n, in_time if n == 1 else f"{in_time},{n}ch"


def solve_bandpass(
    inputs: BandpassInputs,
    context: Context,
    spws: Sequence[SpwBandpass],
    phases: tuple[CalTable, ...],
    names: TableNames,
) -> Path | None:
    """Solve for the bandpass of all spws, into one table; None if CASA found no solution."""
    table = names.bandpass_table([spw.spw for spw in spws], inputs.solint.split(",")[0])
    tasks.remove_table(table)
    wait_for_lock(inputs.ms.path)
    for observation in inputs.sources:
        for (solint, fillgaps, prior), members in _alike(inputs, context, observation, spws).items():
            before = [*prior, *phases]
            tasks.run(
                "bandpass",
                vis=inputs.ms.path,
                caltable=table,
                **observation.of_spws(members).selection,
                solint=solint,
                combine=inputs.combine,
                refant=inputs.refant,
                minblperant=inputs.minblperant,
                minsnr=inputs.minsnr,
                solnorm=inputs.solnorm,
                bandtype="B",
                # Each hand has a solution of its own, so that flags of other correlations do not matter.
                corrdepflags=True,
                fillgaps=fillgaps,
                gaintable=[applied.gaintable for applied in before],
                gainfield=[applied.gainfield for applied in before],
                interp=[applied.interp for applied in before],
                spwmap=[list(applied.spwmap) for applied in before],
                append=table.exists(),
            )
    return table if table.exists() else None


def _alike(
    inputs: BandpassInputs, context: Context, observation: Observation, spws: Sequence[SpwBandpass]
) -> dict[tuple[str, int, tuple[CalTable, ...]], list[int]]:
    """Return the spws of an observation by solution interval, number of channels to interpolate across, and tables."""
    groups: dict[tuple[str, int, tuple[CalTable, ...]], list[int]] = {}
    intents = {observation.intent} if observation.intent else observation.field.intents
    for spw in spws:
        if spw.spw in observation.spws:
            # CASA interpolates across up to `fillgaps` flagged channels: a quarter of the spw, as in the pipeline.
            fillgaps = spw.num_channels // 4 if inputs.hm_auto_fillgaps and inputs.hm_bandpass != "fixed" else 0
            prior = applicable(context.calibration, inputs.ms, observation.field, intents, spw.spw)
            groups.setdefault((spw.solint, fillgaps, prior), []).append(spw.spw)
    return groups
