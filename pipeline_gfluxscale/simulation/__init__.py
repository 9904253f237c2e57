"""Simulated ALMA execution blocks of known truth, for the demo, the tests and whoever wants to try the stage."""

from .alma_form import with_alma_form
from .observe import Simulation, simulate
from .plan import Disturbance, FlagSelection, SimulatedField, SimulatedScan, SimulationPlan, standard_plan
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
