"""hifa_spwphaseup as a stage of a recipe."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...pipeline.basetask import ResultsList
from ...pipeline.context import Context
from ...pipeline.parameters import PARALLEL, takes_parameters
from ...pipeline.runner import run_each
from .inputs import SpwPhaseupInputs
from .results import SpwPhaseupResults
from .task import SpwPhaseup


@takes_parameters(SpwPhaseupInputs, PARALLEL)
def run_hifa_spwphaseup(
    context: Context, vis: str | Path | Sequence[str | Path] | None = None, *, given: Mapping[str, Any]
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
    {parameters}

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
    return run_each(context, vis, given, SpwPhaseupInputs, SpwPhaseup)
