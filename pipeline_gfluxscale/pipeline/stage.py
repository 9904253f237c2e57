"""The description of a stage, which recipes, processing requests and the prompt can run.

The function of a stage is ``run(context, vis=None, **parameters) -> ResultsList``. It is imported on first use, so that
a recipe can be checked quickly.
"""

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from .basetask import Results, ResultsList, StandardTask
from .call import Vis
from .context import Context
from .parameters import PARALLEL, Parameter, takes_parameters
from .stage_inputs import StageInputs

InputsT = TypeVar("InputsT", bound=StageInputs)
ResultsT = TypeVar("ResultsT", bound=Results)

StageFunction = Callable[..., Any]

# The sections of the documentation that follow from the Task; {parameters} stands for its parameters.
_SECTIONS = """Parameters
----------
vis : str or list of str, optional
    MeasurementSets of the run. Default: all.
{parameters}

Returns
-------
ResultsList of RESULTS
    One for each MeasurementSet.

"""


@dataclass(frozen=True)
class Stage:
    """A stage that recipes, processing requests and the prompt can run.

    Attributes
    ----------
    command : str
        Name of the stage in the ALMA Pipeline, such as ``'hifa_gfluxscale'``.
    description : str
        The purpose of the stage, in one line.
    load : callable
        Imports and returns the function of the stage.
    """

    command: str
    description: str
    load: Callable[[], StageFunction]

    @property
    def run(self) -> StageFunction:
        """The function; its first argument is the context."""
        return self.load()

    @property
    def signature(self) -> inspect.Signature:
        """The signature of the function without the context."""
        full = inspect.signature(self.run)
        return full.replace(parameters=list(full.parameters.values())[1:])

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return tuple(self.signature.parameters)

    @property
    def declared(self) -> Mapping[str, Parameter]:
        """The declarations of the parameters, by name; `vis` has none."""
        declared: Mapping[str, Parameter] = getattr(self.run, "declared", {})
        return declared


@functools.cache
def function_of(task_type: type[StandardTask[InputsT, ResultsT]]) -> StageFunction:
    """Return the function of a stage that works on each MeasurementSet by itself.

    It has the parameters that the Inputs of the task declare, and `parallel`. Its documentation is the docstring of the
    task, with the sections "Parameters" and "Returns" before the section "Raises".

    Parameters
    ----------
    task_type : type
        The Task of the stage.
    """

    def run(context: Context, vis: Vis = None, *, given: Mapping[str, Any]) -> ResultsList[ResultsT]:
        from .runner import run_each  # not needed for the signature and the documentation

        return run_each(context, vis, given, task_type)

    text, raises, rest = (inspect.getdoc(task_type) or "").partition("Raises\n------\n")
    run.__doc__ = text + _SECTIONS.replace("RESULTS", task_type.results_type.__name__) + raises + rest
    run.__name__ = run.__qualname__ = f"run_{task_type.__name__}"
    run.__module__ = task_type.__module__
    run.__annotations__["return"] = ResultsList[task_type.results_type]  # type: ignore[name-defined]  # for help()
    return takes_parameters(task_type.inputs_type, PARALLEL)(run)
