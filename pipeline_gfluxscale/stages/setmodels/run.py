"""hif_setmodels as a stage of a recipe."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...pipeline.basetask import ResultsList
from ...pipeline.context import Context
from ...pipeline.parameters import PARALLEL, takes_parameters
from ...pipeline.runner import run_each
from .inputs import SetModelsInputs
from .results import SetModelsResults
from .task import SetModels


@takes_parameters(SetModelsInputs, PARALLEL)
def run_hif_setmodels(
    context: Context, vis: str | Path | Sequence[str | Path] | None = None, *, given: Mapping[str, Any]
) -> ResultsList[SetModelsResults]:
    """Set the models of the amplitude and bandpass calibrators, in MODEL_DATA.

    The model of a reference field is chosen as by hifa_gfluxscale: that of a solar-system object or an extended source
    stays, else the entry of the flux file, else the model in the MeasurementSet, else the flux standard of its name. A
    transfer field gets the spectral index of the flux file and, by default, a flux density of 1 Jy: what a bandpass
    solve needs.

    Parameters
    ----------
    vis : str or list of str, optional
        MeasurementSets of the run. Default: all.
    {parameters}

    Returns
    -------
    ResultsList of SetModelsResults
        One for each MeasurementSet.

    Raises
    ------
    InputError
        A parameter cannot be used, or the flux density of a reference field is not known.

    Examples
    --------
    >>> hif_setmodels(reffile="flux.csv")  # doctest: +SKIP
    """
    return run_each(context, vis, given, SetModelsInputs, SetModels)
