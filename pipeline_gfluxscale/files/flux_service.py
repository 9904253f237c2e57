"""Ask ALMA's calibrator catalogue for a flux density, over the network."""

import logging
import math
import os
import threading
import urllib.parse
import urllib.request
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from queue import Empty, Queue

from ..errors import FileFormatError, FluxServiceError
from .xml_input import parse_xml

LOG = logging.getLogger(__name__)

#: Environment variables with the addresses of the service and its backup, as in the ALMA Pipeline; and the defaults.
VARIABLES = ("FLUX_SERVICE_URL", "FLUX_SERVICE_URL_BACKUP")
_PUBLIC = ("https://almascience.org/sc/flux", "https://asa.alma.cl/sc/flux")
# The service needs English names; strftime would use the language of the machine.
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_MAX_BYTES = 1_000_000
# Spectral index in the answer if the service does not know it.
_NO_SPIX = -1000.0


@dataclass(frozen=True)
class ServiceFlux:
    """An answer of the service.

    Attributes
    ----------
    flux_jy, spix : float
        Flux density (Jy) and spectral index at the frequency of the query.
    age_days : float or None
        Days between the observation and the nearest observation in the catalogue.
    clarification : str
        A remark of the service, usually blank.
    """

    flux_jy: float
    spix: float
    age_days: float | None
    clarification: str = ""


def service_urls() -> tuple[str, str]:
    """Return the addresses of the service and of its backup."""
    first, second = (os.environ.get(name) or public for name, public in zip(VARIABLES, _PUBLIC, strict=True))
    return first, second


def query(url: str, source: str, frequency_hz: float, date: datetime, timeout: float) -> ServiceFlux | None:
    """Ask the service for the flux density of a source.

    Parameters
    ----------
    url : str
        Address of the service.
    source : str
        Name of the source; of several names, separated by semicolons, the first is used.
    frequency_hz : float
        Hz
    date : datetime
        Date of the observation.
    timeout : float
        Longest time to wait for an answer (s).

    Returns
    -------
    ServiceFlux or None
        None if the catalogue does not know the source.

    Raises
    ------
    FluxServiceError
        There was no answer in time, or the answer could not be understood.
    """
    parameters = {
        "NAME": source.split(";", maxsplit=1)[0],
        "DATE": f"{date:%d}-{_MONTHS[date.month - 1]}-{date:%Y}",
        "FREQUENCY": repr(frequency_hz),
        "WEIGHTED": "true",
        "RESULT": "1",
        "VERBOSE": "1",
        "CATALOGUE": "5",
    }
    if not url.startswith(("http://", "https://")):
        raise FluxServiceError(f"{url} is no address of the web (http or https)")
    address = f"{url}?{urllib.parse.urlencode(parameters)}"
    answer = _fetched(address, timeout)
    if isinstance(answer, Exception):
        raise FluxServiceError(f"{url}: no answer: {answer}") from answer
    return understood(answer, address)


def _fetched(address: str, timeout: float) -> bytes | Exception:
    """Return the content at an address, or the error if it could not be read within the time.

    The limit is for the whole request. The timeout of urllib is for a single read from the network, so a slow server
    could keep the run waiting without end, and it does not apply to the look-up of the host's name.
    """
    outcome: Queue[bytes | Exception] = Queue()

    def fetch() -> None:
        try:
            with urllib.request.urlopen(address, timeout=timeout) as answer:
                outcome.put(answer.read(_MAX_BYTES))
        except (OSError, ValueError, HTTPException) as error:
            outcome.put(error)

    threading.Thread(target=fetch, daemon=True).start()
    try:
        return outcome.get(timeout=timeout)
    except Empty:
        return TimeoutError(f"not within {timeout:g} s")


def understood(content: bytes, address: str) -> ServiceFlux | None:
    """Return the flux density in an answer of the service; None if the catalogue does not know the source.

    The last columns of its table are the same whether or not it has a clarification.

    Raises
    ------
    FluxServiceError
        The answer cannot be understood.
    """
    try:
        rows = [
            [(cell.text or "").strip() for cell in row.iter("TD")] for row in parse_xml(content, address).iter("TR")
        ]
    except FileFormatError as error:
        raise FluxServiceError(str(error)) from error
    row = rows[-1] if rows else []
    if len(row) < 12:
        raise FluxServiceError(f"{address}: the answer is no table of flux densities")
    flux, spix, age = (_number(row[column]) for column in (-8, -6, -3))
    clarification = row[1] if len(row) == 13 and row[1] != "null" else ""
    if flux is None or flux <= 0 or spix is None or spix == _NO_SPIX:
        LOG.info("%s: not in the catalogue %s", address, clarification)
        return None
    return ServiceFlux(flux, spix, age, clarification)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
