"""Work in forks of a process that has loaded CASA and opened no table, so that each begins at once."""

import json
import os
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

_POLL = 0.002  # s


def fork(work: Callable[[], Any], answer: Path) -> int:
    """Write the result of work in a fork, or its exception, to a file; return the process id."""
    pid = os.fork()
    if pid == 0:
        try:
            said = work()
        except BaseException as error:
            traceback.print_exc()
            said = f"{type(error).__name__}: {error}"
        answer.write_text(json.dumps(said))
        os._exit(0)
    return pid


def answer_of(pid: int, answer: Path) -> Any:
    """Wait for the end of a fork; return the result in its file, or the signal that ended it."""
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return json.loads(answer.read_text()) if status == 0 else f"signal {-status}"


def worked(pid: int) -> float:
    """Return for how long the main thread of a process has had a processor (s), also if it has ended."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def wait_for_end(pid: int) -> None:
    """Wait until a process has ended; `answer_of` or `os.waitpid` still has to be called."""
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def wait_until_worked(pid: int, seconds: float) -> bool:
    """Wait until a process has had a processor for some time; return False if it ended before.

    How far a run has come by then does not depend on the load of the machine.
    """
    while worked(pid) < seconds:
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return False
        time.sleep(_POLL)
    return True
