"""flux.csv, the ``reffile``: flux densities of calibrators from a catalogue or from the user.

The file has one row per MeasurementSet, field id and spw, and the columns of `COLUMNS`. The comment has further
entries, as ALMA's importdata writes them: ``# field=J0350+2333 intents=BANDPASS,WVR origin=DB age=5 ...``.
"""

import csv
import io
import logging
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..domain.flux import CatalogueFlux, StokesFlux
from ..domain.selection import is_id
from ..errors import FileFormatError, shown
from ..system.atomic import write_text_atomically
from .input_file import read_text

LOG = logging.getLogger(__name__)

COLUMNS = ("ms", "field", "spw", "I", "Q", "U", "V", "spix", "uvmin", "uvmax", "comment")
MAX_SPIX = 10.0
"""CASA's setjy refuses spectral indices beyond +-10, and no source has them."""

MAX_FLUX_JY = 1e6
"""Only the Sun is brighter at the frequencies of radio interferometers."""

_REQUIRED = COLUMNS[:4]
_UNKNOWN = frozenset({"", "N/A", "None"})
_COMMENT_KEY = re.compile(r"(?:^|\s)(\w+)=")


@dataclass(frozen=True)
class FluxEntry:
    """A row of flux.csv.

    Attributes
    ----------
    vis : str
        Name of the MeasurementSet.
    field_id, spw : int
        Field and spectral window.
    flux : CatalogueFlux
        Flux density (Jy), spectral index, origin and age.
    uvmin, uvmax : float
        Range of uv distance (m) in which the source is a point; 0 for no limit.
    comment : str
        The text of the last column.
    line : int
        Line of the file; 0 for an entry that was not read from a file.
    """

    vis: str
    field_id: int
    spw: int
    flux: CatalogueFlux
    uvmin: float = 0.0
    uvmax: float = 0.0
    comment: str = ""
    line: int = 0

    @property
    def vis_name(self) -> str:
        """Name of the MeasurementSet without the directory that `vis` may have."""
        return _name(self.vis)

    @property
    def field_name(self) -> str:
        """Name of the field, from the comment; blank if the comment does not have it."""
        return parse_comment(self.comment).get("field", "")

    @property
    def intents(self) -> str:
        """Intents of the field, comma separated, from the comment; blank if the comment does not have them."""
        return parse_comment(self.comment).get("intents", "")


def parse_comment(comment: str) -> dict[str, str]:
    """Split a comment such as ``'# field=J0350+2333 origin=DB age=5'`` into its entries.

    A value ends at the next ``key=``, so it may contain blanks; values that mean "unknown" are left out.
    """
    keys = list(_COMMENT_KEY.finditer(comment))
    ends = [*(key.start() for key in keys), len(comment)][1:]
    values = {key[1]: comment[key.end() : end].strip() for key, end in zip(keys, ends, strict=True)}
    return {key: value for key, value in values.items() if value not in _UNKNOWN}


def read_flux_csv(path: str | Path) -> tuple[FluxEntry, ...]:
    """Read the flux densities of a flux.csv.

    Parameters
    ----------
    path : str or Path
        The file. Its columns may be in any order. ms, field, spw and I are required, Q, U, V, uvmin and uvmax default
        to 0, and unknown columns are ignored. Blank lines and lines that begin with ``#`` are skipped. Rows with I = 0
        are skipped with a warning: the ALMA Pipeline writes them for "unknown".

    Returns
    -------
    tuple of FluxEntry
        In the order of the file.

    Raises
    ------
    InputError
        There is no such file, or it cannot be read.
    FileFormatError
        A row cannot be used, or two rows are for the same data; the message has file, line and value.
    """
    path = Path(path)
    entries = tuple(entry for row in _rows(path) if (entry := _entry(row)) is not None)
    _refuse_duplicates(path, entries)
    return entries


def data_in_flux_csv(path: str | Path) -> set[tuple[str, int, int]]:
    """Return the name of the MeasurementSet, the field id and the spw of every row, including rows with I = 0.

    Raises
    ------
    FileFormatError
        A row lacks one of these.
    """
    return {(_name(row.text("ms")), row.whole("field"), row.whole("spw")) for row in _rows(Path(path))}


