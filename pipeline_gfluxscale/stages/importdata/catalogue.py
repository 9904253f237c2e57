"""flux.csv: what is known of the calibrators' flux densities before they are measured."""

import logging
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ...casa.solar_system import is_solar_system_object
from ...domain.dates import utc
from ...domain.flux import CatalogueFlux, StokesFlux
from ...domain.intents import CALIBRATOR_INTENTS
from ...domain.measurementset import Field, MeasurementSet, SpectralWindow
from ...errors import FluxServiceError
from ...files import flux_service
from ...files.fluxcsv import FluxEntry, add_to_flux_csv, data_in_flux_csv, read_flux_csv, write_flux_csv
from ...files.source_xml import SourceFlux
from ...system.waiting_lock import locked

LOG = logging.getLogger(__name__)

FILE = "flux.csv"


@dataclass
class Service:
    """The flux service during a stage: whom to ask next, and what became of it.

    Attributes
    ----------
    timeout : float
        Longest time to wait for an answer (s).
    urls : list of str
        Addresses that have not failed yet.
    problems : list of str
        Those that have, and why.
    """

    timeout: float
    urls: list[str] = field(default_factory=lambda: list(flux_service.service_urls()))
    problems: list[str] = field(default_factory=list)

    def ask(self, source: str, frequency_hz: float, date: datetime) -> flux_service.ServiceFlux | None:
        """Return what the service knows; None if it does not, or if nobody answers: who fails is not asked again."""
        while self.urls:
            try:
                return flux_service.query(self.urls[0], source, frequency_hz, date, self.timeout)
            except FluxServiceError as error:
                LOG.warning("Flux service: %s", error)
                self.problems.append(str(error))
                self.urls.pop(0)
        return None


def calibrators(ms: MeasurementSet) -> list[tuple[Field, SpectralWindow]]:
    """Return the calibrators that a catalogue may know, and the science spws that each was observed in."""
    fields = [f for f in ms.fields if f.intents & CALIBRATOR_INTENTS and not is_solar_system_object(f.name)]
    observed = {(scan.field_id, spw) for scan in ms.scans for spw in scan.spw_ids if scan.intents & CALIBRATOR_INTENTS}
    return [(each, ms.spw(spw)) for each in fields for spw in sorted(ms.science_spw_ids) if (each.id, spw) in observed]


def new_entries(
    ms: MeasurementSet,
    known: Container[tuple[str, int, int]],
    from_tables: Sequence[SourceFlux],
    service: Service | None,
) -> list[FluxEntry]:
    """Return entries for the calibrators that the file does not have: of the service, else of the ASDM's tables.

    Parameters
    ----------
    ms : MeasurementSet
    known : container of (str, int, int)
        MeasurementSet, field id and spw of the rows of the file: somebody may have edited them, so they stay.
    from_tables : sequence of SourceFlux
        What the ASDM says.
    service : Service, optional
        The flux service, if it is to be asked.
    """
    date = utc(ms.start)
    in_tables = {(each.source, each.spw): each for each in from_tables}
    entries = []
    for calibrator, spw in calibrators(ms):
        if (ms.name, calibrator.id, spw.id) in known:
            continue
        table = in_tables.get((calibrator.name, spw.id))
        flux = _of_service(service, calibrator.name, spw, date, table) or _of_tables(table, spw)
        if flux is not None:
            entries.append(FluxEntry(ms.name, calibrator.id, spw.id, flux, comment=_comment(calibrator, flux)))
    return entries


def _of_service(
    service: Service | None, name: str, spw: SpectralWindow, date: datetime, table: SourceFlux | None
) -> CatalogueFlux | None:
    answer = service.ask(name, spw.mean_frequency, date) if service else None
    if answer is None:
        return None
    if answer.clarification:
        LOG.warning("Flux service, of %s: %s", name, answer.clarification)
    # The service knows Stokes I only.
    polarised = table.nearest(spw.mean_frequency) if table else StokesFlux(0.0)
    stokes = StokesFlux(answer.flux_jy, polarised.Q, polarised.U, polarised.V)
    return CatalogueFlux(stokes, round(answer.spix, 3), "DB", answer.age_days)


def _of_tables(table: SourceFlux | None, spw: SpectralWindow) -> CatalogueFlux | None:
    stokes = table.nearest(spw.mean_frequency) if table else None
    return CatalogueFlux(stokes, None, "Source.xml") if stokes and stokes.I > 0 else None


def _comment(calibrator: Field, flux: CatalogueFlux) -> str:
    age = "N/A" if flux.age_days is None else f"{flux.age_days:g}"
    asked = f" queried_at={datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC" if flux.origin == "DB" else ""
    intents = ",".join(sorted(calibrator.intents))
    return f"# field={calibrator.name} intents={intents} origin={flux.origin} age={age}{asked}"


def extend_flux_csv(
    path: Path, entries: Callable[[Container[tuple[str, int, int]]], list[FluxEntry]]
) -> tuple[FluxEntry, ...]:
    """Add entries to a flux.csv, and return all of it; runs that do so at the same time wait for each other.

    Parameters
    ----------
    path : Path
        The file; it is written if there is something to add.
    entries : callable
        Returns the entries to add, given the MeasurementSet, field id and spw of the rows that the file has.
    """
    with locked(path.with_name(f".{path.name}.lock"), path):
        if not path.exists():
            new = entries(())
            if new:
                write_flux_csv(path, new)
            return tuple(new)
        known = read_flux_csv(path)
        new = entries(data_in_flux_csv(path))
        if new:
            add_to_flux_csv(path, new)
        return (*known, *new)
