"""The parameters of hifa_importdata."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...pipeline.checks import check_choice, check_flag, check_number, check_text
from ...pipeline.context import Context
from ...pipeline.ownership import check_different

OCORR_MODES = ("ca", "co", "ao")
# Those that the ALMA Pipeline keeps.
DEFAULT_ASIS = (
    "Annotation Antenna CalAtmosphere CalPointing CalWVR ExecBlock Pointing Receiver SBSummary Source Station"
)
DEFAULT_SESSION = "session_1"


@dataclass(frozen=True)
class ImportdataInputs:
    """The parameters of hifa_importdata; see `run_hifa_importdata`.

    Attributes
    ----------
    context : Context
        What the data are added to.
    vis : tuple of Path
        Absolute paths of ASDMs and MeasurementSets.
    session : tuple of str
        The session of each.
    """

    context: Context
    vis: tuple[Path, ...]
    session: tuple[str, ...]
    asis: str = DEFAULT_ASIS
    process_caldevice: bool = False
    overwrite: bool = False
    bdfflags: bool = True
    lazy: bool = False
    ocorr_mode: str = "ca"
    dbservice: bool = False
    dbservice_timeout: float = 20.0

    @classmethod
    def of(cls, context: Context, vis: Any, session: Any, **given: Any) -> "ImportdataInputs":
        """Return the inputs, checked; None in `given` means the default.

        Raises
        ------
        InputError
            A parameter cannot be used.
        """
        paths = _paths(vis)
        chosen = {name: value for name, value in given.items() if value is not None}
        inputs = cls(context, paths, _sessions(session, len(paths)), **chosen)
        inputs.check()
        return inputs

    def check(self) -> None:
        """Raise `InputError` for a parameter that cannot be used."""
        check_text("asis", self.asis)
        for name in ("process_caldevice", "overwrite", "bdfflags", "lazy", "dbservice"):
            check_flag(name, getattr(self, name))
        check_choice("ocorr_mode", self.ocorr_mode, OCORR_MODES)
        check_number("dbservice_timeout", self.dbservice_timeout, "greater than 0", lambda x: x > 0)
        check_different(self.vis)
        for path in self.vis:
            if not path.is_dir():
                raise InputError("vis", str(path), "no such ASDM or MeasurementSet")
            if not (path / "ASDM.xml").is_file() and not (path / "table.dat").is_file():
                raise InputError("vis", str(path), "neither an ASDM (ASDM.xml) nor a MeasurementSet (table.dat)")


def _paths(vis: Any) -> tuple[Path, ...]:
    if not vis or not isinstance(vis, str | Path | Sequence):
        raise InputError("vis", vis, "an ASDM or MeasurementSet, or a list of them, is needed")
    given = [vis] if isinstance(vis, str | Path) else list(vis)
    if wrong := [path for path in given if not isinstance(path, str | Path) or not str(path)]:
        raise InputError("vis", wrong[0], "a path is needed")
    return tuple(Path(path).expanduser().absolute() for path in given)


def _sessions(session: Any, number: int) -> tuple[str, ...]:
    if session is None:
        return (DEFAULT_SESSION,) * number
    sessions = [session] if isinstance(session, str) else session
    if not isinstance(sessions, Sequence) or len(sessions) != number:
        raise InputError("session", session, f"a session for each of the {number} data sets is needed")
    return tuple(map(str, sessions))
