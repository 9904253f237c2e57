"""The functions of the CASA prompt, of scripts and of notebooks."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..infrastructure.basetask import ResultsList
from ..infrastructure.context import Context
from .session import has_current_context, holds

LOG = logging.getLogger(__name__)


def hifa_gfluxscale(
    vis: str | Path | Sequence[str | Path] | None = None,
    reference: Any = None,
    transfer: Any = None,
    refintent: Any = None,
    transintent: Any = None,
    refspwmap: Any = None,
    reffile: Any = None,
    phaseupsolint: Any = None,
    solint: Any = None,
    minsnr: Any = None,
    refant: Any = None,
    hm_resolvedcals: Any = None,
    antenna: Any = None,
    peak_fraction: Any = None,
    amp_outlier_sigma: Any = None,
    parallel: Any = None,
    *,
    calstate: str | Path | None = None,
    output_dir: str | Path = ".",
    context: Context | None = None,
    dask: str | None = None,
) -> ResultsList:
    """Transfer the absolute flux scale from the amplitude calibrator to the other calibrators.

    Derives flux densities of point-source calibrators from a reference calibrator of known flux density, writes
    them to MODEL_DATA of these calibrators, and measures their calibrated visibilities.

    Every parameter but `vis` may also be a mapping from names of MeasurementSets to values.

    Parameters
    ----------
    vis : str or list of str
        The MeasurementSets. Defaults to those of `context`, and without one to those of the current context.
    reference : str
        Comma separated names or ids of the reference fields. Defaults to the fields with `refintent`.
    transfer : str
        Comma separated names or ids of the transfer fields. Defaults to the fields with `transintent`.
    refintent : str
        Intents of the reference data; ``''`` for data without intents. Default: ``'AMPLITUDE'``.
    transintent : str
        Intents of the transfer data. Default:
        ``'PHASE,BANDPASS,CHECK,DIFFGAINREF,DIFFGAINSRC,POLARIZATION,POLANGLE,POLLEAKAGE'``.
    refspwmap : list of int
        For each spw, the spw whose reference solutions scale it. Default: its own.
    reffile : str
        Flux densities of calibrators (flux.csv). Default: ``flux.csv`` in the working directory, if there is one.
    phaseupsolint, solint : str
        Solution intervals of the phase (default ``'int'``) and amplitude (default ``'inf'``) solves.
    minsnr : float
        Least signal-to-noise ratio of a solution. Default: 2.
    refant : str
        Reference antennas, best first. Default: the ranked list of the context.
    hm_resolvedcals : {'automatic', 'manual'}
        How antennas are chosen for a resolved reference: by its size, or those of `antenna`.
    antenna : str
        Antennas for ``hm_resolvedcals='manual'``.
    peak_fraction : float
        Antennas within the uv distance at which a resolved reference falls to this fraction of its peak are used.
        Default: 0.2.
    amp_outlier_sigma : float
        Amplitude solutions further off than this are flagged. Default: 50.
    parallel : {None, True, False, 'automatic', 'true', 'false'}
        Work on several MeasurementSets at a time: in the processes of mpirun, where Python was started by it; else on
        a Dask cluster, where one is given by `dask` or DASK_SCHEDULER_ADDRESS; else in processes on this machine, one a
        core. The results are the same. Default: one after another.
    calstate : str, optional
        Prior calibration: a file of applycal statements (``<vis>.calapply.txt``) or a CASA cal library.
    output_dir : str
        Working directory; caltables and logs are written there.
    context : Context, optional
        The state of a run. Without one the current context serves, if `vis` is in it or not given; else the data
        are imported and the rest is found out.
    dask : str, optional
        Address of a Dask scheduler, whose workers see the same files as this process.

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
    return _run("hifa_gfluxscale", locals())


def session_gfluxscale(
    vis: str | Path | Sequence[str | Path] | None = None,
    reference: Any = None,
    transfer: Any = None,
    refintent: Any = None,
    transintent: Any = None,
    refspwmap: Any = None,
    reffile: Any = None,
    phaseupsolint: Any = None,
    solint: Any = None,
    minsnr: Any = None,
    refant: Any = None,
    hm_resolvedcals: Any = None,
    antenna: Any = None,
    peak_fraction: Any = None,
    amp_outlier_sigma: Any = None,
    parallel: Any = None,
    session: Any = None,
    *,
    calstate: str | Path | None = None,
    output_dir: str | Path = ".",
    context: Context | None = None,
    dask: str | None = None,
) -> ResultsList:
    """Transfer the absolute flux scale in MeasurementSets of a session, of which not all have an amplitude calibrator.

    Those that have one are worked on as by `hifa_gfluxscale`. The others adopt, for each field name and spw name, the
    mean of the flux densities that were found in the other MeasurementSets of their session: the derived ones become
    their MODEL_DATA, as in the others. The uncertainty of a mean is its standard error; the flux density of a single
    MeasurementSet keeps its own. Results, tables and WebLog say what was adopted, and from which.

    Parameters
    ----------
    session : list or mapping of str
        The session of each MeasurementSet: a list in the order of `vis`, or a mapping from their names. Default: all
        are of one session.
    vis, reference, transfer, refintent, transintent, refspwmap, reffile, phaseupsolint, solint, minsnr, refant, \
    hm_resolvedcals, antenna, peak_fraction, amp_outlier_sigma, parallel, calstate, output_dir, context, dask
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
    return _run("session_gfluxscale", locals())


def _run(command: str, given: dict[str, Any]) -> ResultsList:
    """Run a command of this module with the arguments that it was given."""
    from ..infrastructure.executors.choose import choose, using_dask
    from ..infrastructure.logs import console_logging
    from ..tasks.gfluxscale.inputs import Parameters, check_parallel
    from ..tasks.gfluxscale.run import run_gfluxscale
    from ..tasks.gfluxscale.session import run_session
    from .stages import run_on_current_context

    vis = given["vis"]
    parameters = Parameters(**{name: given[name] for name in Parameters.__dataclass_fields__})
    check_parallel(given["parallel"])
    with console_logging(), using_dask(given["dask"]):
        if given["context"] is None and given["calstate"] is None and (holds(vis) if vis else has_current_context()):
            outside = ("calstate", "output_dir", "context", "dask")
            asked = {name: value for name, value in given.items() if value is not None and name not in outside}
            return run_on_current_context(command, asked)
        where = {name: given[name] for name in ("calstate", "output_dir", "context")}
        where["executor"] = choose(given["parallel"])
        if command == "session_gfluxscale":
            return run_session(vis, parameters, session=given["session"], **where)
        return run_gfluxscale(vis, parameters, **where)
