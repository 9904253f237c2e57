"""hifa_importdata: make MeasurementSets of ASDMs, read what was observed, and list the known flux densities."""

import logging
from functools import partial

from ...casa.trial_opening import open_for_trial
from ...errors import InputError, UnreadableDataError
from ...files.catalogue import check_entries
from ...files.source_xml import read_source_fluxes
from ...pipeline.basetask import ResultsList
from ...pipeline.run_record import RunRecord
from ...pipeline.runner import attempted
from ...pipeline.standalone import import_measurementset
from ...system.outputs import COMMAND_LOG
from .asdm import is_asdm, measurementset_of
from .catalogue import FILE, Service, extend_flux_csv, new_entries
from .inputs import ImportdataInputs
from .quality import catalogue_score, intents_score, service_score
from .results import ImportdataResults

LOG = logging.getLogger(__name__)


def import_all(inputs: ImportdataInputs) -> ResultsList[ImportdataResults]:
    """Import all data into the context of the inputs, one after the other.

    The results of data that cannot be imported have an error, if there are others.

    Raises
    ------
    GFluxscaleError
        The only data cannot be imported, or a parameter cannot be used; the context may then hold some of the data.
    """
    service = Service(inputs.dbservice_timeout) if inputs.dbservice else None
    results: ResultsList[ImportdataResults] = ResultsList()
    open_for_trial(inputs.vis)
    for one in inputs.one_by_one():
        (path,) = one.vis
        imported, commands = attempted(
            f"import {path.name}",
            partial(import_one, one, service),
            partial(ImportdataResults.unreadable, path.name),
            inputs.context.output_dir / COMMAND_LOG,
            partial(_ends_stage, len(inputs.vis)),
        )
        imported.record = RunRecord.of(one, commands, path, imported.ms)
        results.append(imported)
    return results


def _ends_stage(number: int, error: Exception) -> bool:
    """Return whether an error ends the stage: of a single data set each does, of several those of the call itself."""
    return number == 1 or (isinstance(error, InputError) and not isinstance(error, UnreadableDataError))


def import_one(inputs: ImportdataInputs, service: Service | None) -> ImportdataResults:
    """Import the ASDM or MeasurementSet of the inputs, and add what is known of its calibrators to flux.csv."""
    (path,), (session,) = inputs.vis, inputs.session
    LOG.info("Importing %s", path)
    vis = measurementset_of(path, inputs) if is_asdm(path) else path
    observed = import_measurementset(inputs.context, vis)
    observed.session = session
    ms = observed.ms
    from_tables = read_source_fluxes(path)
    catalogue = inputs.context.output_dir / FILE
    entries = extend_flux_csv(catalogue, lambda known: new_entries(ms, known, from_tables, service))
    check_entries(catalogue, entries, ms)
    mine = tuple(entry for entry in entries if entry.vis_name == ms.name)
    results = ImportdataResults(ms.name, ms=ms, path=str(ms.path), session=session, fluxes=mine)
    if service is not None and not service.urls:
        results.warnings.append("the flux service did not answer: flux densities are those that the ASDM has, if any")
    results.qa = [intents_score(ms), *catalogue_score(ms, entries), *service_score(ms, service)]
    return results
