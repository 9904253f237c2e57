"""Write the files that a page shows or links to."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ..system.atomic import write_text_atomically
from ..system.waiting_lock import locked
from .figures import Figure


def slug(name: str) -> str:
    """Return a name with other characters than letters, digits, '.', '_' and '-' replaced, for a file name."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name)[-80:]


@contextmanager
def writing(weblog: Path) -> Iterator[None]:
    """Make the directory of a WebLog, and let no other run write there meanwhile: a page and its plots belong together.

    Raises
    ------
    MeasurementSetLockedError
        If another run still writes after the time in GFLUXSCALE_LOCK_TIMEOUT.
    """
    weblog.mkdir(parents=True, exist_ok=True)
    with locked(weblog / ".lock", weblog):
        yield


@dataclass(frozen=True)
class PageFiles:
    """The directory of a page's files, and their addresses on the page.

    Attributes
    ----------
    directory : Path
    address : str
        Prefix of the addresses of files, if the page is shown from another directory.
    """

    directory: Path
    address: str = ""

    def figure(self, figure: Figure) -> Figure:
        """Write a plot, and return it with the address of its file."""
        write_text_atomically(self.directory / figure.file, figure.svg, durable=False)
        return replace(figure, file=f"{self.address}{figure.file}")

    def lines(self, name: str, lines: Sequence[str]) -> str:
        """Write lines to a text file, and return its address; without lines nothing is written and it is blank."""
        if not lines:
            return ""
        write_text_atomically(self.directory / name, "\n".join(lines) + "\n", durable=False)
        return f"{self.address}{name}"