@dataclass(frozen=True)
class _Row:
    """The cells of a line by column; the methods check them."""

    path: Path
    line: int
    cells: Mapping[str, str]

    def error(self, column: str, problem: str) -> FileFormatError:
        return FileFormatError(f"{self.path}, line {self.line}: {column}={shown(self.cells.get(column, ''))} {problem}")

    def text(self, column: str) -> str:
        value = self.cells.get(column, "")
        if not value:
            raise self.error(column, "is missing")
        return value

    def whole(self, column: str) -> int:
        value = self.text(column)
        if not is_id(value):
            raise self.error(column, "is not a whole number from 0 up, of at most 9 digits")
        return int(value)

    def number(self, column: str) -> float:
        value = self.text(column)
        try:
            number = float(value)
        except ValueError:
            raise self.error(column, "is not a number") from None
        if not math.isfinite(number):
            raise self.error(column, "is not finite")
        return number

    def number_or(self, column: str, default: float) -> float:
        return default if self.cells.get(column, "") in _UNKNOWN else self.number(column)


def _rows(path: Path) -> Iterator[_Row]:
    header: list[str] = []
    for line, text in _lines(path):
        cells = _split(path, line, text)
        if header:
            yield _Row(path, line, _by_column(path, line, header, cells))
        else:
            header = cells
            _check_header(path, line, header)
    if not header:
        raise FileFormatError(f"{path}, line 1: no header {','.join(COLUMNS)}")


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the numbered lines that are neither blank nor comments."""
    for number, line in enumerate(read_text(path, "reffile").split("\n"), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, line


def _split(path: Path, line: int, text: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([text], strict=True))]
    except csv.Error as error:
        raise FileFormatError(f"{path}, line {line}: {shown(text)} is not CSV: {error}") from None


def _check_header(path: Path, line: int, header: list[str]) -> None:
    for column in _REQUIRED:
        if column not in header:
            raise FileFormatError(f"{path}, line {line}: no column {column} in the header {shown(','.join(header))}")
    for column in COLUMNS:
        if header.count(column) > 1:
            raise FileFormatError(f"{path}, line {line}: two columns {column} in the header {shown(','.join(header))}")


def _by_column(path: Path, line: int, header: list[str], cells: list[str]) -> dict[str, str]:
    surplus = len(cells) - len(header)
    if surplus > 0 and header[-1] == "comment":
        # A comment contains a list of intents with commas; in a file edited by hand the quotes may be missing.
        cells = [*cells[: len(header) - 1], ",".join(cells[len(header) - 1 :])]
    elif surplus > 0:
        raise FileFormatError(f"{path}, line {line}: {shown(cells[-1])} is beyond the last column of the header")
    return dict(zip(header, cells, strict=False))


def _entry(row: _Row) -> FluxEntry | None:
    """Return the entry in a row; None if its flux density is 0, which means unknown."""
    vis, field_id, spw = row.text("ms"), row.whole("field"), row.whole("spw")
    stokes = StokesFlux(row.number("I"), *(row.number_or(column, 0.0) for column in "QUV"))
    if stokes.I < 0:
        raise row.error("I", "is negative")
    if stokes.I > MAX_FLUX_JY:
        raise row.error("I", f"is more than {MAX_FLUX_JY:g} Jy, which no calibrator has: flux densities are in Jy")
    if stokes.I == 0:
        LOG.warning("%s, line %d: I=0 means unknown; the row is ignored", row.path, row.line)
        return None
    polarised = math.hypot(stokes.Q, stokes.U, stokes.V)
    if polarised > stokes.I:
        raise row.error("I", f"is less than the polarised flux density of {polarised:g} Jy")
    spix = None if row.cells.get("spix", "") in _UNKNOWN else row.number("spix")
    if spix is not None and abs(spix) > MAX_SPIX:
        raise row.error("spix", f"is not between -{MAX_SPIX:g} and {MAX_SPIX:g}")
    uvmin, uvmax = row.number_or("uvmin", 0.0), row.number_or("uvmax", 0.0)
    if uvmin < 0 or uvmax < 0:
        raise row.error("uvmin" if uvmin < 0 else "uvmax", "is negative")
    comment = row.cells.get("comment", "")
    described = parse_comment(comment)
    return FluxEntry(
        vis=vis,
        field_id=field_id,
        spw=spw,
        flux=CatalogueFlux(
            stokes=stokes,
            spix=spix,
            origin=described.get("origin", ""),
            age_days=_age(described),
        ),
        uvmin=uvmin,
        uvmax=uvmax,
        comment=comment,
        line=row.line,
    )


def _age(described: Mapping[str, str]) -> float | None:
    """Return the age (days) in a comment: of the catalogue's observation in the band of the data, or in Band 3."""
    for key in ("age", "Band3age"):
        try:
            age = float(described[key])
        except (KeyError, ValueError):
            continue
        if math.isfinite(age):
            return age
    return None


