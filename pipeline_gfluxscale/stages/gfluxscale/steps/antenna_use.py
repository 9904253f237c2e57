"""Part of step 5, Transfer: count the antennas that transfer the flux scale, and the antennas with data."""

from ....heuristics.antenna_use import AntennaUse
from ....heuristics.resolved import AntennaSelection
from ..inputs import GFluxscaleInputs
from .selection import Selection
from .solve import Solutions
from .transfer import Transfer


def antenna_use(
    inputs: GFluxscaleInputs,
    selection: Selection,
    antennas: dict[int, AntennaSelection],
    solutions: Solutions,
    transferred: Transfer,
) -> list[AntennaUse]:
    """Return the number of antennas used for each flux density, and the number of antennas with data.

    Parameters
    ----------
    inputs : GFluxscaleInputs
    selection : Selection
    antennas : dict of int to AntennaSelection
        Antennas of each reference field, by id.
    solutions : Solutions
    transferred : Transfer
    """
    names = [antenna.name for antenna in inputs.ms.antennas]
    uses = []
    for (field_id, spw), flux in sorted(transferred.fluxes.items()):
        reference_spw = inputs.reference_spw(spw)
        on_reference = {
            antenna
            for field in selection.reference
            for antenna in solutions.antennas.get((field.id, reference_spw), ())
            if not antennas[field.id].antennas or names[antenna] in antennas[field.id].antennas
        }
        available = len(solutions.antennas.get((field_id, spw), frozenset()) & on_reference)
        uses.append(AntennaUse(inputs.ms.field(field_id).name, spw, flux.num_solutions, available))
    return uses
