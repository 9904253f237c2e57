"""The parameters of hifa_fluxagreement."""

from dataclasses import dataclass

from ...pipeline.checks import flag
from ...pipeline.parameters import parameter
from ...pipeline.stage_inputs import StageInputs


@dataclass(frozen=True)
class FluxAgreementInputs(StageInputs):
    """The parameters of hifa_fluxagreement for one MeasurementSet."""

    equalize: bool = parameter(
        False,
        "bool",
        "Write models on the common flux scale: the derived flux densities of each block times its factor.",
        flag,
    )
