"""The package's log in CASA's log."""

import logging
import sys

from . import runtime

_PRIORITIES = ((logging.ERROR, "SEVERE"), (logging.WARNING, "WARN"), (logging.INFO, "INFO"), (0, "DEBUG1"))


class CasaLogHandler(logging.Handler):
    """Post to casalog, once CASA runs; a log message is no reason to start it.

    Parameters
    ----------
    echo : bool
        CASA repeats warnings on the terminal. Without echo they are posted as information that begins with their
        level, for when the terminal shows them already.
    """

    def __init__(self, *, echo: bool = True):
        super().__init__()
        self._echo = echo

    def emit(self, record: logging.LogRecord) -> None:
        """Post a message with the priority that its level means to CASA."""
        if "casatasks" not in sys.modules:
            return
        try:
            message = record.getMessage()
            priority = next(name for level, name in _PRIORITIES if record.levelno >= level)
            if not self._echo and record.levelno >= logging.WARNING:
                message, priority = f"{record.levelname}: {message}", "INFO"
            runtime.casatasks().casalog.post(message, priority, origin=record.name.partition(".")[0])
        except Exception:  # as every handler of the standard library
            self.handleError(record)
