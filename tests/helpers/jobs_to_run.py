"""Jobs for workers: functions of a module, as workers import them by name."""

import logging
import os
import signal
import sys
import time

LOG = logging.getLogger("pipeline_gfluxscale.test")


def square(number):
    return number * number


def square_slowly(number):
    """The first tasks end last."""
    time.sleep(0.6 - 0.2 * number)
    return number * number


def where(_):
    return os.getpid()


def fail(what):
    raise ZeroDivisionError(what)


def die(_):
    LOG.info("%s", "Solve", extra={"step": "Solve"})
    os.kill(os.getpid(), signal.SIGKILL)


def leave(status):
    os._exit(status)


def no_pickle(_):
    return lambda: None


def speak(word):
    LOG.warning("it says %s", word)
    LOG.debug("nobody wants to know")
    print("noise on standard output")
    return word


def sleep(marker):
    """Write the process id to a file, and stay."""
    with open(marker, "w") as file:
        file.write(str(os.getpid()))
    try:
        time.sleep(60)
    finally:
        with open(f"{marker}.cleaned", "w"):
            pass


def environment(name):
    return os.environ.get(name), name in sys.argv


def casa_is_here(_):
    return "casatools" in sys.modules


def stop(marker):
    """Write the process id to a file, and stop; after SIGCONT, work for a moment."""
    LOG.info("%s", "Solve", extra={"step": "Solve"})
    with open(marker, "w") as file:
        file.write(str(os.getpid()))
    os.kill(os.getpid(), signal.SIGSTOP)
    end = time.monotonic() + 2
    while time.monotonic() < end:
        time.sleep(0.05)
    return "gone on"


def go_on(marker):
    """Have a process that has stopped go on."""
    with open(marker) as file:
        os.kill(int(file.read()), signal.SIGCONT)
