"""The results of a MeasurementSet whose data cannot be read."""

import logging

from ...domain.qa import AppliesTo, QAScore
from .results import GFluxscaleResults

LOG = logging.getLogger(__name__)


def unreadable(name: str, problem: str) -> GFluxscaleResults:
    """Return the results of a MeasurementSet that cannot be worked on, and tell of it.

    Parameters
    ----------
    name : str
        Of the MeasurementSet.
    problem : str
        Why its data cannot be read.
    """
    LOG.error("%s: %s", name, problem)
    words = f"{name}: no flux density was measured, as its data cannot be read"
    score = QAScore("completeness", 0.0, "Data cannot be read", words, 0.0, "fraction", AppliesTo(name))
    return GFluxscaleResults(vis=name, error=problem, qa=[score])
