"""Import CASA once, on first use, after its runtime data have been configured.

casatools looks for its runtime data (ephemerides, observatories, leap seconds) during its import, and refuses to start
without them. Data in the user's own CASA configuration are used if they are there; otherwise the data of the
``casadata`` package are used.
"""

import functools
import importlib
import importlib.util
import logging
import platform
import resource
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from ..errors import MissingCasaDataError, NotEnoughMemoryError

LOG = logging.getLogger(__name__)

# casatools repeats this message with the priority SEVERE if casadata is some months old. Leap seconds of the last
# months do not matter to flux densities.
_STALE_LEAP_SECONDS = "Leap second table TAI_UTC seems out-of-date"

# Measured: 1.2 GB for a run on a small MeasurementSet, most of it the libraries and the stacks of CASA's threads.
_ADDRESS_SPACE = 1_500_000_000


def _has_measures(directory: str | None) -> bool:
    return bool(directory) and (Path(str(directory)).expanduser() / "geodetic" / "Observatories").is_dir()


def configure_data() -> Path:
    """Configure the directory of CASA's runtime data; this imports casaconfig, not casatools.

    Returns
    -------
    Path
        The directory of the measures data.

    Raises
    ------
    MissingCasaDataError
        If the directory in the user's CASA configuration has no data, and the ``casadata`` package is not installed.
    """
    config: Any = importlib.import_module("casaconfig.config")
    if _has_measures(config.measurespath):
        return Path(config.measurespath).expanduser()
    if importlib.util.find_spec("casadata") is None:
        raise MissingCasaDataError(
            f"CASA's runtime data are not in {config.measurespath!r} (measurespath of your CASA configuration). "
            "Install them with 'pip install casadata' (844 MB), or let CASA fetch them with "
            "'python -m casaconfig --populate-data', or set measurespath in ~/.casa/config.py."
        )
    directory = importlib.import_module("casadata").datapath
    config.measurespath = directory
    config.datapath = [directory]
    config.data_auto_update = False
    config.measures_auto_update = False
    return Path(directory)


def log_to(path: Path) -> None:
    """Make CASA write its log to a file, from now on."""
    config: Any = importlib.import_module("casaconfig.config")
    config.logfile = str(path.absolute())
    if is_running():
        if "casatasks" not in sys.modules:
            _make_global_log().setlogfile(config.logfile)
        casalog().setlogfile(config.logfile)


def is_running() -> bool:
    """Return whether CASA's tools have been imported."""
    return "casatools" in sys.modules


def casalog() -> Any:
    """Return a log to post messages to; they go where the messages of CASA's tools and tasks go."""
    return casatasks().casalog if "casatasks" in sys.modules else _log_for_posts()


def _check_memory_limit() -> None:
    """Raise `NotEnoughMemoryError` if a limit (ulimit -v) is too low for CASA, which would abort, or hang."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < _ADDRESS_SPACE:
        raise NotEnoughMemoryError(
            f"the limit on virtual memory (ulimit -v) is {limit / 1e9:.2f} GB, and CASA needs at least "
            f"{_ADDRESS_SPACE / 1e9:.1f} GB: raise it, or set 'ulimit -v unlimited'"
        )


@functools.cache
def casatools() -> ModuleType:
    """Return the module casatools; the first call configures the runtime data and imports it."""
    if "casatasks" in sys.modules:
        # A CASA prompt has already started CASA and its log, which a second global log would close.
        return importlib.import_module("casatools")
    _check_memory_limit()
    configure_data()
    module = importlib.import_module("casatools")
    _make_global_log()
    _log_for_posts().post(f"Python {platform.python_version()}, CASA {module.version_string()}", "INFO")
    return module


def _make_global_log() -> Any:
    """Make the log of CASA's tools; casatasks and casampi make others in its place.

    Nothing may keep it: CASA crashes if a message is posted to a log in whose place another one is global.
    """
    log = importlib.import_module("casatools").logsink()
    log.setglobal(True)
    log.filterMsg([_STALE_LEAP_SECONDS])
    return log


@functools.cache
def _log_for_posts() -> Any:
    """Return a log of the same file that has never been global."""
    return importlib.import_module("casatools").logsink()


@functools.cache
def casatasks() -> ModuleType:
    """Return the module casatasks; the first call configures the runtime data and imports it, in about 3 s."""
    casatools()
    path = "" if "casatasks" in sys.modules else casalog().logfile()
    module = importlib.import_module("casatasks")
    if path and module.casalog.logfile() != path:  # its log has the first file of the process
        module.casalog.setlogfile(path)
    module.casalog.filterMsg([_STALE_LEAP_SECONDS])
    return module
