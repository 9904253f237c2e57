"""The parameters of hifa_importdata."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...pipeline.checks import POSITIVE, choice, flag, text
from ...pipeline.context import Context
from ...pipeline.ownership import check_different
from ...pipeline.parameters import parameter, parameters_of

DEFAULT_SESSION = "session_1"


def _sessions(argument: str, value: Any) -> tuple[str, ...]:
    """Return a list of sessions; a single one is a list too, and None an empty one."""
    if not isinstance(value, str | Sequence | None):
        raise InputError(argument, value, "a list with a session for each data set is needed")
    return () if value is None else (value,) if isinstance(value, str) else tuple(map(str, value))


@dataclass(frozen=True)
class ImportdataInputs:
    """The parameters of hifa_importdata for all data sets of a call; make them with `of_call`.

    Attributes
    ----------
    context : Context
        What the data are added to.
    vis : tuple of Path
        Absolute paths of ASDMs and MeasurementSets.
    """

    context: Context
    vis: tuple[Path, ...]
    session: tuple[str, ...] = parameter(
        None,
        "list of str",
        "The session of each data set, in the order of `vis`.",
        _sessions,
        default_text=f"``{DEFAULT_SESSION!r}`` for all",
    )
    asis: str = parameter(
        # Those that the ALMA Pipeline keeps.
        "Annotation Antenna CalAtmosphere CalPointing CalWVR ExecBlock Pointing Receiver SBSummary Source Station",
        "str",
        "Tables of the ASDM to copy into the MeasurementSet.",
        text,
        default_text="those that the ALMA Pipeline copies",
    )
    process_caldevice: bool = parameter(False, "bool", "Import the CalDevice table.", flag)
    overwrite: bool = parameter(False, "bool", "Make the MeasurementSet of an ASDM anew where there is one.", flag)
    bdfflags: bool = parameter(True, "bool", "Apply the flags of the correlator.", flag)
    lazy: bool = parameter(False, "bool", "Leave the data in the ASDM, and refer to them.", flag)
    dbservice: bool = parameter(
        False,
        "bool",
        "Ask ALMA's calibrator catalogue, over the network.",
        flag,
        default_text="``False``, unlike the ALMA Pipeline's",
    )
    ocorr_mode: str = parameter(
        "ca",
        "{'ca', 'co', 'ao'}",
        "Cross- and autocorrelations, only cross-correlations, or only autocorrelations.",
        choice("ca", "co", "ao"),
    )
    dbservice_timeout: float = parameter(
        20.0, "float", "Longest time to wait for an answer of the catalogue (s).", POSITIVE
    )

    @classmethod
    def of_call(cls, context: Context, vis: Any, given: Mapping[str, Any]) -> "ImportdataInputs":
        """Return the inputs, checked.

        Parameters
        ----------
        context : Context
        vis : path or sequence of paths
        given : mapping of str to object
            The parameters by name; None means the default.

        Raises
        ------
        InputError
            A parameter cannot be used.
        """
        paths = _paths(vis)
        values = {name: each.value(name, given.get(name)) for name, each in parameters_of(cls).items()}
        sessions = values.pop("session") or (DEFAULT_SESSION,) * len(paths)
        if len(sessions) != len(paths):
            raise InputError("session", sessions, f"a session for each of the {len(paths)} data sets is needed")
        return cls(context, paths, sessions, **values)

    def one_by_one(self) -> "Iterator[ImportdataInputs]":
        """Yield the inputs of each data set by itself."""
        for path, session in zip(self.vis, self.session, strict=True):
            yield replace(self, vis=(path,), session=(session,))


def _paths(vis: Any) -> tuple[Path, ...]:
    """Return the absolute paths of data sets, checked."""
    if not vis or not isinstance(vis, str | Path | Sequence):
        raise InputError("vis", vis, "an ASDM or MeasurementSet, or a list of them, is needed")
    given = [vis] if isinstance(vis, str | Path) else list(vis)
    if wrong := [path for path in given if not isinstance(path, str | Path) or not str(path)]:
        raise InputError("vis", wrong[0], "a path is needed")
    paths = tuple(Path(path).expanduser().absolute() for path in given)
    check_different(paths)
    for path in paths:
        if not os.path.isdir(path):  # unlike Path.is_dir it raises nothing for a name that is too long
            raise InputError("vis", str(path), "no such ASDM or MeasurementSet")
        if not (path / "ASDM.xml").is_file() and not (path / "table.dat").is_file():
            raise InputError("vis", str(path), "neither an ASDM (ASDM.xml) nor a MeasurementSet (table.dat)")
    return paths
