"""QA scores, and the data that they are about."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class AppliesTo:
    """The data that a score is about; an empty entry means "any".

    Attributes
    ----------
    vis, field : str
        Names of the MeasurementSet and of the field.
    spw : tuple of int
        Ids of the spws.
    intent : tuple of str
        Names of the intents.
    """

    vis: str = ""
    field: str = ""
    spw: tuple[int, ...] = ()
    intent: tuple[str, ...] = ()


@dataclass(frozen=True)
class QAScore:
    """A QA score, as in the ALMA Pipeline.

    Attributes
    ----------
    metric : str
        Name of the metric, such as ``'completeness'``.
    score : float
        From 0 (bad) to 1 (good).
    value : float or None
        The number from which the score was derived, in `units`.
    shortmsg, longmsg : str
        A few words for a table cell, and a sentence with the details.
    units : str
        Units of `value`.
    applies_to : AppliesTo
        The data that the score is about.
    """

    metric: str
    score: float
    shortmsg: str
    longmsg: str
    value: float | None = None
    units: str = ""
    applies_to: AppliesTo = field(default_factory=AppliesTo)

    @property
    def band(self) -> str:
        """Colour band of the score: ``'green'``, ``'blue'``, ``'yellow'`` or ``'red'``.

        The limits are the ALMA Pipeline's: > 0.90, 0.66-0.90, 0.33-0.66, < 0.33.
        """
        if self.score > 0.90:
            return "green"
        if self.score >= 0.66:
            return "blue"
        if self.score >= 0.33:
            return "yellow"
        return "red"
