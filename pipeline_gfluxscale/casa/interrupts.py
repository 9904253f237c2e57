"""Delay Ctrl-C, SIGTERM and SIGHUP while CASA works: they neither kill the process nor are they lost."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def deferred() -> Iterator[None]:
    """Let CASA come to the end of what it does before Ctrl-C takes effect.

    CASA's C++ does not hear it; the Python around it may swallow it, leave its tools open, or make a SystemError of
    it. And setjy leaves the signal at "end the process and clean up nothing", where it has to be put back: a run in
    the background, which ignores Ctrl-C, has to go on ignoring it. Between the end of setjy's own work and here,
    Ctrl-C does end the process, and leaves of the MS what docs/results.md says of a kill.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handlers = {number: signal.getsignal(number) for number in _SIGNALS}
    came: list[int] = []
    for number, handler in handlers.items():
        if callable(handler):
            signal.signal(number, lambda number, _frame: came.append(number))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            if handler is not None:  # else it was not Python that set it
                signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])
