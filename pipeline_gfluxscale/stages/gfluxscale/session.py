"""The stage for sessions: MSs without an amplitude calibrator adopt the flux densities of the others.

A session is a series of execution blocks under the same conditions. The MSs with an amplitude calibrator are calibrated
first, as by hifa_gfluxscale.
"""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...heuristics.adoption import plan_adoption
from ...parallel import Executor
from ...pipeline.basetask import ResultsList
from ...pipeline.call import Vis
from ...pipeline.context import Context
from ...pipeline.ownership import owns_its_data
from ...pipeline.runner import engine, in_transaction, run_tasks
from .adopt import AdoptFluxes
from .inputs import GFluxscaleInputs
from .results import GFluxscaleResults
from .run import checked_call, compared, standalone_context
from .steps.selection import select
from .task import GFluxscale

LOG = logging.getLogger(__name__)


@owns_its_data
def run_session(
    vis: Vis,
    given: Mapping[str, Any],
    *,
    calstate: str | Path | None = None,
    output_dir: str | Path = ".",
    context: Context | None = None,
    executor: Executor | None = None,
) -> ResultsList[GFluxscaleResults]:
    """Run session_gfluxscale; see `pipeline_gfluxscale.session_gfluxscale` for the parameters, in `given` by name."""
    executor = executor or engine(given)

    def work(trial: Context) -> ResultsList[GFluxscaleResults]:
        call = checked_call(trial, vis, given, calstate)
        session_of = sessions(call.names, given.get("session") or _as_imported(trial, call.names))
        return compared(call, run_in_two_passes(call.inputs, session_of, executor))

    results = in_transaction(context or standalone_context(vis, given, calstate, output_dir), work)
    _log_adoptions(results)
    return results


def _as_imported(context: Context, names: Sequence[str]) -> dict[str, str]:
    return {name: context.data[name].session if name in context.data else "" for name in names}


def run_in_two_passes(
    all_inputs: Sequence[GFluxscaleInputs], session_of: Mapping[str, str], executor: Executor
) -> list[GFluxscaleResults]:
    """Run the stage on the MSs with an amplitude calibrator, then on the MSs that adopt flux densities from them."""
    expected = {inputs.ms.name: select(inputs).expected for inputs in all_inputs if not select(inputs).reference}
    calibrated = [inputs for inputs in all_inputs if inputs.ms.name not in expected]
    results = {of_ms.vis: of_ms for of_ms in run_tasks([GFluxscale(inputs) for inputs in calibrated], executor)}
    adopting = []
    for inputs in (inputs for inputs in all_inputs if inputs.ms.name in expected):
        peers = [peer for peer in calibrated if session_of[peer.ms.name] == session_of[inputs.ms.name]]
        sources = [
            (peer.ms, [] if results[peer.ms.name].error else results[peer.ms.name].measurements) for peer in peers
        ]
        adopting.append(AdoptFluxes(inputs, plan_adoption(inputs.ms, expected[inputs.ms.name], sources)))
    results |= {of_ms.vis: of_ms for of_ms in run_tasks(adopting, executor)}
    return [results[inputs.ms.name] for inputs in all_inputs]


def sessions(names: Sequence[str], session: Any) -> dict[str, str]:
    """Return the session of each MS.

    Parameters
    ----------
    names : sequence of str
        Names of the MSs.
    session : None, sequence or mapping of str
        The session of each MS: in the order of the MSs, as in hifa_importdata, or by name of the MS. None means one
        session for all.

    Raises
    ------
    InputError
        If an MS has no session.
    """
    if session is None:
        return dict.fromkeys(names, "")
    if isinstance(session, Mapping):
        if lacking := [name for name in names if name not in session]:
            raise InputError("session", dict(session), f"{', '.join(lacking)} has no session")
        return {name: str(session[name]) for name in names}
    if isinstance(session, str) or not isinstance(session, Sequence) or len(session) != len(names):
        raise InputError("session", session, f"a list with a session for each of the {len(names)} MSs is needed")
    return dict(zip(names, map(str, session), strict=True))


def _log_adoptions(results: Sequence[GFluxscaleResults]) -> None:
    for of_ms in results:
        if of_ms.adopted_from:
            LOG.info("%s adopted the flux densities of %s", of_ms.vis, ", ".join(of_ms.adopted_from))
