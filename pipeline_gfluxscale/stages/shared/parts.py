"""The data of a MeasurementSet to average, and their prior calibration."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ...casa.point_models import PointModel
from ...domain.calibration import CalTable
from ...domain.measurementset import MeasurementSet
from ...domain.observation import Observation
from ...pipeline.callibrary import applicable
from ...pipeline.context import Context


@dataclass(frozen=True)
class Part:
    """Data of a field in a spw that are calibrated in the same way; its `repr` is a line of Python.

    Attributes
    ----------
    field, spw : int
    scans : tuple of int
    intent : str
        Patterns of OBS_MODE in CASA's syntax; blank for any.
    has_model : bool
        Whether its model is not a point source of 1 Jy.
    tables : tuple of CalTable
        The tables to apply.
    point : PointModel or None
        Its model, if that is not in the MeasurementSet yet.
    """

    field: int
    spw: int
    scans: tuple[int, ...]
    intent: str = ""
    has_model: bool = False
    tables: tuple[CalTable, ...] = ()
    point: PointModel | None = None

    def contains(self, field: int, spw: int, scan: int, obs_mode: str) -> bool:
        """Return whether data belong to the part."""
        return (
            field == self.field
            and spw == self.spw
            and scan in self.scans
            and (not self.intent or any(fnmatchcase(obs_mode, pattern) for pattern in self.intent.split(",")))
        )


def parts_of(
    ms: MeasurementSet, observations: Sequence[Observation], context: Context, points: Sequence[PointModel] = ()
) -> list[Part]:
    """Return the parts of observations, with the prior calibration of the call library.

    Parameters
    ----------
    ms : MeasurementSet
    observations : sequence of Observation
    context : Context
    points : sequence of PointModel
        Models that are not in the MeasurementSet yet.
    """
    parts, point_of = [], {(point.field_id, point.spw_id): point for point in points}
    for o in observations:
        intents = {o.intent} if o.intent else o.field.intents
        for spw in o.spws:
            tables = applicable(context.calibration, ms, o.field, intents, spw)
            point = point_of.get((o.field.id, spw))
            parts.append(Part(o.field.id, spw, o.scans, o.casa_intent, o.is_reference, tables, point))
    return parts
