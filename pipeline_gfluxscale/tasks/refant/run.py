"""hif_refant as a stage of a recipe."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...infrastructure.basetask import ResultsList
from ...infrastructure.context import Context
from ...infrastructure.run_each import run_each
from .inputs import RefantInputs
from .results import RefantResults
from .task import Refant


def run_hif_refant(
    context: Context,
    vis: str | Path | Sequence[str | Path] | None = None,
    field: Any = None,
    spw: Any = None,
    intent: Any = None,
    hm_refant: Any = None,
    refant: Any = None,
    geometry: Any = None,
    flagging: Any = None,
    refantignore: Any = None,
) -> ResultsList[RefantResults]:
    """Rank the antennas of MeasurementSets by their fitness as reference antenna.

    The best antenna is central in the array and has few of its calibrator data flagged: the score of an antenna is
    the sum of both, as published for the ALMA Pipeline. Antennas without unflagged data are left out. Later stages
    take the first antenna of the list that has data.

    Parameters
    ----------
    vis : str or list of str, optional
        MeasurementSets of the run. Default: all.
    field : str, optional
        Names or ids of the fields whose flags count. Default: those with the intents.
    spw : str, optional
        Ids of the science spws whose flags count, such as ``'17,19'``. Default: all.
    intent : str, optional
        Intents of these fields. Default: the calibrators', but for check sources.
    hm_refant : {'automatic', 'manual'}, optional
        Rank the antennas, or take those of `refant`. Default: ``'automatic'``.
    refant : str, optional
        Antennas for ``hm_refant='manual'``, best first.
    geometry, flagging : bool, optional
        Rank by distance from the centre of the array, and by the fraction of unflagged data. Default: both.
    refantignore : str, optional
        Antennas that must not be chosen.

    Returns
    -------
    ResultsList of RefantResults
        One for each MeasurementSet.

    Raises
    ------
    InputError
        A parameter cannot be used.

    Examples
    --------
    >>> hif_refant(refantignore="DV07")  # doctest: +SKIP
    """
    given = {name: value for name, value in locals().items() if name not in ("context", "vis")}
    return run_each(context, vis, given, RefantInputs, Refant, RefantResults)
