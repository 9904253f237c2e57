"""Start CASA once, on first use, with runtime data it can work with.

casatools looks for its data (ephemerides, observatories, leap seconds) when it is imported and refuses to start
without them, so the place has to be settled before. The user's own configuration wins; the ``casadata`` package
serves who has none.
"""

import functools
import importlib
import importlib.util
import logging
import resource
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from ..errors import MissingCasaDataError, NotEnoughMemoryError

LOG = logging.getLogger(__name__)

# casadata ages, and casatools repeats this at SEVERE with many calls. It does not matter to flux scaling.
_STALE_LEAP_SECONDS = "Leap second table TAI_UTC seems out-of-date"

# Measured: 1.2 GB for a run on a small MeasurementSet, most of it the libraries and the stacks of CASA's threads.
_ADDRESS_SPACE = 1_500_000_000


def _has_measures(directory: str | None) -> bool:
    return bool(directory) and (Path(str(directory)).expanduser() / "geodetic" / "Observatories").is_dir()


def configure_data() -> Path:
    """Settle where CASA finds its runtime data; imports casaconfig, not casatools.

    Returns
    -------
    Path
        The directory of the measures data.

    Raises
    ------
    MissingCasaDataError
        If neither the user's CASA configuration nor the ``casadata`` package has them.
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
    """Have CASA write its log to a file, from now on."""
    if "casatasks" in sys.modules:
        casatasks().casalog.setlogfile(str(path.absolute()))
        return
    config: Any = importlib.import_module("casaconfig.config")
    config.logfile = str(path)


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
    """Import casatools, with its runtime data settled; at the first call only."""
    if "casatasks" in sys.modules:
        # A CASA prompt has started CASA and its log; a second global log would pull the first away under it.
        return importlib.import_module("casatools")
    _check_memory_limit()
    configure_data()
    module = importlib.import_module("casatools")
    sink = module.logsink()
    sink.setglobal(True)
    sink.filterMsg([_STALE_LEAP_SECONDS])
    return module


@functools.cache
def casatasks() -> ModuleType:
    """Import casatasks, with its runtime data settled; at the first call only."""
    casatools()
    module = importlib.import_module("casatasks")
    module.casalog.filterMsg([_STALE_LEAP_SECONDS])
    return module
