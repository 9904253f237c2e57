"""Run the stage on simulated observations, and read its results."""

from collections.abc import Callable

import pytest

from helpers.stage_runs import Run, SimulationPlan
from pipeline_gfluxscale import hifa_gfluxscale


@pytest.fixture(scope="session")
def run(copied, truth, tmp_path_factory) -> Callable[..., Run]:
    """Return a function that runs the stage on a plan's observation, once a session for the same parameters.

    The run has a directory of its own. Nobody may change what is there: other tests look at it too.
    """
    done: dict[str, Run] = {}

    def run_stage(plan: SimulationPlan, **parameters) -> Run:
        key = repr((plan, sorted(parameters.items())))
        if key not in done:
            directory = tmp_path_factory.mktemp("run")
            with pytest.MonkeyPatch.context() as patch:
                patch.chdir(directory)
                vis = copied(plan, directory)
                results = hifa_gfluxscale(vis, **parameters)
            done[key] = Run(vis, results, results[0], truth(vis))
        return done[key]

    return run_stage
