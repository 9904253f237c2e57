"""Make SIGTERM and SIGHUP end a run in the same way as Ctrl-C: temporary files are deleted; the status is 128 + n."""

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

LOG = logging.getLogger(__name__)

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class Stopped(SystemExit):
    """The process received a signal to end; the exit status is the status that shells use for the signal."""

    def __init__(self, number: int):
        super().__init__(128 + number)
        self.name = signal.Signals(number).name


@contextmanager
def raised() -> Iterator[None]:
    """Raise `Stopped` for SIGTERM and SIGHUP, which would end the process at once.

    A signal that the process ignores, as under nohup, is still ignored, and handlers of the application are not
    replaced. Signals after the first have no effect, as they would interrupt the deletion of temporary files.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    mine = [number for number in _SIGNALS if signal.getsignal(number) is signal.SIG_DFL]

    def stop(number: int, _frame: FrameType | None) -> None:
        for later in mine:
            signal.signal(later, signal.SIG_IGN)
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
