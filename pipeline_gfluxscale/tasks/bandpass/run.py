"""hifa_bandpass as a stage of a recipe."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...infrastructure.basetask import ResultsList
from ...infrastructure.context import Context
from ...infrastructure.run_each import run_each
from .inputs import BandpassInputs
from .results import BandpassResults
from .task import Bandpass


def run_hifa_bandpass(
    context: Context,
    vis: str | Path | Sequence[str | Path] | None = None,
    field: Any = None,
    intent: Any = None,
    spw: Any = None,
    hm_phaseup: Any = None,
    hm_phaseup_combine: Any = None,
    phaseupsolint: Any = None,
    phaseupsnr: Any = None,
    phaseupmaxsolint: Any = None,
    hm_bandpass: Any = None,
    solint: Any = None,
    maxchannels: Any = None,
    evenbpints: Any = None,
    bpsnr: Any = None,
    bpnsols: Any = None,
    combine: Any = None,
    refant: Any = None,
    solnorm: Any = None,
    minblperant: Any = None,
    minsnr: Any = None,
    hm_auto_fillgaps: Any = None,
    unregister_existing: Any = None,
) -> ResultsList[BandpassResults]:
    """Solve for the bandpass of every antenna, spw and polarisation with the bandpass calibrator.

    The phases of the calibrator as a function of time are solved for and taken out first. Both solves are as long, or
    as wide, as their signal-to-noise ratio (SNR) needs, which the noise of the data tells.

    Parameters
    ----------
    vis : str or list of str, optional
        MeasurementSets of the run. Default: all.
    field, intent, spw : str, optional
        Data that are solved for. Default: all fields and science spws, intent ``'BANDPASS'``.
    hm_phaseup : {'snr', 'manual', ''}, optional
        Take the phases out in intervals that the SNR needs, in `phaseupsolint`, or not at all. Default: ``'snr'``.
    hm_phaseup_combine : {'snr', 'always', 'never'}, optional
        Solve for the phases of all spws together. Default: ``'snr'``, where the SNR needs it.
    phaseupsolint : str, optional
        Solution interval of the phases for ``hm_phaseup='manual'``. Default: ``'int'``.
    phaseupsnr : float, optional
        SNR that a phase solution needs. Default: 20.
    phaseupmaxsolint : float, optional
        Longest solution interval of the phases (s). Default: 60.
    hm_bandpass : {'snr', 'smoothed', 'fixed'}, optional
        Channels of a solution: as many as the SNR needs, so that a spw has `maxchannels` solutions, or as in `solint`.
        Default: ``'snr'``.
    solint : str, optional
        Solution interval in time and, for ``hm_bandpass='fixed'``, in channels, such as ``'inf,4ch'``. Default:
        ``'inf'``.
    maxchannels : int, optional
        Number of solutions of a spw for ``hm_bandpass='smoothed'``; 0 for one a channel. Default: 240.
    evenbpints : bool, optional
        Only numbers of channels that divide that of the spw. Default: True.
    bpsnr : float, optional
        SNR that a bandpass solution needs. Default: 50.
    bpnsols : int, optional
        Least number of solutions of a spw. Default: 8.
    combine : str, optional
        CASA's ``combine``. Default: ``'scan'``.
    refant : str, optional
        Reference antennas, best first. Default: those that hif_refant ranked.
    solnorm : bool, optional
        Normalise the amplitudes of each spw. Default: True.
    minblperant : int, optional
        Least number of baselines of an antenna with a solution. Default: 4.
    minsnr : float, optional
        Least SNR of a solution. Default: 3.
    hm_auto_fillgaps : bool, optional
        Interpolate across flagged channels, up to a quarter of the spw. Default: True.
    unregister_existing : bool, optional
        Apply no bandpass of earlier runs of this stage any more. Default: False.

    Returns
    -------
    ResultsList of BandpassResults
        One for each MeasurementSet.

    Raises
    ------
    InputError
        A parameter cannot be used.

    Examples
    --------
    >>> hifa_bandpass(hm_bandpass="fixed", solint="inf,4ch")  # doctest: +SKIP
    """
    given = {name: value for name, value in locals().items() if name not in ("context", "vis")}
    return run_each(context, vis, given, BandpassInputs, Bandpass, BandpassResults)
