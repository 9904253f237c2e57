"""hifa_importdata as a stage of a recipe."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...pipeline.basetask import ResultsList
from ...pipeline.context import Context
from ...pipeline.ownership import owns_its_data
from ...pipeline.runner import in_transaction
from .inputs import ImportdataInputs
from .results import ImportdataResults
from .task import import_all


@owns_its_data
def run_hifa_importdata(
    context: Context,
    vis: str | Path | Sequence[str | Path] | None = None,
    session: Any = None,
    asis: Any = None,
    process_caldevice: Any = None,
    overwrite: Any = None,
    bdfflags: Any = None,
    lazy: Any = None,
    dbservice: Any = None,
    ocorr_mode: Any = None,
    dbservice_timeout: Any = None,
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
    session : list of str, optional
        The session of each. Default: ``'session_1'`` for all.
    asis : str, optional
        Tables of the ASDM to copy into the MeasurementSet. Default: those that the pipeline copies.
    process_caldevice : bool, optional
        Import the CalDevice table. Default: False.
    overwrite : bool, optional
        Make the MeasurementSet of an ASDM anew where there is one. Default: False.
    bdfflags : bool, optional
        Apply the flags of the correlator. Default: True.
    lazy : bool, optional
        Leave the data in the ASDM, and refer to them. Default: False.
    dbservice : bool, optional
        Ask ALMA's calibrator catalogue, over the network. Default: False, unlike the pipeline's.
    ocorr_mode : {'ca', 'co', 'ao'}, optional
        Cross- and autocorrelations, or one of them. Default: ``'ca'``.
    dbservice_timeout : float, optional
        Longest time to wait for an answer (s). Default: 20.

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
    given = {
        "asis": asis,
        "process_caldevice": process_caldevice,
        "overwrite": overwrite,
        "bdfflags": bdfflags,
        "lazy": lazy,
        "dbservice": dbservice,
        "ocorr_mode": ocorr_mode,
        "dbservice_timeout": dbservice_timeout,
    }

    def work(trial: Context) -> ResultsList[ImportdataResults]:
        return import_all(ImportdataInputs.of(trial, vis, session, **given))

    return in_transaction(context, work)
