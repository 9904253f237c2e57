"""Run pipeline processing requests at the prompt."""

from pathlib import Path

from ..errors import InputError
from ..system.logs import LOG_LEVELS, console_logging, set_log_level
from ..system.unexpected import raises_our_errors
from .session import current_context, has_current_context, set_current_context
from .state import PLOT_LEVELS, new_name


@raises_our_errors
def executeppr(
    pprXmlFile: str | Path,
    importonly: bool = False,
    breakpoint: str = "breakpoint",
    bpaction: str = "ignore",
    loglevel: str = "info",
    plotlevel: str = "default",
    interactive: bool = True,
) -> None:
    """Run a pipeline processing request.

    The data have to be in ``$SCIPIPE_ROOTDIR/<RelativePath>/rawdata``, and files are written to ``working`` beside it;
    without that variable, the directories are ``../rawdata`` and ``../working``. The whole request is checked before
    anything runs. The context is saved at the end, and becomes the current context.

    Parameters
    ----------
    pprXmlFile : str
        The file of the request.
    importonly : bool
        Stop after the import of the data.
    breakpoint : str
        Name of the command that marks the breakpoint; it is not run itself.
    bpaction : {'ignore', 'break', 'resume'}
        Run all other commands; only the commands before the breakpoint; or, with the context that was saved last, only
        the commands after it.
    loglevel : {'critical', 'error', 'warning', 'info', 'debug', 'todo', 'trace'}
        Messages of lower levels are not shown.
    plotlevel : {'all', 'default', 'summary'}
        ``'summary'`` leaves the plots of single spws out of the WebLog.
    interactive : bool
        Show the log and the results on the terminal, and not in CASA's log only.

    Raises
    ------
    GFluxscaleError
        The request cannot be run, or a stage failed. Then there is a file ``errorexit-<UTC>.txt`` in the working
        directory and in ``products``.

    Examples
    --------
    >>> executeppr("PPR_uid___A001_X14c3_X1dd.xml", bpaction="break")  # doctest: +SKIP
    """
    from ..pipeline.context_json import save_context
    from ..recipes.executeppr import execute_request
    from .report import print_results
    from .weblog import show_context_weblog

    for argument, value, choices in (("loglevel", loglevel, LOG_LEVELS), ("plotlevel", plotlevel, PLOT_LEVELS)):
        if value not in choices:
            raise InputError(argument, value, "unknown level", choices)
    if has_current_context() and current_context().data:
        # The current context will be replaced.
        save_context(current_context())
    set_log_level(loglevel)
    with console_logging(terminal=interactive, results_shown=interactive):
        stages = execute_request(
            pprXmlFile, importonly=importonly, breakpoint=breakpoint, bpaction=bpaction, name=new_name()
        )
        for context, _, results in stages:
            context.plotlevel = plotlevel
            set_current_context(context)
            if interactive:
                print_results(results)
            show_context_weblog(context, quiet=not interactive)
