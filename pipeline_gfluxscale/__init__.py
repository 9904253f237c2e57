"""ALMA's hifa_gfluxscale: transfer the absolute flux scale from the amplitude calibrator to the other calibrators."""

from .cli.prompt import hifa_gfluxscale
from .errors import GFluxscaleError

__all__ = ["GFluxscaleError", "hifa_gfluxscale"]
__version__ = "0.1.0"
