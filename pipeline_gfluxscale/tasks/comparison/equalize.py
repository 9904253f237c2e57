"""Models on the common flux scale of several execution blocks."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from ...casa import models
from ...casa.tasks import log_command
from ...domain.flux import FluxMeasurement, StokesFlux
from .compare import Comparison


def equalized(measurements: Iterable[FluxMeasurement], factor: float) -> list[FluxMeasurement]:
    """Return measurements with the factor between their derived flux density and the model."""
    return [m if m.derived is None else replace(m, model_factor=factor) for m in measurements]


def write_equalized_models(vis: Path, measurements: Sequence[FluxMeasurement]) -> None:
    """Write the derived flux densities, times the factor of their block, as models of a MeasurementSet.

    As in hifa_gfluxscale, a bandpass calibrator keeps the catalogue's spectral index.

    Parameters
    ----------
    vis : Path
        The MeasurementSet.
    measurements : sequence of FluxMeasurement
        From `equalized`.
    """
    log_command(f"# {vis.name}: models on the common flux scale")
    chosen = [_model(m) for m in measurements if m.derived is not None]
    models.set_point_models(vis, chosen, virtual=models.keeps_virtual(vis))


def _model(m: FluxMeasurement) -> models.PointModel:
    assert m.derived is not None
    stokes = m.derived.stokes
    scaled = StokesFlux(*(m.model_factor * value for value in (stokes.I, stokes.Q, stokes.U, stokes.V)))
    has_index = "BANDPASS" in m.intents and m.catalogue is not None and m.catalogue.spix is not None
    spix = m.catalogue.spix if has_index and m.catalogue is not None else None
    return models.PointModel(m.field_id, m.spw, scaled, spix or 0.0, m.frequency_hz)


def in_words(comparison: Comparison, vis: str) -> str:
    """Return a sentence that says how equalizing changes the models of a MeasurementSet."""
    blocks = [block for block in comparison.blocks if block.vis == vis and block.factor is not None]
    if len(blocks) != 1:
        return "equalize: its models stay the derived flux densities, as the block cannot be compared with others"
    factor, uncertainty = blocks[0].factor, blocks[0].uncertainty
    return (
        f"equalize: the models are the derived flux densities times {factor:.4f} ± {uncertainty:.4f}, on the common "
        "scale of the blocks; a run without equalize sets them back"
    )
