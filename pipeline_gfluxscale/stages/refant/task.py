"""hif_refant: rank the antennas by their fitness as reference antenna."""

import logging

import numpy as np

from ...casa.flag_counts import unflagged_fraction
from ...domain.qa import AppliesTo, QAScore
from ...heuristics.refant import rank_reference_antennas
from ...pipeline.basetask import StandardTask
from ...pipeline.checks import antenna_names
from .inputs import RefantInputs
from .results import RefantResults

LOG = logging.getLogger(__name__)


class Refant(StandardTask[RefantInputs, RefantResults]):
    """Rank the antennas of MeasurementSets by their fitness as reference antenna.

    The best antenna is central in the array and has few of its calibrator data flagged: the score of an antenna is
    the sum of both, as published for the ALMA Pipeline. Antennas without unflagged data are left out. Later stages
    take the first antenna of the list that has data.

    Raises
    ------
    InputError
        A parameter cannot be used.

    Examples
    --------
    >>> hif_refant(refantignore="DV07")  # doctest: +SKIP
    """

    inputs_type = RefantInputs
    results_type = RefantResults

    def prepare(self) -> RefantResults:
        """Count the flags, and rank."""
        inputs, results = self.inputs, RefantResults(vis=self.inputs.ms.name)
        if inputs.hm_refant == "manual":
            results.refant = list(antenna_names("refant", inputs.refant, inputs.antenna_names))
        else:
            with self.step("Count flags"):
                fraction = unflagged_fraction(inputs.ms, [field.id for field in inputs.fields], inputs.spws)
                results.unflagged = {name: float(f) for name, f in zip(inputs.antenna_names, fraction, strict=True)}
            with self.step("Rank"):
                results.refant = ranked(inputs, fraction)
        if not results.refant:
            results.error = "no antenna has unflagged data of the calibrators"
        else:
            LOG.info("%s: reference antennas %s", results.vis, ", ".join(results.refant))
        return results

    def analyse(self, results: RefantResults) -> RefantResults:
        """Score whether there is a reference antenna."""
        is_ranked = bool(results.refant)
        results.qa = [
            QAScore(
                "refant",
                1.0 if is_ranked else 0.0,
                "Reference antenna found" if is_ranked else "No reference antenna",
                f"{results.refant[0]} is the reference antenna"
                if is_ranked
                else "No antenna can be the reference antenna",
                applies_to=AppliesTo(results.vis),
            )
        ]
        return results


def ranked(inputs: RefantInputs, fraction: np.ndarray) -> list[str]:
    """Return the antennas with data, best first, without the antennas of `refantignore`.

    Parameters
    ----------
    inputs : RefantInputs
    fraction : ndarray, shape (n_ant,)
        Fraction of each antenna's data that is not flagged.
    """
    positions = np.array([antenna.position for antenna in inputs.ms.antennas])
    ranking = rank_reference_antennas(
        inputs.antenna_names,
        positions if inputs.geometry else np.zeros_like(positions),
        fraction if inputs.flagging else np.sign(fraction),
    )
    without_data = {name for name, unflagged in zip(inputs.antenna_names, fraction, strict=True) if not unflagged > 0}
    return [name for name in ranking if name not in without_data and name not in inputs.ignored]
