"""ALMA's hifa_gfluxscale: transfer the absolute flux scale from the amplitude calibrator to the other calibrators."""

__version__ = "0.1.0"
