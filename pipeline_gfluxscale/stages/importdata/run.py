"""hifa_importdata as a stage of a recipe."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...pipeline.basetask import ResultsList
from ...pipeline.context import Context
from ...pipeline.ownership import owns_its_data
from ...pipeline.parameters import takes_parameters
from ...pipeline.runner import in_transaction
from .inputs import ImportdataInputs
from .results import ImportdataResults
from .task import import_all


@takes_parameters(ImportdataInputs)
@owns_its_data
def run_hifa_importdata(
    context: Context, vis: str | Path | Sequence[str | Path] | None = None, *, given: Mapping[str, Any]
) -> ResultsList[ImportdataResults]:
    """Import ASDMs and MeasurementSets into the run.

    A MeasurementSet is used where it is. Of an ASDM a MeasurementSet is made in the working directory, with the
    observatory's online flags applied; one that is there already is used instead.

    The flux densities of calibrators that are known go into ``flux.csv`` in the working directory: on request those of
    ALMA's calibrator catalogue, else those of the ASDM's Source.xml. Entries that the file has stay as they are: edit
    it, and begin again. The addresses of the catalogue's service and of its stand-in may be set by the environment
    variables FLUX_SERVICE_URL and FLUX_SERVICE_URL_BACKUP.

    Parameters
    ----------
    vis : str or list of str
        ASDMs and MeasurementSets.
    {parameters}

    Returns
    -------
    ResultsList of ImportdataResults
        One for each MeasurementSet.

    Raises
    ------
    InputError
        A parameter cannot be used, or data are no ASDM or MeasurementSet.
    GFluxscaleError
        The only data cannot be imported. Of several, an error is in the results of its data; the others are imported
        as MeasurementSets, but the context stays as it was.

    Examples
    --------
    >>> hifa_importdata(vis=["uid___A002_X1", "uid___A002_X2.ms"], dbservice=True)  # doctest: +SKIP
    """

    def work(trial: Context) -> ResultsList[ImportdataResults]:
        return import_all(ImportdataInputs.of_call(trial, vis, given))

    return in_transaction(context, work)
