"""The package's log in CASA's log."""

import logging

from . import runtime

_PRIORITIES = ((logging.ERROR, "SEVERE"), (logging.WARNING, "WARN"), (logging.INFO, "INFO"), (0, "DEBUG1"))


class CasaLogHandler(logging.Handler):
    """Post messages to casalog if CASA is running; CASA is not started for a message.

    Parameters
    ----------
    echo : bool
        Whether CASA may repeat warnings and errors on the terminal. Otherwise they are posted with the priority INFO,
        with their level at the start of the text.
    """

    def __init__(self, *, echo: bool = True):
        super().__init__()
        self._echo = echo

    def emit(self, record: logging.LogRecord) -> None:
        """Post a message with the priority that its level means to CASA."""
        if not runtime.is_running():
            return
        try:
            message = record.getMessage()
            priority = next(name for level, name in _PRIORITIES if record.levelno >= level)
            if not self._echo and record.levelno >= logging.WARNING:
                message, priority = f"{record.levelname}: {message}", "INFO"
            runtime.casalog().post(message, priority, origin=record.name.partition(".")[0])
        except Exception:  # like all handlers of the standard library
            self.handleError(record)
