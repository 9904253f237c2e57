"""Prior calibration: tables, how to apply them, and the data to which they are applied."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class CalTable:
    """A calibration table and how CASA has to apply it.

    Attributes
    ----------
    gaintable : str
        Path of the table.
    gainfield : str
        Fields of the table whose solutions are used: names or ids, ``'nearest'``, or blank for all.
    interp : str
        Interpolation in time and, after a comma, in frequency, such as ``'linear,linearflag'``.
    spwmap : tuple of int
        Spw of the table whose solutions are applied to each spw of the data; empty for the same spw.
    calwt : bool
        Whether the weights of the visibilities are calibrated too.
    origin : str
        File and line that name the table; blank if a stage registered it. It is not compared.
    """

    gaintable: str
    gainfield: str = ""
    interp: str = "linear"
    spwmap: tuple[int, ...] = ()
    calwt: bool = True
    origin: str = field(default="", compare=False)

    def spw_for(self, spw: int) -> int:
        """Return the spw of the table that is applied to a spw of the data; as in CASA, one entry alone is for all."""
        if not self.spwmap or self.spwmap == (-1,):
            return spw
        if len(self.spwmap) == 1:
            return self.spwmap[0]
        return self.spwmap[spw] if spw < len(self.spwmap) else spw


@dataclass(frozen=True)
class CalTo:
    """The data to which calibration is applied; a blank means all.

    Attributes
    ----------
    vis : str
        MeasurementSet; only the last part of its path is compared.
    field : str
        Field names or ids in CASA syntax, such as ``'J0255+1403,2~4'``.
    intent : str
        Comma separated words of the pipeline, such as ``'PHASE,CHECK'``.
    spw : str
        Spw ids in CASA syntax, such as ``'4~7'``.
    antenna : str
        Antenna names or ids in CASA syntax, such as ``'0~11'``.
    """

    vis: str = ""
    field: str = ""
    intent: str = ""
    spw: str = ""
    antenna: str = ""


@dataclass(frozen=True)
class CalApplication:
    """Tables that are applied together to the same data, in this order."""

    calto: CalTo
    tables: tuple[CalTable, ...] = ()


ANY_FIELD = -1
"""FIELD_ID of solutions that are for all fields, such as gain curves."""


@dataclass(frozen=True)
class TableContents:
    """The content of a calibration table.

    Attributes
    ----------
    kind : str
        CASA's name of the kind of calibration, such as ``'B TSYS'`` or ``'B Jones'``.
    antennas, fields : tuple of str
        Names by id, from the sub-tables of the table.
    num_spws : int
        Number of spws in the table's SPECTRAL_WINDOW, with or without solutions.
    solved : mapping of (int, int) to frozenset of int
        By field id (or `ANY_FIELD`) and spw: the antennas with unflagged solutions.
    frequencies : mapping of int to (float, float)
        Lowest and highest frequency (Hz) of each spw that has channels.
    """

    kind: str
    antennas: tuple[str, ...]
    fields: tuple[str, ...]
    num_spws: int
    solved: Mapping[tuple[int, int], frozenset[int]]
    frequencies: Mapping[int, tuple[float, float]] = field(default_factory=dict)

    @property
    def solved_fields(self) -> frozenset[int]:
        """Ids of the fields that have solutions."""
        return frozenset(field for field, _ in self.solved)

    @property
    def solved_spws(self) -> frozenset[int]:
        """Spws that have solutions."""
        return frozenset(spw for _, spw in self.solved)
