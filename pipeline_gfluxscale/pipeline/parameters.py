"""Declare a parameter of a stage once, as a field of the stage's Inputs.

The signature and the documentation of the prompt's function, the option of the shell, the check, the record of a run
and the table of the documentation are made from the declaration.

Examples
--------
>>> from dataclasses import dataclass
>>> from pipeline_gfluxscale.pipeline.parameters import NOT_NEGATIVE, parameter, parameters_of
>>> @dataclass(frozen=True)
... class Inputs:
...     minsnr: float = parameter(2.0, "float", "Least SNR of a solution.", NOT_NEGATIVE)
>>> parameters_of(Inputs)["minsnr"].default
2.0
"""

import functools
import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from numbers import Integral
from pathlib import Path
from typing import Any

from ..domain.intents import validate_intents
from ..errors import InputError, shown
from .checks import check_choice, check_flag, check_number, check_solint, check_text, check_whole

_METADATA = "parameter"

Check = Callable[[str, Any], Any]


@dataclass(frozen=True)
class Parameter:
    """The declaration of a parameter.

    Attributes
    ----------
    default : object
        Value if the parameter is missing or None; None if the default depends on the data.
    kind : str
        Type as numpydoc writes it, such as ``'list of int'``.
    help : str
        Sentences about the meaning of the parameter, without its default; names of parameters are in backquotes.
    check : callable
        Takes the name of the parameter and a value, and returns the value in the form that the task needs; raises
        `InputError` if the value cannot be used.
    default_text : str
        The default in words, if it depends on the data.
    option : str
        Another name for the shell's option, such as ``'--flags'``.
    keyword_only : bool
        Whether it is keyword-only; this is so for parameters that the task of the ALMA Pipeline does not have.
    """

    default: Any
    kind: str
    help: str
    check: Check
    default_text: str = ""
    option: str = ""
    keyword_only: bool = False

    @property
    def shown_default(self) -> str:
        """The default in words."""
        shown = f"{self.default:g}" if isinstance(self.default, float) else repr(self.default)
        return self.default_text or f"``{shown}``"

    def value(self, name: str, given: Any) -> Any:
        """Return the value of the parameter, checked.

        Parameters
        ----------
        name : str
        given : object
            The value of the call; None means the default.

        Raises
        ------
        InputError
            The value cannot be used.
        """
        return self.check(name, self.default if given is None else given)

    def typed(self, value: Any) -> Any:
        """Return a checked value as a person types it; a file that is left out is blank, as None is the default."""
        if isinstance(value, tuple):
            return (list(value) or None) if self.kind.startswith("list") else ",".join(map(str, value))
        if isinstance(value, Path):
            return str(value)
        return "" if value is None and self.kind == "str" else value


def parameter(
    default: Any,
    kind: str,
    help: str,
    check: Check,
    *,
    default_text: str = "",
    option: str = "",
    keyword_only: bool = False,
) -> Any:
    """Declare a field of a dataclass as a parameter; see `Parameter`."""
    return field(metadata={_METADATA: Parameter(default, kind, help, check, default_text, option, keyword_only)})


def parameters_of(inputs: type) -> dict[str, Parameter]:
    """Return the parameters that a dataclass declares, by name, in order."""
    declared = [of_inputs for of_inputs in fields(inputs) if _METADATA in of_inputs.metadata]
    return {of_inputs.name: of_inputs.metadata[_METADATA] for of_inputs in declared}


def checked(declared: Mapping[str, Parameter], given: Mapping[str, Any], ms_name: str) -> dict[str, Any]:
    """Return the value of every parameter for a MeasurementSet.

    Parameters
    ----------
    declared : mapping of str to Parameter
    given : mapping of str to object
        Values by name; a mapping from names of MeasurementSets has a value for each MeasurementSet.
    ms_name : str
        The MeasurementSet.

    Raises
    ------
    InputError
        A value cannot be used.
    """
    return {name: parameter.value(name, per_ms(given.get(name), ms_name)) for name, parameter in declared.items()}


def per_ms(value: Any, ms_name: str) -> Any:
    """Return the value of a parameter for one MeasurementSet.

    A mapping from names of MeasurementSets has a value for each MeasurementSet (None for a missing one); any other
    value is the value for all MeasurementSets.
    """
    return value.get(ms_name) if isinstance(value, Mapping) else value


def check_given(declared: Mapping[str, Parameter], given: Mapping[str, Any]) -> None:
    """Check values before any data are read.

    Raises
    ------
    InputError
        A value cannot be used for any MeasurementSet.
    """
    for name, parameter in declared.items():
        value = given.get(name)
        for of_ms in value.values() if isinstance(value, Mapping) else [value]:
            parameter.value(name, of_ms)


