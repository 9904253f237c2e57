"""How phases are solved where single spectral windows are too faint: the outcome of hifa_spwphaseup."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SpwMap:
    """Parameters of the phase solves of one intent and field.

    Attributes
    ----------
    combine : bool
        Solve all spws of a spectral specification together.
    spwmap : tuple of int
        Spw whose phase solutions serve each spw; empty for its own.
    solint : str
        Solution interval in CASA's syntax; empty for the stage's ``phaseupsolint``.
    gaintype : str
        ``'G'`` or ``'T'``.
    """

    combine: bool = False
    spwmap: tuple[int, ...] = ()
    solint: str = ""
    gaintype: str = "G"
