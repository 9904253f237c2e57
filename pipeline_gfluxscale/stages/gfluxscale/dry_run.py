"""A dry run works on a copy of the calibrators' data, so that the MeasurementSet does not change.

The solves need the model of the reference, and to create MODEL_DATA or to set the model of a solar-system object is to
write to a MeasurementSet. On the copy, the steps and the flux densities are the same as in a normal run.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from ...casa.partial_copy import copy_fields
from ...system.scratch import scratch_directory
from .inputs import GFluxscaleInputs
from .steps.selection import select

WORDS = "dry run: no model was written; MODEL_DATA would hold the derived flux densities of the transfer fields"


@contextmanager
def on_a_copy(inputs: GFluxscaleInputs) -> Iterator[GFluxscaleInputs]:
    """Yield the inputs of a normal run on a copy of the MeasurementSet, which is deleted at the end.

    Raises
    ------
    NotEnoughDiskSpaceError
        If the working directory has too little free space for the copy.
    MeasurementSetLockedError
        If another process keeps the MeasurementSet locked.
    """
    ms = inputs.ms
    fields = sorted({observation.field.id for observation in select(inputs).observations})
    with scratch_directory(inputs.context.output_dir, f"dry-{ms.name}") as scratch:
        copy_fields(ms.path, scratch / ms.name, fields)
        observed = replace(inputs.observed, ms=replace(ms, path=scratch / ms.name))
        context = replace(inputs.context, data={**inputs.context.data, ms.name: observed})
        yield replace(inputs, observed=observed, context=context, dry_run=False)
