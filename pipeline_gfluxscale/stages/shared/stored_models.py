"""Read the usable models of a field from an MS: its virtual model, otherwise those in MODEL_DATA."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ...casa import models, tasks
from ...casa.locking import wait_for_lock
from ...casa.solar_system import apparent_size
from ...casa.stored_models import read_model, read_setjy_records
from ...domain.measurementset import Field, MeasurementSet
from ...domain.reference import NORMALISED, ModelSample, SetjyRecord, StoredModel
from ...heuristics.stored_models import matching_record, stored_model
from ...system.scratch import scratch_directory

LOG = logging.getLogger(__name__)


def read_stored_models(
    ms: MeasurementSet, field: Field, spws: Sequence[int], output_dir: Path
) -> Mapping[int, StoredModel]:
    """Return the usable model of a field by spw; spws without one are left out.

    A model that hif_setmodels has normalised to 1 Jy is not usable: it has the shape of the spectrum, but not the flux
    density. If one spw has an extended model then all models of the field count as extended, as a small source looks
    like a point at low frequencies.

    Parameters
    ----------
    ms : MeasurementSet
    field : Field
    spws : sequence of int
    output_dir : Path
        Where virtual models are evaluated, in a scratch directory.
    """
    samples = _samples(ms, field, spws, output_dir)
    size = apparent_size(field.name, ms.start, ms.telescope) if any(samples.values()) else None
    records = read_setjy_records(ms.path)
    usable = {}
    for spw, of_spw in samples.items():
        model = stored_model(of_spw, ms.spw(spw).mean_frequency, size.diameter if size else None)
        if model is not None and (dated := _with_history(model, records, field)) is not None:
            usable[spw] = dated
    if all(model.is_point for model in usable.values()):
        return usable
    return {spw: replace(model, is_point=False) for spw, model in usable.items()}


def _with_history(model: StoredModel, records: Sequence[SetjyRecord], field: Field) -> StoredModel | None:
    """Return the model with its record in HISTORY; None if it is normalised and so has no flux density."""
    record = matching_record(records, field.name, model.edges)
    if record is None:
        return model
    if record.note == NORMALISED:
        LOG.info("%s: its model in MODEL_DATA is normalised to 1 Jy, so its flux density is not known", field.name)
        return None
    return replace(model, derived_on=record.time)


def _samples(ms: MeasurementSet, field: Field, spws: Sequence[int], output_dir: Path) -> dict[int, list[ModelSample]]:
    # CASA prefers a virtual model to MODEL_DATA.
    if field.id in models.fields_with_virtual_model(ms.path):
        return _virtual_samples(ms, field, spws, output_dir)
    if models.has_model_column(ms.path):
        return {spw: read_model(ms.path, field.id, spw) for spw in spws}
    return {}


def _virtual_samples(
    ms: MeasurementSet, field: Field, spws: Sequence[int], output_dir: Path
) -> dict[int, list[ModelSample]]:
    """Let CASA evaluate a virtual model, for one scan of the field in each spw."""
    samples = {}
    wait_for_lock(ms.path)
    with scratch_directory(output_dir, ms.name) as directory:
        for spw in spws:
            scans = [scan.id for scan in ms.scans if scan.field_id == field.id and spw in scan.spw_ids]
            evaluated = directory / f"virtual.{spw}.ms"
            tasks.run(
                "mstransform",
                vis=ms.path,
                outputvis=evaluated,
                field=str(field.id),
                spw=str(spw),
                scan=str(min(scans)),
                antenna="*&",
                datacolumn="model",
                realmodelcol=True,
                reindex=False,
            )
            samples[spw] = read_model(evaluated, field.id, spw, column="DATA")
    return samples
