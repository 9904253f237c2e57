"""What recipes, processing requests and the prompt can run.

A stage is a function ``run(context, vis=None, **parameters) -> ResultsList``. It is imported when it is first asked
for, so that a recipe can be checked in an instant.
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
        Its name in the ALMA Pipeline, such as ``'hifa_gfluxscale'``.
    description : str
        What it does, in a line.
    load : callable
        Imports and returns its function.
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
        """The parameters as a person gives them: without the context."""
        full = inspect.signature(self.run)
        return full.replace(parameters=list(full.parameters.values())[1:])

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return tuple(self.signature.parameters)
