"""Read recipes: the processing procedures of the ALMA Pipeline, in XML."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from ..errors import FileFormatError, InputError, RecipeError, shown
from ..files.xml_input import read_xml, text_of
from ..pipeline.parameters import PARALLEL, check_given
from ..stages import STAGES
from ..system.names import problem_of_name
from .commands import STATE_COMMANDS
from .parameter_values import parse_value

#: The recipe for data with existing prior calibration.
STANDARD_RECIPE = "procedure_hifa_gfluxscale.xml"
#: The recipe for raw data, which makes the prior calibration too.
RAW_RECIPE = "procedure_hifa_fluxcal.xml"
#: The command in a recipe that marks where a run may be stopped and resumed.
BREAKPOINT = "breakpoint"

# Maximum length of the list of unknown commands and parameters in a message, in characters.
_LISTED = 1000
# A parameter of pipelines before 2021; the ALMA Pipeline ignores it too.
_OBSOLETE_PARAMETER = "pipelinemode"


@dataclass(frozen=True)
class Command:
    """A command of a recipe, and its parameters."""

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{name}={value!r}' for name, value in self.parameters.items())})"


@dataclass(frozen=True)
class Recipe:
    """A sequence of commands."""

    title: str
    commands: tuple[Command, ...]


def in_parallel(commands: Sequence[Command], parallel: Any) -> tuple[Command, ...]:
    """Set the parameter `parallel` of commands that have this parameter, unless the recipe has a value for it.

    Raises
    ------
    InputError
        The value of `parallel` is not an option.
    """
    check_given(PARALLEL, {"parallel": parallel})
    if parallel is None:
        return tuple(commands)
    able = {name for name, stage in STAGES.items() if "parallel" in stage.parameters}
    with_it = (replace(command, parameters={"parallel": parallel, **command.parameters}) for command in commands)
    return tuple(new if new.name in able else old for new, old in zip(with_it, commands, strict=True))


def read_recipe(path: str | Path) -> Recipe:
    """Read a recipe.

    Parameters
    ----------
    path : path
        The file or, if there is no such file, the name of a recipe of this package.

    Raises
    ------
    InputError
        There is no such file.
    FileFormatError
        The file is not a recipe.
    """
    path = _located(Path(path).expanduser())
    root = read_xml(path, "recipe")
    if root.tag != "ProcessingProcedure":
        raise FileFormatError(f"{path}: <{root.tag}> is not a <ProcessingProcedure>")
    return parse_procedure(root, str(path))


def _located(path: Path) -> Path:
    if os.path.exists(path):  # False also for a name that the system rejects
        return path
    shipped = Path(str(resources.files(__package__.rpartition(".")[0]))) / "recipes"
    names = sorted(recipe.name for recipe in shipped.glob("*.xml"))
    if path.name == str(path) and path.with_suffix(".xml").name in names:
        return shipped / path.with_suffix(".xml").name
    raise InputError("recipe", str(path), "neither a file nor a recipe of this package", names)


def parse_procedure(procedure: Element, source: str) -> Recipe:
    """Return the recipe in a ``<ProcessingProcedure>``."""
    commands = tuple(_command(element, source) for element in procedure.iterfind("ProcessingCommand"))
    if not commands:
        raise FileFormatError(f"{source}: <ProcessingProcedure> has no <ProcessingCommand>")
    return Recipe(text_of(procedure, "ProcedureTitle", "Undefined"), commands)


def _command(element: Element, source: str) -> Command:
    name = text_of(element, "Command")
    if not name:
        raise FileFormatError(f"{source}: a <ProcessingCommand> has no <Command>")
    parameters: dict[str, Any] = {}
    for keyword, text in keywords(element.iterfind("ParameterSet/Parameter"), f"{source}: {name}"):
        if keyword in parameters:
            raise FileFormatError(f"{source}: {name}: {keyword} is given twice")
        parameters[keyword] = parse_value(text)
    parameters.pop(_OBSOLETE_PARAMETER, None)
    return Command(name, parameters)


def keywords(elements: Iterable[Element], where: str) -> Iterator[tuple[str, str]]:
    """Yield the ``<Keyword>`` and the text of the ``<Value>`` of elements."""
    for element in elements:
        keyword = text_of(element, "Keyword")
        if not keyword:
            raise FileFormatError(f"{where}: a <{element.tag}> has no <Keyword>")
        value = element.find("Value")
        if value is not None and len(value):
            raise FileFormatError(f"{where}: the <Value> of {keyword} contains elements")
        yield keyword, text_of(element, "Value")


def check_commands(commands: Sequence[Command], source: str) -> None:
    """Check that this package can run commands, before it runs any.

    Raises
    ------
    RecipeError
        The package does not have some commands or parameters; the message names all of them, and the remedies.
    FileFormatError
        The value of a parameter cannot be used, or a command would write outside the working directory: a recipe may be
        from an untrusted source.
    """
    names = [command.name for command in commands if command.name != BREAKPOINT]
    known = STAGES | STATE_COMMANDS
    unknown = [name for name in dict.fromkeys(names) if name not in known]
    problems = [f"no command {', '.join(unknown)}"] if unknown else []
    for command in commands:
        if command.name in known:
            accepted = known[command.name].parameters
            strange = [name for name in command.parameters if name not in accepted]
            problems += [f"{command.name} has no parameter {', '.join(strange)}"] if strange else []
    if problems:
        listed = "; ".join(problems)
        listed = listed if len(listed) <= _LISTED else f"{listed[:_LISTED]}..."
        raise RecipeError(
            f"{source} cannot be run, and no command was run: {listed}. "
            "Install the ALMA Pipeline and run it there (this package's hifa_gfluxscale plugs into it), or use the "
            f"reduced recipe: gfluxscale recipe {STANDARD_RECIPE} --vis ..."
        )
    for command in commands:
        _check_values(command, source)
        _check_filename(command, source)


def _check_values(command: Command, source: str) -> None:
    """Raise `FileFormatError` for a value that cannot be used with any data, before earlier stages run for hours."""
    if command.name in STAGES:
        try:
            check_given(STAGES[command.name].declared, command.parameters)
        except InputError as error:
            raise FileFormatError(f"{source}: {command.name}: {error}") from None


def _check_filename(command: Command, source: str) -> None:
    filename = command.parameters.get("filename")
    if command.name in ("h_save", "h_export_calstate") and filename is not None:
        name = str(filename)
        if problem_of_name(name) or name.startswith(("~", ".")):
            problem = problem_of_name(name) or "a name is needed, without a directory"
            raise FileFormatError(f"{source}: {command.name}: filename={shown(name)}: {problem}")
