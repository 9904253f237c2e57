"""hifa_spwphaseup as a stage of a recipe."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...infrastructure.basetask import ResultsList
from ...infrastructure.context import Context
from ...infrastructure.run_each import run_each
from .inputs import SpwPhaseupInputs
from .results import SpwPhaseupResults
from .task import SpwPhaseup


def run_hifa_spwphaseup(
    context: Context,
    vis: str | Path | Sequence[str | Path] | None = None,
    field: Any = None,
    intent: Any = None,
    spw: Any = None,
    hm_spwmapmode: Any = None,
    maxnarrowbw: Any = None,
    minfracmaxbw: Any = None,
    samebb: Any = None,
    phasesnr: Any = None,
    intphasesnr: Any = None,
    intphasesnrmin: Any = None,
    phaseupmaxsolint: Any = None,
    combine: Any = None,
    refant: Any = None,
    minblperant: Any = None,
    minsnr: Any = None,
    unregister_existing: Any = None,
) -> ResultsList[SpwPhaseupResults]:
    """Choose how the phases of each calibrator are solved for, and solve for the phase offsets between spws.

    The signal-to-noise ratio (SNR) of a calibrator's phase solutions is estimated for each spw from the noise of its
    data. Where all spws have enough, each is solved for by itself; where some have, the others take the phases of the
    best one; else all are solved for together, then both polarisations together, and then for as long as it takes.
    Later stages find what was chosen in the context. The phase offsets between spws, which make spws alike, are solved
    for with the bandpass calibrator, and are applied by later stages.

    Parameters
    ----------
    vis : str or list of str, optional
        MeasurementSets of the run. Default: all.
    field, intent, spw : str, optional
        Data that the phase offsets are solved for with. Default: all fields and science spws, intent ``'BANDPASS'``.
    hm_spwmapmode : {'auto', 'combine', 'simple', 'default'}, optional
        Choose by the SNR; solve for all spws together; let narrow spws take the phases of wide ones; or solve for each
        spw by itself. Default: ``'auto'``.
    maxnarrowbw : str, optional
        Bandwidth up to which a spw is narrow. Default: ``'300MHz'``.
    minfracmaxbw : float, optional
        Least bandwidth of a wide spw, as a fraction of the widest one's. Default: 0.8.
    samebb : bool, optional
        Prefer a wide spw of the same baseband. Default: True.
    phasesnr : float, optional
        SNR within a scan that phase calibrators and check sources need. Default: 32.
    intphasesnr : float, optional
        SNR within an integration that the others need. Default: 10.
    intphasesnrmin : float, optional
        The same for an amplitude calibrator that would need longer solutions. Default: 3.
    phaseupmaxsolint : float, optional
        Longest solution interval (s) of calibrators other than phase calibrators and check sources. Default: 60.
    combine : str, optional
        CASA's ``combine`` for the phase offsets, such as ``'scan'``. Default: none.
    refant : str, optional
        Reference antennas, best first. Default: those that hif_refant ranked.
    minblperant : int, optional
        Least number of baselines of an antenna with a phase offset. Default: 4.
    minsnr : float, optional
        Least SNR of a phase offset. Default: 3.
    unregister_existing : bool, optional
        Apply no phase offsets of earlier runs of this stage any more. Default: False.

    Returns
    -------
    ResultsList of SpwPhaseupResults
        One for each MeasurementSet.

    Raises
    ------
    InputError
        A parameter cannot be used.

    Examples
    --------
    >>> hifa_spwphaseup(hm_spwmapmode="combine")  # doctest: +SKIP
    """
    given = {name: value for name, value in locals().items() if name not in ("context", "vis")}
    return run_each(context, vis, given, SpwPhaseupInputs, SpwPhaseup, SpwPhaseupResults)
