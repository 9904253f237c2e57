"""The flux densities that a flux.csv has for a MeasurementSet, checked against it.

Ids of fields and spws change when a MeasurementSet is split or concatenated. A flux.csv then assigns the flux density
of one field to another field; the field names in its comments reveal that.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..domain.flux import CatalogueFlux
from ..domain.intents import INTENTS
from ..domain.measurementset import MeasurementSet
from ..errors import InputError, shown
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
        Content of the file that this package does not use.
    """

    path: Path | None = None
    fluxes: Mapping[tuple[int, int], CatalogueFlux] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def flux_file(reffile: str | Path | None, output_dir: Path) -> Path | None:
    """Return the flux file that the parameter `reffile` means.

    Parameters
    ----------
    reffile : str, Path or None
        A file; blank for none; None for flux.csv in the working directory, if there is one.
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
        Whether the user named the file. Then it must have a row about `ms`; a flux.csv in the working directory that
        was not named may have rows about other MeasurementSets only.
    compared : collection of int
        Fields whose flux densities are only compared with the file. The entries of such a field are ignored, with a
        note, if the field was renamed and all other entries show that the ids are right.

    Raises
    ------
    InputError
        There is no such file, an entry contradicts `ms`, or the user named a file that says nothing about `ms`.
    FileFormatError
        A row cannot be used. The messages name file and line.
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
    """Check that entries are about the fields and spws of a MeasurementSet; those about others are left out.

    If a comment names a field, it has to be the field with that id; case and blanks are ignored. If a comment has no
    name, its intents and those of the field need to have one in common.

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
            "reffile", str(path), f"it has entries for {', '.join(names) or 'no data'}, and none for {ms.name}"
        )


def _contradiction(entry: FluxEntry, ms: MeasurementSet) -> str:
    """Return how an entry contradicts the MeasurementSet; empty if it does not."""
    fields = {each.id: each for each in ms.fields}
    spws = [spw.id for spw in ms.spectral_windows]
    if entry.field_id not in fields:
        named = f" ({shown(entry.field_name)[1:-1]})" if entry.field_name else ""
        known = ", ".join(f"{each.id} ({each.name})" for each in ms.fields)
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
    """Return the entries of renamed fields; none if anything says that ids have changed instead."""
    doubtful = [entry for entry in entries if _contradiction(entry, ms)]
    names = {_folded(each.name) for each in ms.fields}
    spws = {spw.id for spw in ms.spectral_windows}
    are_renamed = all(
        entry.field_id in compared and entry.spw in spws and entry.field_name and _folded(entry.field_name) not in names
        for entry in doubtful
    )
    ids_are_right = any(entry.field_name and entry not in doubtful for entry in entries)
    return doubtful if are_renamed and ids_are_right else []


def _left_out(path: Path, renamed: Iterable[FluxEntry], ms: MeasurementSet) -> list[str]:
    """Say which entries of renamed fields are left out."""
    lines: dict[tuple[int, str], list[str]] = {}
    for entry in renamed:
        lines.setdefault((entry.field_id, entry.field_name), []).append(str(entry.line))
    names = {each.id: each.name for each in ms.fields}
    return [
        f"{path}, line {', '.join(numbers)}: not used, as field {field_id} is {names[field_id]!r} in {ms.name} and "
        f"the comment says {shown(told)}"
        for (field_id, told), numbers in lines.items()
    ]


def _names(entry: FluxEntry, name: str) -> bool:
    """Return whether the comment of an entry names a field; a name may itself look like `` key=value``."""
    wanted = _folded(name)
    told = _folded(re.split(r"(?:^|\s)field=", entry.comment, maxsplit=1)[-1])
    return _folded(entry.field_name) == wanted or told == wanted or told.startswith(f"{wanted} ")


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
