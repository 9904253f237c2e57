"""A quality score and the data that it is about."""

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
    """One quality score, as the pipeline's QA defines it.

    Attributes
    ----------
    metric : str
        Name of the metric, such as ``'completeness'``.
    score : float
        From 0 (bad) to 1 (good).
    value : float or None
        What the score was derived from, in `units`.
    shortmsg, longmsg : str
        For a table cell, and for a person who wants to know more.
    units : str
        Units of `value`.
    applies_to : AppliesTo
        The data that it is about.
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
