"""Read the flux densities of a MeasurementSet from a flux.csv, and check them against the MeasurementSet.

Ids of fields and spws change when a MeasurementSet is split or concatenated. An old flux.csv then assigns the flux
density of one field to another field, which is detected by the field names in its comments.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..domain.flux import CatalogueFlux
from ..domain.intents import INTENTS
from ..domain.measurementset import MeasurementSet
from ..errors import InputError, listed, shown
from .fluxcsv import FluxEntry, catalogue_for, data_in_flux_csv, read_flux_csv

_REMEDY = (
    "ids change when a MeasurementSet is split or concatenated: correct the ids, or leave the file out with reffile=''"
)


@dataclass(frozen=True)
class Catalogue:
    """The entries of a flux.csv for a MeasurementSet.

    Attributes
    ----------
    path : Path or None
        The file; None without one.
    fluxes : mapping of (int, int) to CatalogueFlux
        By field id and spw.
    notes : tuple of str
        Sentences about content of the file that is not used.
    """

    path: Path | None = None
    fluxes: Mapping[tuple[int, int], CatalogueFlux] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def flux_file(reffile: str | Path | None, output_dir: Path) -> Path | None:
    """Return the path of the flux file for a value of the parameter `reffile`; None for no file.

    Parameters
    ----------
    reffile : str, Path or None
        A path; blank for no file; None for the default: flux.csv in the working directory, if it exists.
    output_dir : Path
        Working directory.
    """
    if reffile is not None:
        return Path(reffile).expanduser() if str(reffile) else None
    path = output_dir / "flux.csv"
    return path if path.exists() else None


def read_catalogue(path: Path | None, ms: MeasurementSet, *, named: bool, compared: Collection[int] = ()) -> Catalogue:
    """Return the flux densities that a flux.csv has for a MeasurementSet.

    Parameters
    ----------
    path : Path or None
        The file.
    ms : MeasurementSet
    named : bool
        Whether the user named the file. Then it must have a row for `ms`. The default file in the working directory may
        have rows for other MeasurementSets only.
    compared : collection of int
        Ids of fields whose flux densities are only compared with the file. The entries of such a field are ignored,
        with a note, if the field was renamed and all other entries show that the ids are right.

    Raises
    ------
    InputError
        There is no such file, an entry contradicts `ms`, or the user named a file without a row for `ms`. The message
        has file and line.
    FileFormatError
        A row cannot be used. The message has file and line.
    """
    if path is None:
        return Catalogue()
    entries = read_flux_csv(path)
    if named:
        _check_is_about(path, ms)
    mine = [entry for entry in entries if entry.vis_name == ms.name]
    renamed = _of_renamed_fields(mine, ms, compared)
    used = [entry for entry in mine if entry not in renamed]
    check_entries(path, used, ms)
    notes = [*_left_out(path, renamed, ms), *_unused(path, used)]
    return Catalogue(path, catalogue_for(used, ms.name), tuple(notes))


def check_entries(path: Path, entries: Iterable[FluxEntry], ms: MeasurementSet) -> None:
    """Check the ids of entries for a MeasurementSet; entries for other MeasurementSets are ignored.

    If a comment has the name of a field, it has to be the name of the field with that id; case and blanks are ignored.
    If a comment has intents and no name, the field has to have one of these intents.

    Raises
    ------
    InputError
        The message has file, line and both sides of the contradiction.
    """
    for entry in entries:
        if entry.vis_name == ms.name and (problem := _contradiction(entry, ms)):
            raise InputError("reffile", str(path), f"line {entry.line}: {problem}; {_REMEDY}")


def _check_is_about(path: Path, ms: MeasurementSet) -> None:
    names = sorted({name for name, _, _ in data_in_flux_csv(path)})
    if ms.name not in names:
        raise InputError(
            "reffile", str(path), f"it has entries for {listed(names) or 'no data'}, and none for {ms.name}"
        )


def _contradiction(entry: FluxEntry, ms: MeasurementSet) -> str:
    """Return the contradiction between an entry and the MeasurementSet; empty if there is none."""
    fields = {of_ms.id: of_ms for of_ms in ms.fields}
    spws = [spw.id for spw in ms.spectral_windows]
    if entry.field_id not in fields:
        named = f" ({shown(entry.field_name)[1:-1]})" if entry.field_name else ""
        known = ", ".join(f"{of_ms.id} ({of_ms.name})" for of_ms in ms.fields)
        return f"{ms.name} has no field {entry.field_id}{named}, but {known}"
    if entry.spw not in spws:
        return f"{ms.name} has no spw {entry.spw}, but {', '.join(map(str, spws))}"
    there = fields[entry.field_id]
    if entry.field_name:
        if not _names(entry, there.name):
            told = shown(entry.field_name)
            return f"field={entry.field_id} is {shown(there.name)} in {ms.name}, but the comment says {told}"
        return ""
    claimed = {word.strip() for word in entry.intents.split(",")} & set(INTENTS)
    if claimed and there.intents and not claimed & there.intents:
        return (
            f"field={entry.field_id} is {shown(there.name)} with intents {','.join(sorted(there.intents))} in "
            f"{ms.name}, but the comment says intents={shown(entry.intents)}"
        )
    return ""


def _of_renamed_fields(entries: Sequence[FluxEntry], ms: MeasurementSet, compared: Collection[int]) -> list[FluxEntry]:
    """Return the entries of renamed fields; none if the ids may have changed instead."""
    doubtful = [entry for entry in entries if _contradiction(entry, ms)]
    names = {_folded(of_ms.name) for of_ms in ms.fields}
    spws = {spw.id for spw in ms.spectral_windows}
    are_renamed = all(
        entry.field_id in compared and entry.spw in spws and entry.field_name and _folded(entry.field_name) not in names
        for entry in doubtful
    )
    ids_are_right = any(entry.field_name and entry not in doubtful for entry in entries)
    return doubtful if are_renamed and ids_are_right else []


def _left_out(path: Path, renamed: Iterable[FluxEntry], ms: MeasurementSet) -> list[str]:
    """Return sentences about entries of renamed fields, which are left out."""
    lines: dict[tuple[int, str], list[str]] = {}
    for entry in renamed:
        lines.setdefault((entry.field_id, entry.field_name), []).append(str(entry.line))
    names = {of_ms.id: of_ms.name for of_ms in ms.fields}
    return [
        f"{path}, line {', '.join(numbers)}: not used, as field {field_id} is {names[field_id]!r} in {ms.name} and "
        f"the comment says {shown(name)}"
        for (field_id, name), numbers in lines.items()
    ]


def _names(entry: FluxEntry, name: str) -> bool:
    """Return whether the comment of an entry has the name of a field; a name may contain `` key=value``."""
    wanted = _folded(name)
    rest = _folded(re.split(r"(?:^|\s)field=", entry.comment, maxsplit=1)[-1])
    return _folded(entry.field_name) == wanted or rest == wanted or rest.startswith(f"{wanted} ")


def _folded(name: str) -> str:
    return re.sub(r"\s+", " ", name.replace('"', "").strip()).casefold()


def _unused(path: Path, entries: Iterable[FluxEntry]) -> list[str]:
    lines = [str(entry.line) for entry in entries if entry.uvmin or entry.uvmax]
    if not lines:
        return []
    word = "line" if len(lines) == 1 else "lines"
    return [
        f"{path}, {word} {', '.join(lines)}: uvmin and uvmax are not used; the calibrator is taken to be a point "
        "source at all uv distances"
    ]
