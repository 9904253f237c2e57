"""Calibration that was made before: tables, how to apply them, and the data that they are for."""

from dataclasses import dataclass


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
        Spw of the table whose solutions serve each spw of the data; empty for the same one.
    calwt : bool
        Whether the weights of the visibilities are calibrated too.
    """

    gaintable: str
    gainfield: str = ""
    interp: str = "linear"
    spwmap: tuple[int, ...] = ()
    calwt: bool = True


@dataclass(frozen=True)
class CalTo:
    """The data that calibration is for; a blank means all.

    Attributes
    ----------
    vis : str
        MeasurementSet, told from others by the last part of its path.
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
