"""hif_setmodels as a stage of a recipe."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...infrastructure.basetask import ResultsList
from ...infrastructure.context import Context
from ...infrastructure.run_each import run_each
from .inputs import SetModelsInputs
from .results import SetModelsResults
from .task import SetModels


def run_hif_setmodels(
    context: Context,
    vis: str | Path | Sequence[str | Path] | None = None,
    reference: Any = None,
    refintent: Any = None,
    transfer: Any = None,
    transintent: Any = None,
    reffile: Any = None,
    normfluxes: Any = None,
) -> ResultsList[SetModelsResults]:
    """Set the models of the amplitude and bandpass calibrators, in MODEL_DATA.

    The model of a reference field is that of the solar-system object of its name, else the entry of the flux file, else
    the flux standard of its name. A transfer field gets the spectral index of the flux file and, by default, a flux
    density of 1 Jy: what a bandpass solve needs.

    Parameters
    ----------
    vis : str or list of str, optional
        MeasurementSets of the run. Default: all.
    reference : str, optional
        Names or ids of the reference fields. Default: those with `refintent`.
    refintent : str, optional
        Default: ``'AMPLITUDE'``.
    transfer : str, optional
        Names or ids of the transfer fields. Default: those with `transintent`.
    transintent : str, optional
        Default: ``'BANDPASS'``.
    reffile : str, optional
        Flux densities of calibrators. Default: ``flux.csv`` in the working directory, if there is one.
    normfluxes : bool, optional
        Set the flux densities of transfer fields to 1 Jy. Default: True.

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
    given = {name: value for name, value in locals().items() if name not in ("context", "vis")}
    return run_each(context, vis, given, SetModelsInputs, SetModels, SetModelsResults)
