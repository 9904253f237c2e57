"""hif_refant as a stage of a recipe."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...pipeline.basetask import ResultsList
from ...pipeline.context import Context
from ...pipeline.parameters import PARALLEL, takes_parameters
from ...pipeline.runner import run_each
from .inputs import RefantInputs
from .results import RefantResults
from .task import Refant


@takes_parameters(RefantInputs, PARALLEL)
def run_hif_refant(
    context: Context, vis: str | Path | Sequence[str | Path] | None = None, *, given: Mapping[str, Any]
) -> ResultsList[RefantResults]:
    """Rank the antennas of MeasurementSets by their fitness as reference antenna.

    The best antenna is central in the array and has few of its calibrator data flagged: the score of an antenna is
    the sum of both, as published for the ALMA Pipeline. Antennas without unflagged data are left out. Later stages
    take the first antenna of the list that has data.

    Parameters
    ----------
    vis : str or list of str, optional
        MeasurementSets of the run. Default: all.
    {parameters}

    Returns
    -------
    ResultsList of RefantResults
        One for each MeasurementSet.

    Raises
    ------
    InputError
        A parameter cannot be used.

    Examples
    --------
    >>> hif_refant(refantignore="DV07")  # doctest: +SKIP
    """
    return run_each(context, vis, given, RefantInputs, Refant)
