"""ALMA's hifa_gfluxscale: transfer the absolute flux scale from the amplitude calibrator to the other calibrators."""

from typing import Any

from ._version import __version__ as __version__
from .cli.executeppr import executeppr
from .cli.prompt import hifa_gfluxscale as hifa_gfluxscale
from .cli.prompt import session_gfluxscale as session_gfluxscale
from .cli.state import h_export_calstate, h_import_calstate, h_init, h_resume, h_save, h_weblog
from .errors import GFluxscaleError
from .stages import STAGES

__all__ = [  # noqa: PLE0604 -- the stages' names are strings
    "GFluxscaleError",
    "executeppr",
    "h_init",
    "h_resume",
    *STAGES,
    "h_import_calstate",
    "h_export_calstate",
    "h_save",
    "h_weblog",
]


def __getattr__(name: str) -> Any:
    """Create the function of a stage on first use, as the import of its parameters takes time."""
    if name not in STAGES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .cli.stages import stage_function

    return globals().setdefault(name, stage_function(name))


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
