"""The functions of the prompt that create, save and load the state of a run."""

import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from ..errors import InputError
from ..pipeline.checks import flag
from ..pipeline.context import Context
from ..system.logs import LOG_LEVELS, console_logging, set_log_level
from ..system.outputs import check_working_directory
from ..system.unexpected import raises_our_errors
from .session import current_context, set_current_context

LOG = logging.getLogger(__name__)

PLOT_LEVELS = ("all", "default", "summary")


def new_name() -> str:
    """Return a name for a new context: the ALMA Pipeline's form and the process id, as runs may begin in one second."""
    return f"pipeline-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}"


@raises_our_errors
def h_init(
    loglevel: str = "info",
    plotlevel: str = "default",
    weblog: bool = True,
    processing_intents: Mapping[str, str] | None = None,
    *,
    output_dir: str | Path = ".",
) -> Context:
    """Begin a run: create an empty context, on which the following stages work.

    Parameters
    ----------
    loglevel : {'critical', 'error', 'warning', 'info', 'debug', 'todo', 'trace'}
        Messages of lower levels are not shown.
    plotlevel : {'all', 'default', 'summary'}
        ``'summary'`` leaves the plots of single spws out of the WebLog.
    weblog : bool
        Render the page of a stage in ``weblog`` in the working directory, as soon as the stage has run.
    processing_intents : dict of str to str, optional
        The purpose of the run, as in a processing request; saved with the context.
    output_dir : str
        Working directory, to which all files are written.

    Returns
    -------
    Context
        The current context from now on.

    Raises
    ------
    InputError
        An argument cannot be used.

    Examples
    --------
    >>> h_init()  # doctest: +SKIP
    """
    if plotlevel not in PLOT_LEVELS:
        raise InputError("plotlevel", plotlevel, "unknown level", PLOT_LEVELS)
    if loglevel not in LOG_LEVELS:
        raise InputError("loglevel", loglevel, "unknown level", LOG_LEVELS)
    flag("weblog", weblog)
    if not isinstance(processing_intents, Mapping | None):
        raise InputError("processing_intents", processing_intents, "a mapping of names to texts is needed")
    directory = Path(output_dir).expanduser().absolute()
    if not directory.is_dir():
        raise InputError("output_dir", str(output_dir), "no such directory")
    check_working_directory("output_dir", directory)
    set_log_level(loglevel)
    intents = {str(name): str(text) for name, text in (processing_intents or {}).items()}
    context = Context(directory, name=new_name(), weblog=weblog, plotlevel=plotlevel, processing_intents=intents)
    set_current_context(context)
    return context


@raises_our_errors
def h_save(filename: str | None = None) -> None:
    """Save the current context as JSON.

    Parameters
    ----------
    filename : str, optional
        The file. Default: the name of the context with ``.context.json``, in the working directory.

    Examples
    --------
    >>> h_save()  # doctest: +SKIP
    """
    from ..pipeline.state_commands import save

    with console_logging():
        save(current_context(), filename)


@raises_our_errors
def h_resume(filename: str | None = None) -> Context:
    """Load a saved run; the directory of the file becomes its working directory.

    Parameters
    ----------
    filename : str, optional
        A file that `h_save` wrote, on this or another machine. Default, and ``'last'``: the file in the current
        directory that was saved last.

    Returns
    -------
    Context
        The current context from now on.

    Raises
    ------
    InputError
        There is no such file, or a MeasurementSet is neither at its path relative to the file nor in the directory of
        the file.
    FileFormatError
        The file is not a saved context.

    Examples
    --------
    >>> h_resume()  # doctest: +SKIP
    """
    from ..pipeline.context_json import latest_context, load_context

    with console_logging():
        path = latest_context() if filename in (None, "", "last") else Path(str(filename))
        context = load_context(path)
        LOG.info("Resumed from %s, after stage %d", path, context.stage)
    set_current_context(context)
    return context


@raises_our_errors
def h_export_calstate(filename: str | None = None, state: str | None = None) -> None:
    """Write the calibration of the current context as applycal statements, which the ALMA Pipeline can read too.

    Parameters
    ----------
    filename : str, optional
        The file. Default: the name of the context with ``.calstate``, in the working directory.
    state : {None, 'active'}
        ``'applied'``, as in the ALMA Pipeline, is an error: no stage of this package applies calibration to the data.

    Examples
    --------
    >>> h_export_calstate("after_bandpass.calstate")  # doctest: +SKIP
    """
    from ..pipeline.state_commands import export_calstate

    with console_logging():
        export_calstate(current_context(), filename, state)


@raises_our_errors
def h_import_calstate(filename: str) -> None:
    """Replace the calibration of the current context by the calibration in a file.

    Parameters
    ----------
    filename : str
        A file of applycal statements, by `h_export_calstate` or by the ALMA Pipeline, or a CASA cal library.

    Raises
    ------
    InputError
        There is no such file.
    FileFormatError
        The file cannot be understood, or a table does not exist.

    Examples
    --------
    >>> h_import_calstate("uid___A002_X1.ms.calapply.txt")  # doctest: +SKIP
    """
    from ..pipeline.state_commands import import_calstate

    with console_logging():
        import_calstate(current_context(), filename)


@raises_our_errors
def h_weblog(*, open_page: bool = True) -> None:
    """Render the WebLog of the current context, in ``weblog`` in its working directory.

    Parameters
    ----------
    open_page : bool
        Whether to open the WebLog in a browser.

    Raises
    ------
    InputError
        No stage with a page was run.

    Examples
    --------
    >>> h_weblog()  # doctest: +SKIP
    """
    import click

    from ..weblog.run_pages import render_context

    page = render_context(current_context())
    print(f"WebLog: {page}")
    if open_page:
        click.launch(page.as_uri())
