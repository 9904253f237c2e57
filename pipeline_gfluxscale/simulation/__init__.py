"""Simulate ALMA execution blocks with known flux densities, for the demo, the tests and users who try the stage."""

from .alma_form import with_alma_form
from .observe import Simulation, simulate
from .plan import Disturbance, FlagSelection, SimulatedField, SimulatedScan, SimulationPlan
from .standard_plan import standard_plan
from .system_temperatures import with_system_temperatures

__all__ = [
    "Disturbance",
    "FlagSelection",
    "SimulatedField",
    "SimulatedScan",
    "Simulation",
    "SimulationPlan",
    "simulate",
    "standard_plan",
    "with_alma_form",
    "with_system_temperatures",
]
