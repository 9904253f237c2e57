"""Read the flux densities in the tables of an ASDM, which the observatory knew at the time of the observation."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np

from ..domain.flux import StokesFlux
from ..errors import FileFormatError, shown
from .xml_input import read_xml, text_of

LOG = logging.getLogger(__name__)

#: The tables with the flux densities and the ids of their spws.
TABLES = ("Source.xml", "SpectralWindow.xml", "DataDescription.xml")
_STOKES = ("I", "Q", "U", "V")


@dataclass(frozen=True)
class SourceFlux:
    """The flux densities of a source in a row of the ASDM's Source table.

    Attributes
    ----------
    source : str
        Name of the source.
    spw : int
        Id of the spw in the MeasurementSet.
    frequencies : tuple of float
        Hz
    fluxes : tuple of StokesFlux
        One for each frequency.
    """

    source: str
    spw: int
    frequencies: tuple[float, ...]
    fluxes: tuple[StokesFlux, ...]

    def nearest(self, frequency_hz: float) -> StokesFlux:
        """Return the flux density at the frequency nearest to `frequency_hz`; if several are nearest, their mean."""
        distance = np.abs(np.array(self.frequencies) - frequency_hz)
        members = [f for f, d in zip(self.fluxes, distance, strict=True) if d == distance.min()]
        return StokesFlux(*(float(np.mean([getattr(f, stokes) for f in members])) for stokes in _STOKES))


def read_source_fluxes(asdm: Path) -> list[SourceFlux]:
    """Read the flux densities of all sources.

    Parameters
    ----------
    asdm : Path
        Directory with Source.xml, SpectralWindow.xml and DataDescription.xml: an ASDM, or a MeasurementSet into which
        the ALMA Pipeline has copied them.

    Returns
    -------
    list of SourceFlux
        Empty if one of these files is missing; rows without flux densities are left out.

    Raises
    ------
    FileFormatError
        A table cannot be understood.
    """
    if not (asdm / "Source.xml").is_file():
        return []
    if missing := [table for table in TABLES if not (asdm / table).is_file()]:
        LOG.warning("%s has no %s: the flux densities of its Source.xml are not used", asdm, ", ".join(missing))
        return []
    spws = _ms_spws(asdm)
    return [flux for row in _rows(asdm, "Source.xml") if (flux := _flux(row, spws, asdm / "Source.xml")) is not None]


def _flux(row: Element, spws: dict[str, int], path: Path) -> SourceFlux | None:
    values, frequencies = text_of(row, "flux"), text_of(row, "frequency")
    name, spw = text_of(row, "sourceName"), spws.get(text_of(row, "spectralWindowId"))
    if not values or not frequencies or spw is None:
        return None
    nu, flux = _array(frequencies, path), _array(values, path)
    if nu.ndim != 1 or flux.ndim != 2 or flux.shape[0] != nu.size or not 1 <= flux.shape[1] <= len(_STOKES):
        raise FileFormatError(
            f"{path}: {name}: flux {shown(values)} and frequency {shown(frequencies)} do not belong together"
        )
    if not (np.isfinite(nu).all() and np.isfinite(flux).all()):
        LOG.warning("%s: %s, spw %d: not finite, and not used: %s at %s", path, name, spw, values, frequencies)
        return None
    return SourceFlux(name, spw, tuple(nu.tolist()), tuple(StokesFlux(*stokes) for stokes in flux.tolist()))


def _array(text: str, path: Path) -> np.ndarray:
    """Return an array from its text in an ASDM: number of dimensions, sizes, values."""
    try:
        words = text.split()
        n = int(words[0])
        return np.array(words[n + 1 :], dtype=float).reshape([int(size) for size in words[1 : n + 1]])
    except (ValueError, OverflowError):
        raise FileFormatError(f"{path}: {shown(text)} is not an array: dimensions, sizes and values") from None


def _ms_spws(asdm: Path) -> dict[str, int]:
    """Return the ids in the MeasurementSet of an ASDM's spws; importasdm puts spws with data first."""
    everything = [text_of(row, "spectralWindowId") for row in _rows(asdm, "SpectralWindow.xml")]
    with_data = {text_of(row, "spectralWindowId") for row in _rows(asdm, "DataDescription.xml")}
    ordered: Sequence[str] = sorted(everything, key=lambda spw: spw not in with_data)
    return {spw: number for number, spw in enumerate(ordered)}


def _rows(asdm: Path, table: str) -> Iterator[Element]:
    return read_xml(asdm / table, "vis").iterfind("row")
