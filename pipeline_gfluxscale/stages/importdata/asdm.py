"""Make a MeasurementSet of an ASDM."""

import logging
import shutil
from pathlib import Path

from ...casa import tasks
from ...errors import CasaTaskError
from ...files.source_xml import TABLES
from ...pipeline.ownership import owning
from ...system.waiting_lock import locked
from .inputs import ImportdataInputs

LOG = logging.getLogger(__name__)


def is_asdm(path: Path) -> bool:
    """Return whether a path is an execution block as ALMA archives it."""
    return (path / "ASDM.xml").is_file()


def measurementset_of(asdm: Path, inputs: ImportdataInputs) -> Path:
    """Return the MeasurementSet of an ASDM, in the working directory: the one that is there, or a new one.

    A new one gets its name when it is complete, so that one is there as a whole or not at all. The flags that the
    observatory has set online are applied, as no stage of this package does it later. Runs that import the same ASDM in
    the same directory wait for each other.

    Raises
    ------
    CasaTaskError
        CASA cannot import the ASDM.
    MeasurementSetLockedError
        Another run imports it, or uses the MeasurementSet that is to be replaced.
    """
    vis = inputs.context.output_dir / f"{asdm.name}.ms"
    with locked(vis.with_name(f".{vis.name}.lock"), vis):
        if vis.exists() and not inputs.overwrite:
            LOG.info("%s is there already, and is taken as it is", vis.name)
        else:
            with owning([vis]):
                _import(asdm, vis, inputs)
    return vis


def _import(asdm: Path, vis: Path, inputs: ImportdataInputs) -> None:
    unfinished = vis.with_name(f".{vis.name}.importing")
    _delete(unfinished)
    try:
        tasks.run(
            "importasdm",
            asdm=str(asdm),  # absolute: with `lazy` the MeasurementSet refers to it
            vis=unfinished,
            asis=inputs.asis,
            process_caldevice=inputs.process_caldevice,
            ocorr_mode=inputs.ocorr_mode,
            lazy=inputs.lazy,
            bdfflags=inputs.bdfflags,
            process_flags=True,
            applyflags=True,
            flagbackup=False,
        )
        if not (unfinished / "table.dat").is_file():
            raise CasaTaskError(f"CASA's importasdm made no MeasurementSet of {asdm}: see CASA's log")
        # So that it has its flux densities where the ASDM is not, as the MeasurementSets of the pipeline do.
        for table in TABLES:
            if (asdm / table).is_file():
                shutil.copyfile(asdm / table, unfinished / table)
        _delete(vis)
        unfinished.rename(vis)
    finally:
        _delete(unfinished)


def _delete(vis: Path) -> None:
    for path in (vis, vis.with_name(f"{vis.name}.flagversions")):
        shutil.rmtree(path, ignore_errors=True)
