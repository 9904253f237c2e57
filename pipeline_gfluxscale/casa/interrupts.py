"""Ctrl-C while CASA works: it neither kills the session nor gets lost."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def deferred() -> Iterator[None]:
    """Let CASA come to the end of what it does before Ctrl-C takes effect.

    CASA's C++ does not hear it; the Python around it may swallow it, leave its tools open, or make a SystemError of
    it. And setjy leaves the signal at "end the process and clean up nothing", where it has to be put back: a run in
    the background, which ignores Ctrl-C, has to go on ignoring it. Between the end of setjy's own work and here,
    Ctrl-C does end the process, and leaves of the MS what docs/results.md says of a kill.
    """
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or handler is None:
        yield
        return
    came: list[int] = []
    if callable(handler):
        signal.signal(signal.SIGINT, lambda number, _frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if came and callable(handler):
            handler(signal.SIGINT, None)
