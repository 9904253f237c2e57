"""A flag command of the user's: which data are to be left out, and why."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class FlagCommand:
    """A command of CASA's flagdata with ``mode='manual'``.

    Attributes
    ----------
    file : str
        The file that it stands in.
    line : int
    text : str
        As it stands there.
    selection : dict of str to str
        What it selects, by parameter of flagdata (`SELECTIONS`), in CASA's syntax.
    autocorr : bool
        Whether it is about autocorrelations alone, which the stage does not use.
    reason : str
    """

    file: str
    line: int
    text: str
    selection: dict[str, str] = field(default_factory=dict)
    autocorr: bool = False
    reason: str = ""

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.file}, line {self.line}"


@dataclass(frozen=True)
class AppliedFlag:
    """A flag command, and what became of it in the working copy.

    Attributes
    ----------
    command : FlagCommand
    selected : bool
        Whether it selects any data of the MeasurementSet, calibrators' or not.
    number : int
        Visibilities of the calibrators (of a channel and correlation) that it flagged; those that were flagged before
        do not count.
    """

    command: FlagCommand
    selected: bool
    number: int

    @property
    def nothing(self) -> str:
        """Why nothing was flagged, in words; empty if something was."""
        if self.command.autocorr:
            return "it is about autocorrelations alone, which are not used"
        if not self.selected:
            return "it selects no data"
        return "" if self.number else "it selects no data of the calibrators that were not flagged before"
