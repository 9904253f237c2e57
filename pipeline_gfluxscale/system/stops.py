"""Let SIGTERM and SIGHUP end a run as Ctrl-C does: temporary files are deleted, and the status is 128 + n."""

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

LOG = logging.getLogger(__name__)

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class Stopped(SystemExit):
    """The process was asked to end; if nothing catches this, the exit status is that of the signal in shells."""

    def __init__(self, number: int):
        super().__init__(128 + number)
        self.name = signal.Signals(number).name


@contextmanager
def raised() -> Iterator[None]:
    """Raise `Stopped` for a signal that would end the process at once.

    Signals that the process ignores, as under nohup, stay ignored, and handlers of the application stay in place. Only
    the first signal has an effect: a second one would interrupt the cleaning up.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    mine = [number for number in _SIGNALS if signal.getsignal(number) is signal.SIG_DFL]

    def stop(number: int, _frame: FrameType | None) -> None:
        for each in mine:
            signal.signal(each, signal.SIG_IGN)
        raise Stopped(number)

    for number in mine:
        signal.signal(number, stop)
    try:
        yield
    except Stopped as stopped:
        if mine:
            LOG.error("stopped by %s", stopped.name)
        raise
    finally:
        for number in mine:
            signal.signal(number, signal.SIG_DFL)
