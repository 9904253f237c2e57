"""The parameters of phase solves that hifa_spwphaseup chooses."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SpwMap:
    """Parameters of the phase solves of one intent and field.

    Attributes
    ----------
    combine : bool
        Whether all spws of a spectral setup are solved for together.
    spwmap : tuple of int
        Spw whose phase solutions are applied to each spw; empty if each spw uses its own solutions.
    solint : str
        Solution interval in CASA's syntax; empty for the stage's ``phaseupsolint``.
    gaintype : str
        ``'G'`` or ``'T'``.
    """

    combine: bool = False
    spwmap: tuple[int, ...] = ()
    solint: str = ""
    gaintype: str = "G"
