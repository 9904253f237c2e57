"""hifa_bandpass as a stage of a recipe."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...pipeline.basetask import ResultsList
from ...pipeline.context import Context
from ...pipeline.parameters import PARALLEL, takes_parameters
from ...pipeline.runner import run_each
from .inputs import BandpassInputs
from .results import BandpassResults
from .task import Bandpass


@takes_parameters(BandpassInputs, PARALLEL)
def run_hifa_bandpass(
    context: Context, vis: str | Path | Sequence[str | Path] | None = None, *, given: Mapping[str, Any]
) -> ResultsList[BandpassResults]:
    """Solve for the bandpass of every antenna, spw and polarisation with the bandpass calibrator.

    The phases of the calibrator as a function of time are solved for and taken out first. Both solves are as long, or
    as wide, as their signal-to-noise ratio (SNR) needs, which the noise of the data tells.

    Parameters
    ----------
    vis : str or list of str, optional
        MeasurementSets of the run. Default: all.
    {parameters}

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
    return run_each(context, vis, given, BandpassInputs, Bandpass)
