"""hifa_gfluxscale, and its variant for sessions, as stages of a recipe."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...pipeline.basetask import ResultsList
from ...pipeline.context import Context
from ...pipeline.parameters import PARALLEL, takes_parameters
from ...pipeline.runner import engine
from .inputs import SESSION, GFluxscaleInputs
from .results import GFluxscaleResults
from .run import run_gfluxscale
from .session import run_session


@takes_parameters(GFluxscaleInputs, PARALLEL)
def run_hifa_gfluxscale(
    context: Context, vis: str | Path | Sequence[str | Path] | None = None, *, given: Mapping[str, Any]
) -> ResultsList[GFluxscaleResults]:
    """Run hifa_gfluxscale on MeasurementSets of a context; see `pipeline_gfluxscale.hifa_gfluxscale`."""
    return run_gfluxscale(vis, given, context=context, executor=engine(given))


@takes_parameters(GFluxscaleInputs, PARALLEL, SESSION)
def run_session_gfluxscale(
    context: Context, vis: str | Path | Sequence[str | Path] | None = None, *, given: Mapping[str, Any]
) -> ResultsList[GFluxscaleResults]:
    """Run session_gfluxscale on MeasurementSets of a context; see `pipeline_gfluxscale.session_gfluxscale`."""
    return run_session(vis, given, context=context, executor=engine(given))
