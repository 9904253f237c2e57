"""hifa_gfluxscale, and its variant for sessions, as stages of a recipe."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...infrastructure.basetask import ResultsList
from ...infrastructure.context import Context
from ...infrastructure.executors import choose
from .inputs import Parameters, check_parallel
from .results import GFluxscaleResults
from .run import run_gfluxscale
from .session import run_session


def run_hifa_gfluxscale(
    context: Context,
    vis: str | Path | Sequence[str | Path] | None = None,
    reference: Any = None,
    transfer: Any = None,
    refintent: Any = None,
    transintent: Any = None,
    refspwmap: Any = None,
    reffile: Any = None,
    phaseupsolint: Any = None,
    solint: Any = None,
    minsnr: Any = None,
    refant: Any = None,
    hm_resolvedcals: Any = None,
    antenna: Any = None,
    peak_fraction: Any = None,
    amp_outlier_sigma: Any = None,
    parallel: Any = None,
) -> ResultsList[GFluxscaleResults]:
    """Run hifa_gfluxscale on MeasurementSets of a context; see `pipeline_gfluxscale.hifa_gfluxscale`."""
    given = locals()
    check_parallel(parallel)
    parameters = Parameters(**{name: given[name] for name in Parameters.__dataclass_fields__})
    return run_gfluxscale(vis, parameters, context=context, executor=choose(parallel))


def run_session_gfluxscale(
    context: Context,
    vis: str | Path | Sequence[str | Path] | None = None,
    reference: Any = None,
    transfer: Any = None,
    refintent: Any = None,
    transintent: Any = None,
    refspwmap: Any = None,
    reffile: Any = None,
    phaseupsolint: Any = None,
    solint: Any = None,
    minsnr: Any = None,
    refant: Any = None,
    hm_resolvedcals: Any = None,
    antenna: Any = None,
    peak_fraction: Any = None,
    amp_outlier_sigma: Any = None,
    parallel: Any = None,
    session: Any = None,
) -> ResultsList[GFluxscaleResults]:
    """Run session_gfluxscale on MeasurementSets of a context; see `pipeline_gfluxscale.session_gfluxscale`."""
    given = locals()
    check_parallel(parallel)
    parameters = Parameters(**{name: given[name] for name in Parameters.__dataclass_fields__})
    return run_session(vis, parameters, session=session, context=context, executor=choose(parallel))
