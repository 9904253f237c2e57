"""The stage for sessions: MSs without an amplitude calibrator adopt the flux densities of the others.

A session is a series of execution blocks under the same conditions. Those that have an amplitude calibrator are worked
on first, each as by hifa_gfluxscale.
"""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...parallel import Executor
from ...parallel.serial import SerialExecutor
from ...pipeline.basetask import ResultsList
from ...pipeline.context import Context
from ...pipeline.ownership import owns_its_data
from .adopt import plan_adoption
from .jobs import run_all
from .results import GFluxscaleResults
from .run import check_inputs
from .steps.selection import select

LOG = logging.getLogger(__name__)


@owns_its_data
def run_session(
    vis: str | Path | Sequence[str | Path] | None,
    given: Mapping[str, Any],
    *,
    session: Any = None,
    calstate: str | Path | None = None,
    output_dir: str | Path = ".",
    context: Context | None = None,
    executor: Executor | None = None,
) -> ResultsList[GFluxscaleResults]:
    """Run session_gfluxscale; see `pipeline_gfluxscale.session_gfluxscale` for the parameters, in `given` by name."""
    executor = executor or SerialExecutor()
    call = check_inputs(vis, given, calstate=calstate, output_dir=output_dir, context=context)
    all_inputs = call.inputs
    if session is None:
        as_imported = {name: observed.session for name, observed in call.context.data.items()}
        session = {name: as_imported.get(name, "") for name in call.names}
    session_of = sessions(call.names, session)
    call.context.stage += 1
    expected = {inputs.ms.name: select(inputs).expected for inputs in all_inputs if not select(inputs).reference}
    calibrated = [inputs for inputs in all_inputs if inputs.ms.name not in expected]
    adopting = [inputs for inputs in all_inputs if inputs.ms.name in expected]
    found = {results.vis: results for results in run_all(calibrated, executor)}
    adoptions = []
    for inputs in adopting:
        peers = [peer for peer in calibrated if session_of[peer.ms.name] == session_of[inputs.ms.name]]
        sources = [(peer.ms, [] if found[peer.ms.name].error else found[peer.ms.name].measurements) for peer in peers]
        adoptions.append(plan_adoption(inputs.ms, expected[inputs.ms.name], sources))
    found |= {results.vis: results for results in run_all(adopting, executor, adoptions)}
    results = call.completed([found[inputs.ms.name] for inputs in all_inputs])
    _tell(results)
    return results


def sessions(names: Sequence[str], session: Any) -> dict[str, str]:
    """Return the session of each MS.

    Parameters
    ----------
    names : sequence of str
        Of the MSs.
    session : None, sequence or mapping of str
        The sessions: one for each MS in order, as in hifa_importdata, or by name of the MS. None: one for all.

    Raises
    ------
    InputError
        If there is not one for each MS.
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


def _tell(results: Sequence[GFluxscaleResults]) -> None:
    for each in results:
        if each.adopted_from:
            LOG.info("%s adopted the flux densities of %s", each.vis, ", ".join(each.adopted_from))
