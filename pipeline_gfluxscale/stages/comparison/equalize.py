"""Write models on the common flux scale of several execution blocks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ...casa import models
from ...casa.tasks import log_command
from ...domain.flux import FluxMeasurement, StokesFlux
from ...domain.reference import DERIVED
from .compare import Comparison

Measured = Mapping[str, Sequence[FluxMeasurement]]
"""The measurements of each MeasurementSet by name."""


def equalized(vis: str, measured: Measured, comparison: Comparison) -> list[FluxMeasurement] | None:
    """Return the measurements of a MeasurementSet, with the factor between each flux density and its model.

    An adopted flux density is the mean of the flux densities of other MeasurementSets. Its model is the mean of the
    same flux densities after their conversion to the common scale.

    Parameters
    ----------
    vis : str
        Name of the MeasurementSet.
    measured : mapping of str to sequence of FluxMeasurement
        The measurements of all MeasurementSets by name.
    comparison : Comparison

    Returns
    -------
    list of FluxMeasurement or None
        None if there is no factor for any of them.
    """
    factors = [_factor(vis, m, measured, comparison) for m in measured[vis]]
    if all(factor is None for factor in factors):
        return None
    pairs = zip(measured[vis], factors, strict=True)
    return [m if factor is None else replace(m, model_factor=factor) for m, factor in pairs]


def _factor(vis: str, m: FluxMeasurement, measured: Measured, comparison: Comparison) -> float | None:
    if not m.adopted_from:
        return comparison.factor(vis) if m.derived is not None else None
    flux = before = 0.0
    for name in m.adopted_from:
        source = _flux_of_source(m, measured.get(name, ()))
        factor = comparison.factor(name)
        if source is None or factor is None:
            return None
        flux, before = flux + factor * source, before + source
    return flux / before


def _flux_of_source(m: FluxMeasurement, measurements: Sequence[FluxMeasurement]) -> float | None:
    """Return the flux density (Jy) that `m` adopts from `measurements`; None if they do not have the field."""
    of_field = [other for other in measurements if other.field == m.field and _flux(other) is not None]
    nearest = min(of_field, key=lambda other: abs(other.frequency_hz - m.frequency_hz), default=None)
    stokes = None if nearest is None else _flux(nearest)
    return None if stokes is None else stokes.I


def _flux(m: FluxMeasurement) -> StokesFlux | None:
    """Return the flux density from which the model is made: the derived one or, without one, the calibrated one."""
    if m.derived is not None:
        return m.derived.stokes
    return None if m.calibrated is None else m.calibrated.stokes


def write_equalized_models(vis: Path, measurements: Sequence[FluxMeasurement]) -> None:
    """Multiply the flux densities by their factors, and write them as models of a MeasurementSet.

    As in hifa_gfluxscale, the model of a bandpass calibrator has the spectral index of the catalogue.

    Parameters
    ----------
    vis : Path
        The MeasurementSet.
    measurements : sequence of FluxMeasurement
        From `equalized`.
    """
    log_command(f"# {vis.name}: models on the common flux scale")
    chosen = [model for m in measurements if (model := _model(m)) is not None]
    models.set_point_models(vis, chosen, virtual=models.keeps_virtual(vis))


def _model(m: FluxMeasurement) -> models.PointModel | None:
    stokes = _flux(m) if m.adopted_from or m.derived is not None else None
    if stokes is None:
        return None
    scaled = StokesFlux(*(m.model_factor * value for value in (stokes.I, stokes.Q, stokes.U, stokes.V)))
    has_index = "BANDPASS" in m.intents and m.catalogue is not None and m.catalogue.spix is not None
    spix = m.catalogue.spix if has_index and m.catalogue is not None else None
    return models.PointModel(m.field_id, m.spw, scaled, spix or 0.0, m.frequency_hz, DERIVED, m.field)


def in_words(comparison: Comparison, vis: str, equal: Sequence[FluxMeasurement] | None) -> str:
    """Return a sentence about the change of the models of a MeasurementSet by ``equalize``.

    Parameters
    ----------
    comparison : Comparison
    vis : str
        Name of the MeasurementSet.
    equal : sequence of FluxMeasurement or None
        From `equalized`.
    """
    if equal is None:
        return "equalize: its models stay the derived flux densities, as the block cannot be compared with others"
    return (
        f"equalize: the models are the {_factors_in_words(comparison, vis, equal)}, on the common scale of the blocks; "
        "a run of hifa_gfluxscale without equalize sets them back"
    )


def _factors_in_words(comparison: Comparison, vis: str, equal: Sequence[FluxMeasurement]) -> str:
    block = next((block for block in comparison.blocks if block.vis == vis and block.factor is not None), None)
    if block is not None:
        return f"derived flux densities times {block.factor:.4f} ± {block.uncertainty:.4f}"
    sources = ", ".join(dict.fromkeys(name for m in equal for name in m.adopted_from))
    low, high = min(m.model_factor for m in equal), max(m.model_factor for m in equal)
    times = f"{low:.4f}" if high - low < 0.00005 else f"{low:.4f} to {high:.4f}"
    return f"adopted flux densities times {times}, by the factors of {sources}"
