"""The functions of hifa_gfluxscale for the CASA prompt, scripts and notebooks."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..pipeline.basetask import ResultsList
from ..pipeline.context import Context
from ..pipeline.parameters import PARALLEL, check_given, takes_parameters
from ..stages.gfluxscale.inputs import SESSION, GFluxscaleInputs
from ..system.unexpected import raises_our_errors
from .session import current_context_has, has_current_context

LOG = logging.getLogger(__name__)


@takes_parameters(GFluxscaleInputs, PARALLEL)
@raises_our_errors
def hifa_gfluxscale(
    vis: str | Path | Sequence[str | Path] | None = None,
    *,
    given: Mapping[str, Any],
    calstate: str | Path | None = None,
    output_dir: str | Path = ".",
    context: Context | None = None,
    dask: str | None = None,
) -> ResultsList[Any]:
    """Transfer the absolute flux scale from the amplitude calibrator to the other calibrators.

    Derives flux densities of point-source calibrators from a reference calibrator of known flux density, writes
    them to MODEL_DATA of these calibrators, and measures their calibrated visibilities.

    Every parameter but `vis` may also be a mapping from names of MeasurementSets to values.

    Parameters
    ----------
    vis : str or list of str
        The MeasurementSets. Default: all MeasurementSets of `context`, or of the current context if there is no
        `context`.
    {parameters}
    calstate : str, optional
        Prior calibration: a file of applycal statements (``<vis>.calapply.txt``) or a CASA cal library; ``''`` means
        that DATA are calibrated already, even if the data look raw.
    output_dir : str
        Working directory; caltables and logs are written there.
    context : Context, optional
        The state of a run. Default: the current context, if it contains `vis` or there is no `vis`; otherwise a new
        context, into which the data are imported.
    dask : str, optional
        Address of a Dask scheduler, whose workers have access to the same files as this process.

    Returns
    -------
    ResultsList of GFluxscaleResults
        One for each MeasurementSet, in the order of `vis`.

    Raises
    ------
    GFluxscaleError
        `InputError` for an argument that cannot be used, before any work; see `pipeline_gfluxscale.errors`.

    Examples
    --------
    >>> hifa_gfluxscale(vis="uid___A002_X1.ms", calstate="uid___A002_X1.ms.calapply.txt")  # doctest: +SKIP
    """
    where = {"calstate": calstate, "output_dir": output_dir, "context": context}
    return _run("hifa_gfluxscale", vis, given, where, dask)


@takes_parameters(GFluxscaleInputs, PARALLEL, SESSION)
@raises_our_errors
def session_gfluxscale(
    vis: str | Path | Sequence[str | Path] | None = None,
    *,
    given: Mapping[str, Any],
    calstate: str | Path | None = None,
    output_dir: str | Path = ".",
    context: Context | None = None,
    dask: str | None = None,
) -> ResultsList[Any]:
    """Transfer the absolute flux scale in MeasurementSets of a session, of which not all have an amplitude calibrator.

    MeasurementSets with an amplitude calibrator are calibrated as by `hifa_gfluxscale`. For each field name and spw
    name, the other MeasurementSets adopt the mean of the flux densities that were measured in the session, and write
    the derived flux densities to MODEL_DATA. The uncertainty of a mean is its standard error; a flux density from a
    single MeasurementSet keeps its uncertainty. Results, tables and WebLog name the adopted flux densities, and the
    MeasurementSets from which they were adopted.

    Parameters
    ----------
    vis : str or list of str
        As in `hifa_gfluxscale`.
    {parameters}
    calstate, output_dir, context, dask
        As in `hifa_gfluxscale`.

    Returns
    -------
    ResultsList of GFluxscaleResults
        One for each MeasurementSet, in the order of `vis`.

    Raises
    ------
    GFluxscaleError
        As `hifa_gfluxscale`.

    Examples
    --------
    >>> session_gfluxscale(vis=["uid___A002_X1.ms", "uid___A002_X2.ms"], parallel="automatic")  # doctest: +SKIP
    """
    where = {"calstate": calstate, "output_dir": output_dir, "context": context}
    return _run("session_gfluxscale", vis, given, where, dask)


def _run(
    command: str,
    vis: str | Path | Sequence[str | Path] | None,
    given: Mapping[str, Any],
    where: Mapping[str, Any],
    dask: str | None,
) -> ResultsList[Any]:
    """Run the stage in the current context if it has these data, otherwise in a new context."""
    from ..parallel.choose import using_dask
    from ..pipeline.runner import engine
    from ..stages.gfluxscale.run import run_gfluxscale
    from ..stages.gfluxscale.session import run_session
    from ..system.logs import console_logging
    from .stages import run_on_current_context

    check_given(PARALLEL, given)
    if where["context"] is not None and not isinstance(where["context"], Context):
        raise InputError("context", where["context"], "a context, as h_init returns it, is needed")
    with console_logging(), using_dask(dask):
        is_default = where["context"] is None and where["calstate"] is None
        if is_default and (current_context_has(vis) if vis else has_current_context()):
            parameters = {name: value for name, value in {"vis": vis, **given}.items() if value is not None}
            return run_on_current_context(command, parameters)
        run = run_session if command == "session_gfluxscale" else run_gfluxscale
        return run(vis, given, executor=engine(given), **where)
