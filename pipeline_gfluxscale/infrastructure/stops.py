"""SIGTERM and SIGHUP end a run as Ctrl-C does: what it has made for itself is deleted, and the status is 128 + n."""

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

LOG = logging.getLogger(__name__)

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class Stopped(SystemExit):
    """The process was asked to end; what nobody catches ends it with the status that shells know of signals."""

    def __init__(self, number: int):
        super().__init__(128 + number)
        self.name = signal.Signals(number).name


@contextmanager
def raised() -> Iterator[None]:
    """Raise `Stopped` for a signal that would end the process at once.

    One that the process ignores, as under nohup, it goes on ignoring, and one that the application has a handler for is
    the application's. The first signal is the one that counts: others would stop the cleaning up.
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