def _refuse_duplicates(path: Path, entries: Iterable[FluxEntry]) -> None:
    seen: dict[tuple[str, int, int], int] = {}
    for entry in entries:
        first = seen.setdefault((entry.vis_name, entry.field_id, entry.spw), entry.line)
        if first != entry.line:
            raise FileFormatError(
                f"{path}, lines {first} and {entry.line}: two flux densities of"
                f" ms={shown(entry.vis)} field={entry.field_id} spw={entry.spw}"
            )


def _name(vis: str | Path) -> str:
    """Return the name of a MeasurementSet without its directory."""
    return Path(vis).name


def write_flux_csv(path: str | Path, entries: Iterable[FluxEntry]) -> None:
    """Write flux densities as a flux.csv; if the process is killed, the file is complete or missing.

    Parameters
    ----------
    path : str or Path
        The file; replaced if it exists.
    entries : iterable of FluxEntry
        The rows. For an entry without a comment, one with origin and age is written.
    """
    write_text_atomically(path, _as_lines([COLUMNS, *_as_rows(entries, COLUMNS)]))


def add_to_flux_csv(path: str | Path, entries: Iterable[FluxEntry]) -> None:
    """Append rows to a flux.csv; its lines do not change, including comments and unknown columns.

    Parameters
    ----------
    path : str or Path
        A file that `read_flux_csv` can read.
    entries : iterable of FluxEntry
        The rows. Values for which the file has no column are left out.
    """
    path = Path(path)
    header = next(_split(path, line, text) for line, text in _lines(path))
    before = read_text(path, "reffile")
    ended = before if before.endswith("\n") else f"{before}\n"
    write_text_atomically(path, ended + _as_lines(_as_rows(entries, header)))


def _as_rows(entries: Iterable[FluxEntry], columns: Sequence[str]) -> Iterator[list[object]]:
    for entry in entries:
        stokes, spix = entry.flux.stokes, entry.flux.spix
        cells = [
            entry.vis,
            entry.field_id,
            entry.spw,
            *(stokes.I, stokes.Q, stokes.U, stokes.V),
            "" if spix is None else spix,
            entry.uvmin,
            entry.uvmax,
            " ".join((entry.comment or _comment_of(entry.flux)).splitlines()),
        ]
        by_column = dict(zip(COLUMNS, cells, strict=True))
        yield [by_column.get(column, "") for column in columns]


def _as_lines(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _comment_of(flux: CatalogueFlux) -> str:
    age = "N/A" if flux.age_days is None else flux.age_days
    return f"# origin={flux.origin or 'N/A'} age={age}"


def catalogue_for(entries: Iterable[FluxEntry], vis_name: str | Path) -> dict[tuple[int, int], CatalogueFlux]:
    """Return the flux densities of a MeasurementSet by (field id, spw).

    Parameters
    ----------
    entries : iterable of FluxEntry
        The rows of the file; rows of other MeasurementSets are ignored.
    vis_name : str or Path
        The MeasurementSet, by name or path.
    """
    name = _name(vis_name)
    return {(entry.field_id, entry.spw): entry.flux for entry in entries if entry.vis_name == name}
