"""Delay the signals SIGINT (Ctrl-C), SIGTERM and SIGHUP until CASA has finished its current work."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def deferred() -> Iterator[None]:
    """Record the signals that arrive inside, and raise the first of them at the end.

    CASA's C++ code cannot be interrupted, and CASA's Python code may ignore the exception, leave its tools open, or
    turn it into a SystemError. Also, setjy sets the handler of SIGINT to the operating system's default. Therefore the
    earlier handlers are restored: a run in the background that ignores SIGINT must go on ignoring it. Between the end
    of setjy's own work and the restoration Ctrl-C ends the process at once, with the same state of the MS as after a
    kill (see docs/results.md).
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handlers = {number: signal.getsignal(number) for number in _SIGNALS}
    received: list[int] = []
    for number, handler in handlers.items():
        if callable(handler):
            signal.signal(number, lambda number, _frame: received.append(number))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            if handler is not None:  # None: the handler was not set by Python, which cannot restore it
                signal.signal(number, handler)
        if received:
            signal.raise_signal(received[0])
