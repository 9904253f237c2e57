"""The description of a stage, which recipes, processing requests and the prompt can run.

The function of a stage is ``run(context, vis=None, **parameters) -> ResultsList``. It is imported on first use, so that
a recipe can be checked quickly.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

StageFunction = Callable[..., Any]


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
