"""Declare a parameter of a stage once, as a field of the stage's Inputs.

The signature and the documentation of the prompt's function, the option of the shell, the check, the record of a run
and the table of the documentation are made from the declaration.

Examples
--------
>>> from dataclasses import dataclass
>>> from pipeline_gfluxscale.pipeline.checks import NOT_NEGATIVE
>>> from pipeline_gfluxscale.pipeline.parameters import parameter, parameters_of
>>> @dataclass(frozen=True)
... class Inputs:
...     minsnr: float = parameter(2.0, "float", "Least SNR of a solution.", NOT_NEGATIVE)
>>> parameters_of(Inputs)["minsnr"].default
2.0
"""

import functools
import inspect
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from .checks import Check, one_of

_METADATA = "parameter"


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
