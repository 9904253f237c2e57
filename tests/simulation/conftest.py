"""Tiny simulated observations, and the content of their tables."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.observed_rows import PLAN, Rows, read_rows
from pipeline_gfluxscale.simulation import SimulationPlan


@pytest.fixture
def simulated_rows(observation) -> Callable[..., Rows]:
    """Return a function that returns the rows of an observation: of `PLAN`, with changes, or of another plan."""

    def read(plan: SimulationPlan = PLAN, **changes) -> Rows:
        return read_rows(observation(replace(plan, **changes)) / "observed.ms")

    return read


@pytest.fixture
def vis(observation) -> Path:
    """Return the MeasurementSet of `PLAN`; nobody may change it."""
    return observation(PLAN) / "observed.ms"
