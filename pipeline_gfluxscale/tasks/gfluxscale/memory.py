"""How much memory the work on a MeasurementSet needs: workers are started by it."""

from .inputs import GFluxscaleInputs

# Python with CASA and its tables of measures, and what CASA's tasks buffer whatever the MeasurementSet.
_BASE = 700_000_000


def memory_needed(inputs: GFluxscaleInputs) -> int:
    """Return the memory (bytes) that a worker may need at its peak."""
    return _BASE