def takes_parameters(*sources: type | Mapping[str, Parameter]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a function: replace its keyword-only argument `given`, a mapping, by the declared parameters.

    The declared parameters follow the other positional arguments, and the keyword-only parameters precede the
    other keyword-only arguments. Their defaults in the signature are None. ``{parameters}`` in the docstring is
    replaced by their documentation. The attribute ``declared`` of the function has the parameters by name.

    Parameters
    ----------
    *sources : type or mapping
        Inputs of a stage, or parameters by name.
    """
    declared: dict[str, Parameter] = {}
    for source in sources:
        declared |= parameters_of(source) if isinstance(source, type) else dict(source)

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        own = list(inspect.signature(function).parameters.values())
        before = [p for p in own if p.kind is p.POSITIONAL_OR_KEYWORD]
        after = [p for p in own if p.kind is p.KEYWORD_ONLY and p.name != "given"]
        added = [inspect.Parameter(name, _kind(of_stage), default=None) for name, of_stage in declared.items()]
        together = sorted([*before, *added, *after], key=lambda p: p.kind)
        signature = inspect.signature(function).replace(parameters=together)

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            arguments = signature.bind(*args, **kwargs).arguments
            given = {name: arguments.pop(name) for name in declared if name in arguments}
            return function(**arguments, given=given)

        call.__signature__ = signature  # type: ignore[attr-defined]
        call.declared = declared  # type: ignore[attr-defined]
        call.__doc__ = (inspect.getdoc(function) or "").replace("{parameters}", documentation(declared))
        return call

    return decorate


def _kind(declared: Parameter) -> Any:
    return inspect.Parameter.KEYWORD_ONLY if declared.keyword_only else inspect.Parameter.POSITIONAL_OR_KEYWORD


def documentation(declared: Mapping[str, Parameter]) -> str:
    """Return the parameters as entries of a docstring in numpydoc's format."""
    entries = []
    for name, parameter in declared.items():
        text = textwrap.fill(f"{parameter.help} Default: {parameter.shown_default}.", 116, break_on_hyphens=False)
        entries.append(f"{name} : {parameter.kind}, optional\n{textwrap.indent(text, '    ')}")
    return "\n".join(entries)


def markdown_table(declared: Mapping[str, Parameter]) -> str:
    """Return the parameters as a table in Markdown."""
    rows = [f"| `{name}` | {_single(p.shown_default)} | {_single(p.help)} |" for name, p in declared.items()]
    return "\n".join(["| parameter | default | meaning |", "| --- | --- | --- |", *rows])


def _single(text: str) -> str:
    return text.replace("``", "`").replace("|", "\\|")


def plain(text: str) -> str:
    """Return a text of numpydoc without its markup, for a terminal."""
    return text.replace("`", "")


# Checks. A check takes the name and the value of a parameter, and returns the value in the form that the task needs.


def names(argument: str, value: Any) -> str:
    """Return names or ids as CASA writes them, as one string; blank for None."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ",".join(names(argument, item) for item in value)
    if isinstance(value, bool) or not isinstance(value, str | Integral | None):
        raise InputError(argument, value, "a string or a list of strings is needed")
    return "" if value is None else str(value)


def intents(argument: str, value: Any) -> tuple[str, ...]:
    """Return intents of the pipeline as a tuple."""
    return validate_intents(argument, names(argument, value))


def solution_interval(argument: str, value: Any) -> Any:
    """Return a solution interval in time."""
    check_solint(argument, value)
    return value


def spw_list(argument: str, value: Any) -> tuple[int, ...]:
    """Return spw ids from a list, from a single number, or from a string such as ``1,1,3,3`` (in the shell)."""
    if isinstance(value, str):
        words = value.strip("[]() ").split(",")
        # Longer numbers are not ids, and Python refuses to convert 5000 digits.
        if not all(re.fullmatch(r" *-?[0-9]{1,9} *", word) for word in words):
            raise InputError(argument, value, "a list of spw ids is needed, such as 1,1,3,3")
        return tuple(int(word) for word in words)
    if not isinstance(value, Iterable | Integral | None):
        raise InputError(argument, value, "a list of spw ids is needed")
    listed = tuple(value) if isinstance(value, Iterable) else () if value is None else (value,)
    if wrong := [spw for spw in listed if isinstance(spw, bool) or not isinstance(spw, Integral)]:
        raise InputError(argument, value, f"{shown(wrong[0])} is not the id of a spw")
    return tuple(map(int, listed))


def flag(argument: str, value: Any) -> Any:
    """Return True or False."""
    check_flag(argument, value)
    return value


def path(argument: str, value: Any) -> Any:
    """Return the path of a file unchanged; None (the default) and a blank path (no file) have different meanings."""
    if not isinstance(value, str | Path | None):
        raise InputError(argument, value, "the path of a file is needed")
    return value


def text(argument: str, value: Any) -> Any:
    """Return a string."""
    check_text(argument, value)
    return value


def whole(least: int) -> Check:
    """Return a check for a whole number of at least `least`."""

    def check(argument: str, value: Any) -> Any:
        check_whole(argument, value, least)
        return value

    return check


def number(wanted: str, is_valid: Callable[[float], bool]) -> Check:
    """Return a check for a number for which `is_valid` is true; `wanted` is the condition in words."""

    def check(argument: str, value: Any) -> Any:
        check_number(argument, value, wanted, is_valid)
        return value

    return check


POSITIVE = number("greater than 0", lambda x: x > 0)
NOT_NEGATIVE = number("of 0 or more", lambda x: x >= 0)


def choice(*words: str) -> Check:
    """Return a check for one of some words."""

    def check(argument: str, value: Any) -> Any:
        check_choice(argument, value, words)
        return value

    return check


def one_of(options: Iterable[Any]) -> Check:
    """Return a check for one of some values; True and the number 1 are different values."""
    allowed = tuple(options)

    def check(argument: str, value: Any) -> Any:
        if not any(type(value) is type(option) and value == option for option in allowed):
            raise InputError(argument, value, "unknown option", [repr(option) for option in allowed])
        return value

    return check


#: The parameter of all stages that work on each MeasurementSet by itself; the runner uses it.
PARALLEL: dict[str, Parameter] = {
    "parallel": Parameter(
        None,
        "{None, True, False, 'automatic', 'true', 'false'}",
        "Work on several MeasurementSets at a time: in the processes of mpirun if it started Python; else "
        "on a Dask cluster if its address is an argument or in DASK_SCHEDULER_ADDRESS; else in processes on "
        "this machine, one per core. The results are the same.",
        one_of((None, True, False, "automatic", "true", "false")),
        default_text="one MeasurementSet after another",
    )
}
