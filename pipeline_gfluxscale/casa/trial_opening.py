"""Find MeasurementSets at which CASA ends the process, by opening them in another process first.

Most damage makes CASA raise an exception. But a few wrong bytes in the description of a table may end the process
(an exception in C++ code that allows none), and of several MeasurementSets all would be lost.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from ..errors import UnreadableDataError

# How CASA ended the process, or an empty string: by device, inode and time of the last change of a description.
_found: dict[tuple[int, int, int], str] = {}


def open_for_trial(paths: Iterable[Path]) -> None:
    """Open several MeasurementSets in another process, for `check_survives`; a single one is not tried.

    Those that are opened already, and have not changed, are not opened again.
    """
    tables = [path.expanduser().absolute() for path in paths]
    tables = [path for path in tables if (path / "table.dat").is_file()]
    waiting = [path for path in tables if _key(path) not in _found] if len(tables) > 1 else []
    while waiting:
        opened, ended = _opened(waiting)
        _found.update({_key(path): "" for path in waiting[:opened]})
        if opened < len(waiting):
            _found[_key(waiting[opened])] = ended
        waiting = waiting[opened + 1 :]


def check_survives(path: Path) -> None:
    """Raise `UnreadableDataError` for a MeasurementSet at which CASA has ended the process of the trial."""
    if _found and (ended := _found.get(_key(path), "")):
        problem = f"CASA ends the process that opens it ({ended}): a table is damaged; copy or download it again"
        raise UnreadableDataError("vis", str(path), problem)


def _key(path: Path) -> tuple[int, int, int]:
    try:
        status = path.stat()
        changes = [file.stat().st_mtime_ns for file in (path / "table.dat", *path.glob("*/table.dat"))]
    except OSError:
        return 0, 0, 0
    return status.st_dev, status.st_ino, max(changes)


def _opened(paths: Sequence[Path]) -> tuple[int, str]:
    """Open MeasurementSets in another process; return how many it survived, and how it ended."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)}
    command = [sys.executable, "-m", f"{__package__}.trial_opening", *map(str, paths)]
    with tempfile.TemporaryDirectory() as directory:  # for CASA's log
        done = subprocess.run(
            command, cwd=directory, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False
        )
    if done.returncode >= 0:  # what else may be wrong, such as no CASA, is for whoever reads them
        return len(paths), ""
    return min(done.stdout.count(b"opened\n"), len(paths) - 1), f"signal {-done.returncode}"


def _main(paths: Sequence[str]) -> None:
    from .tools import open_table

    for path in map(Path, paths):
        for table in (path, *(file.parent for file in sorted(path.glob("*/table.dat")))):
            with suppress(Exception), open_table(table) as opened:
                opened.getdminfo()
        print("opened", flush=True)


if __name__ == "__main__":
    _main(sys.argv[1:])
