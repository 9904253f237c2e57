"""h_tsyscal as a stage of a recipe."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...pipeline.basetask import ResultsList
from ...pipeline.context import Context
from ...pipeline.parameters import PARALLEL, takes_parameters
from ...pipeline.runner import run_each
from .inputs import TsyscalInputs
from .results import TsyscalResults
from .task import Tsyscal


@takes_parameters(TsyscalInputs, PARALLEL)
def run_h_tsyscal(
    context: Context, vis: str | Path | Sequence[str | Path] | None = None, *, given: Mapping[str, Any]
) -> ResultsList[TsyscalResults]:
    """Make tables of the system temperatures that the telescope measured.

    Each science spw is calibrated with those of a spw of its baseband that covers it, and each field with its own, or
    else with those of the nearest field on the sky.

    Parameters
    ----------
    vis : str or list of str, optional
        MeasurementSets of the run. Default: all.
    {parameters}

    Returns
    -------
    ResultsList of TsyscalResults
        One for each MeasurementSet.

    Raises
    ------
    InputError
        A parameter cannot be used, or a MeasurementSet has no system temperatures.

    Examples
    --------
    >>> h_tsyscal()  # doctest: +SKIP
    """
    return run_each(context, vis, given, TsyscalInputs, Tsyscal)
