"""Read pipeline processing requests (PPR) from their XML documents."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from xml.etree.ElementTree import Element

from ..errors import FileFormatError, InputError, shown
from ..files.xml_input import read_xml, text_of
from ..stages import IMPORT_COMMANDS
from ..system.names import problem_of_name
from .recipe import BREAKPOINT, Command, Recipe, keywords, parse_procedure

BREAKPOINT_ACTIONS = ("ignore", "break", "resume")

_DEFAULT_SESSION = "session_1"
_MS_SUFFIX = re.compile(r"((_targets?)?\.ms)+$")


@dataclass(frozen=True)
class Asdm:
    """An execution block of a request.

    Attributes
    ----------
    disk_name : str
        Name of the ASDM or MS in the directory of the raw data.
    uid : str
        Id of the execution block in the archive, such as ``'uid://A002/X30a93d/X43e'``.
    session : str
        The session of the observation, such as ``'session_1'``.
    """

    disk_name: str
    uid: str = ""
    session: str = _DEFAULT_SESSION


@dataclass(frozen=True)
class ProcessingRequest:
    """A pipeline processing request.

    Attributes
    ----------
    intents : mapping of str to str
        The processing intents, including the sessions.
    relative_path : str
        Path of the directory of ``rawdata``, ``working`` and ``products``, relative to ``SCIPIPE_ROOTDIR``.
    asdms : tuple of Asdm
    recipe : Recipe
    """

    relative_path: str
    asdms: tuple[Asdm, ...]
    recipe: Recipe
    intents: Mapping[str, str] = field(default_factory=dict)


def read_ppr(path: str | Path) -> ProcessingRequest:
    """Read a processing request.

    Raises
    ------
    InputError
        There is no such file.
    FileFormatError
        The file is not a ``<SciPipeRequest>`` with one request and one set of scheduling blocks, data and commands.
    """
    path = Path(path).expanduser()
    root, source = read_xml(path, "pprXmlFile"), str(path)
    if root.tag != "SciPipeRequest":
        raise FileFormatError(f"{source}: <{root.tag}> is not a <SciPipeRequest>")
    request = _only(root, "ProcessingRequests/ProcessingRequest", source)
    block = _only(request, "DataSet/SchedBlockSet/SchedBlockIdentifier", source)
    elements = request.iterfind("ProcessingIntents/Intents")
    intents = dict(keywords(elements, f"{source}: <ProcessingIntents>"))
    return ProcessingRequest(
        relative_path=_relative_path(block, source),
        asdms=tuple(_asdms(block, _sessions(intents), source)),
        recipe=parse_procedure(_only(request, "ProcessingProcedure", source), source),
        intents=intents,
    )


def _only(parent: Element, path: str, source: str) -> Element:
    elements = parent.findall(path)
    if len(elements) != 1:
        raise FileFormatError(f"{source}: there has to be one <{path.rpartition('/')[2]}> and not {len(elements)}")
    return elements[0]


def _relative_path(block: Element, source: str) -> str:
    path = text_of(block, "RelativePath")
    if not path:
        raise FileFormatError(f"{source}: <RelativePath> is missing or blank")
    if PurePosixPath(path).is_absolute():
        raise FileFormatError(f"{source}: <RelativePath> {shown(path)} is absolute")
    if ".." in PurePosixPath(path).parts:
        raise FileFormatError(f"{source}: <RelativePath> {shown(path)} leads out of its directory")
    if wrong := [part for part in PurePosixPath(path).parts if problem_of_name(part)]:
        raise FileFormatError(f"{source}: <RelativePath>: {shown(wrong[0])}: {problem_of_name(wrong[0])}")
    return path


def _asdms(block: Element, sessions: Mapping[str, str], source: str) -> Iterator[Asdm]:
    elements = block.findall("AsdmIdentifier")
    if not elements:
        raise FileFormatError(f"{source}: <SchedBlockIdentifier> has no <AsdmIdentifier>: there are no data")
    for element in elements:
        name = text_of(element, "AsdmDiskName")
        # A name and not a path: a request may use data in its directory of raw data only.
        if problem_of_name(name):
            raise FileFormatError(f"{source}: <AsdmDiskName> {shown(name)} is not the name of an ASDM or MS")
        uid = text_of(element, "AsdmRef/ExecBlockId")
        session = sessions.get(_MS_SUFFIX.sub("", name)) or sessions.get(_as_file_name(uid)) or _DEFAULT_SESSION
        yield Asdm(name, uid, session)


def _sessions(intents: Mapping[str, str]) -> dict[str, str]:
    """Return the session of each execution block, by the id of the block in the form of file names."""
    sessions: dict[str, str] = {}
    for keyword, text in intents.items():
        if re.fullmatch(r"SESSION_[0-9]+", keyword):
            for uid in text.split("|"):
                sessions.setdefault(_as_file_name(uid.strip()), keyword.lower())
    return sessions


def _as_file_name(uid: str) -> str:
    return uid.replace(":", "_").replace("/", "_")


def commands_to_run(
    commands: tuple[Command, ...], breakpoint: str = BREAKPOINT, bpaction: str = "ignore", *, importonly: bool = False
) -> tuple[Command, ...]:
    """Return the commands that are to be run.

    Parameters
    ----------
    commands : tuple of Command
        The commands of the request.
    breakpoint : str
        Name of the command that marks the breakpoint; it is not run itself.
    bpaction : {'ignore', 'break', 'resume'}
        Run all other commands, the commands before the first breakpoint, or the commands after it.
    importonly : bool
        Stop after the import of the data.

    Raises
    ------
    InputError
        The action is unknown, or there is no breakpoint to resume from.
    """
    if bpaction not in BREAKPOINT_ACTIONS:
        raise InputError("bpaction", bpaction, "unknown action", BREAKPOINT_ACTIONS)
    names = [command.name for command in commands]
    if breakpoint in names:
        first = names.index(breakpoint)
        commands = {"ignore": commands, "break": commands[:first], "resume": commands[first + 1 :]}[bpaction]
    elif bpaction == "resume":
        raise InputError("breakpoint", breakpoint, "the request has no such command to resume from", names)
    commands = tuple(command for command in commands if command.name not in (breakpoint, BREAKPOINT))
    if importonly:
        names = [command.name for command in commands]
        last = next((i for i, name in enumerate(names) if name in IMPORT_COMMANDS), len(commands) - 1)
        commands = commands[: last + 1]
    return commands
