"""The parameters of h_tsyscal."""

from dataclasses import dataclass

from ...casa.syscal import lack_of_system_temperatures
from ...errors import InputError
from ...pipeline.checks import NOT_NEGATIVE
from ...pipeline.parameters import parameter
from ...pipeline.stage_inputs import StageInputs


@dataclass(frozen=True)
class TsyscalInputs(StageInputs):
    """The parameters of h_tsyscal for one MeasurementSet; see `task.Tsyscal`."""

    chantol: float = parameter(
        1.0,
        "float",
        "Number of channels by which a spw with system temperatures may be too narrow at each end.",
        NOT_NEGATIVE,
    )

    def check(self) -> None:
        """Raise `InputError` for a parameter that cannot be used."""
        if lacking := lack_of_system_temperatures(self.ms.path):
            raise InputError("vis", self.ms.name, f"no usable system temperatures: {lacking}")
