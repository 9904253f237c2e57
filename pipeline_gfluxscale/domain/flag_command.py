"""A flag command from the user: the data to leave out, and the reason."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class FlagCommand:
    """A command of CASA's flagdata with ``mode='manual'``.

    Attributes
    ----------
    file : str
        The file with the command.
    line : int
        Number of the line in the file.
    text : str
        The text of the line.
    selection : dict of str to str
        The selection in CASA's syntax, by parameter of flagdata (`SELECTIONS`).
    autocorr : bool
        Whether the command flags autocorrelations only, which the stage does not use.
    reason : str
        The reason in the command.
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
    """A flag command, and the data that it flagged in the working copy.

    Attributes
    ----------
    command : FlagCommand
        The command.
    selected : bool
        Whether it selects any data of the MeasurementSet, of calibrators or other fields.
    number : int
        Number of visibilities of the calibrators (one per channel and correlation) that it flagged, without those that
        were flagged before.
    """

    command: FlagCommand
    selected: bool
    number: int

    @property
    def nothing(self) -> str:
        """Why the command flagged nothing; empty if it flagged data."""
        if self.command.autocorr:
            return "it flags autocorrelations only, which are not used"
        if not self.selected:
            return "it selects no data"
        return "" if self.number else "it selects no data of the calibrators that were not flagged before"
