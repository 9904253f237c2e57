"""The exceptions of the package, all derived from one public class."""

import reprlib
from collections.abc import Iterable

#: Most characters of a value that a message shows.
SHOWN_CHARACTERS = 200


class _BoundedRepr(reprlib.Repr):
    """Representations of values with a limited length, which are also made quickly for values of any size."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = SHOWN_CHARACTERS
        for kind in ("dict", "list", "tuple", "set", "frozenset", "array", "deque"):
            setattr(self, f"max{kind}", 40)

    def repr_str(self, x: str, level: int) -> str:
        """Show the beginning of a long string, which identifies it best."""
        return repr(x) if len(x) <= self.maxstring else f"{x[: self.maxstring]!r}..."

    def repr_int(self, x: int, level: int) -> str:
        """Show the size of an integer that Python refuses to write out."""
        return repr(x) if abs(x) < 10**40 else f"<an integer of {x.bit_length()} bits>"


_BOUNDED = _BoundedRepr()


def shown(value: object) -> str:
    """Return a value for a message: on one line, printable, and of at most `SHOWN_CHARACTERS`."""
    try:
        text = _BOUNDED.repr(value)
    except Exception:  # __repr__ of a foreign class may raise anything
        text = f"<{type(value).__name__}>"
    text = printable(text)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 3]}..."


def listed(names: Iterable[str]) -> str:
    """Return names from a file for a message, as `shown` does, without quotes around them."""
    return shown(", ".join(names))[1:-1]


def printable(text: str) -> str:
    """Return a text with escapes for characters that a terminal cannot show: control characters, lone surrogates."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


class GFluxscaleError(Exception):
    """Base of the errors that this package raises itself; the message is one printable line."""

    def __str__(self) -> str:
        """Return the message."""
        return printable(super().__str__())


class UnexpectedError(GFluxscaleError, RuntimeError):
    """An unexpected error: `__cause__` is the exception, and a log has the traceback."""


class MissingCasaDataError(GFluxscaleError):
    """CASA's runtime data (measures tables, ephemerides) are not on this machine."""


class InputError(GFluxscaleError, ValueError):
    """An argument cannot be used.

    Parameters
    ----------
    argument : str
        Name of the argument, as the caller wrote it.
    value : object
        The value of the argument.
    problem : str
        The problem with the value.
    choices : iterable, optional
        Values that can be used.
    """

    def __init__(self, argument: str, value: object, problem: str, choices: Iterable[object] | None = None):
        self.argument = argument
        self.value = value
        message = f"{argument}={shown(value)}: {problem}"
        if choices is not None:
            listed = ", ".join(str(choice) for choice in choices)
            message += f"; choices: {listed or 'none'}"
        super().__init__(message)

    def __reduce__(self) -> tuple[object, ...]:
        # Workers send exceptions by pickle, whose default would call __init__ with the message alone.
        return (_restore, (type(self), self.args[0], self.argument, self.value))


def _restore(cls: type[InputError], message: str, argument: str, value: object) -> InputError:
    error = cls.__new__(cls)
    Exception.__init__(error, message)
    error.argument = argument
    error.value = value
    return error


class UnreadableDataError(InputError):
    """The data of a MeasurementSet cannot be read: they are incomplete or damaged, or its tables are contradictory."""


class FileFormatError(GFluxscaleError, ValueError):
    """A file cannot be read; the message names the file, the line and the value."""


class CaltableError(GFluxscaleError, ValueError):
    """A table cannot be applied as calibration. The message has the reason, to be put after the table's name."""


class MeasurementSetLockedError(GFluxscaleError):
    """Another process has locked the MeasurementSet."""


class NotEnoughDiskSpaceError(GFluxscaleError, OSError):
    """The working directory has no space for the files of the stage."""


class NotEnoughMemoryError(GFluxscaleError, MemoryError):
    """The limit on this process's memory is less than CASA needs."""


class CasaTaskError(GFluxscaleError, RuntimeError):
    """A CASA task failed; the message has the name of the task and CASA's own message."""


class RecipeError(GFluxscaleError):
    """A recipe or processing request has commands or parameters that this package does not have; nothing was run."""


class StageFailedError(GFluxscaleError, RuntimeError):
    """A stage of a recipe failed; the message has the stage and the reason."""


class FluxServiceError(GFluxscaleError, OSError):
    """The flux service does not answer, or its answer cannot be understood."""


class HostMissingError(GFluxscaleError, ImportError):
    """The ALMA Pipeline cannot be imported, so that its hifa_gfluxscale cannot be replaced."""


class EngineError(GFluxscaleError, RuntimeError):
    """An engine for parallel work (mpirun, Dask) cannot be used: a package or a cluster is missing."""
