"""The trio every stage is made of: Inputs, Task, Results."""

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from ..domain.qa import QAScore
from .context import Context

LOG = logging.getLogger(__name__)

InputsT = TypeVar("InputsT")
ResultsT = TypeVar("ResultsT", bound="Results")


@dataclass
class Results:
    """What a task found for one MeasurementSet."""

    vis: str
    qa: list[QAScore] = field(default_factory=list)
    error: str = ""
    warnings: list[str] = field(default_factory=list)
    elapsed: dict[str, float] = field(default_factory=dict)

    def merge_with_context(self, context: Context) -> None:
        """Leave what later stages need in the context."""

    def to_dict(self) -> dict[str, Any]:
        """Return the results as JSON-ready basic types."""
        raise NotImplementedError


class ResultsList(list[ResultsT], Generic[ResultsT]):
    """The Results of a stage, one a MeasurementSet, in the order of ``vis``."""

    @property
    def failed(self) -> bool:
        """Whether any MeasurementSet could not be done."""
        return any(results.error for results in self)

    def to_dict(self) -> dict[str, Any]:
        """Return all results as JSON-ready basic types."""
        return {"results": [results.to_dict() for results in self]}


class StandardTask(ABC, Generic[InputsT, ResultsT]):
    """A task on one MeasurementSet: `prepare` does the work, `analyse` judges it."""

    def __init__(self, inputs: InputsT):
        self.inputs = inputs
        self._elapsed: dict[str, float] = {}

    @abstractmethod
    def prepare(self) -> ResultsT:
        """Do the work."""

    def analyse(self, results: ResultsT) -> ResultsT:
        """Judge the work: add QA scores."""
        return results

    def execute(self) -> ResultsT:
        """Run the task."""
        results = self.analyse(self.prepare())
        results.elapsed = dict(self._elapsed)
        return results

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Announce a step of the task, and measure it."""
        LOG.info("%s", name)
        start = time.perf_counter()
        try:
            yield
        finally:
            self._elapsed[name] = self._elapsed.get(name, 0.0) + time.perf_counter() - start


def per_ms(value: Any, ms_name: str) -> Any:
    """Return what a parameter means for one MeasurementSet.

    A mapping from names of MeasurementSets gives each its own value (None where it has none); anything else
    holds for all.
    """
    return value.get(ms_name) if isinstance(value, Mapping) else value
