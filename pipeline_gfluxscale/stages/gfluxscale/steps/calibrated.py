"""Part of step 7, Measure: the working copy with the phases and the flux-scaled amplitudes applied.

They are applied in memory when the visibilities are read. CASA's applycal would take longer, as it writes
CORRECTED_DATA, flags and weights of the working copy; it is called for tables that this package cannot apply.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np

from ....averaging.channel_average import Rows, average_channels
from ....averaging.jones import PriorCalibration, Setting
from ....averaging.solutions import UnsupportedCalibrationError
from ....casa import tasks
from ....casa.ms_reader import Setups
from ....casa.visibilities import Visibilities
from ....domain.calibration import CalTable
from ....domain.observation import Observation
from ...shared.calibrator_data import CalibratorData
from ...shared.prior_calibration import PriorTables, check_correlations
from .phase_up import PhaseSolution
from .transfer import Transfer

LOG = logging.getLogger(__name__)

# Largest number of rows whose visibilities are cached; a row needs about 100 bytes.
_MAX_CACHED_ROWS = 500_000


@dataclass(frozen=True)
class _Application:
    """The tables to apply to an observation."""

    observation: Observation
    spws: tuple[int, ...]
    tables: PriorCalibration

    def is_for(self, field_id: int, spw_id: int) -> bool:
        return self.observation.field.id == field_id and spw_id in self.spws and self.tables.applies_to(spw_id)


@dataclass(frozen=True)
class CalibratedData(CalibratorData):
    """A working copy that calibrates the visibilities when they are read.

    As in the solves, a visibility counts only if both parallel hands are valid, except in the spws of `single_hand`.
    The gains are for the mean of the polarisations: a mean in which one counts more would have another gain.

    Attributes
    ----------
    applications : tuple
        The tables of each observation.
    setups : Setups
        The meaning of the ids of the working copy.
    """

    applications: tuple[_Application, ...] = ()
    setups: Setups | None = None
    _cache: dict[tuple[int, int, tuple[int, ...]], Visibilities] = field(default_factory=dict)

    def visibilities(self, field_id: int, spw_id: int, scans: Sequence[int]) -> Visibilities:
        """Return the calibrated visibilities of a field in a spw."""
        key = (field_id, spw_id, tuple(scans))
        if key not in self._cache:
            read = super().visibilities(field_id, spw_id, scans)
            for application in self.applications:
                if application.is_for(field_id, spw_id):
                    read = self._apply(application, read, spw_id)
            if spw_id not in self.single_hand:
                read = replace(read, flag=np.broadcast_to(read.flag.any(axis=0), read.flag.shape))
            if sum(cached.time.size for cached in self._cache.values()) + read.time.size > _MAX_CACHED_ROWS:
                return read
            self._cache[key] = read
        return self._cache[key]

    def _apply(self, application: _Application, read: Visibilities, spw_id: int) -> Visibilities:
        assert self.setups is not None
        rows = np.flatnonzero(np.isin(read.scan, application.observation.scans))
        rows = rows[np.argsort(read.time[rows], kind="stable")]
        if rows.size == 0:
            return read
        times, integration = np.unique(read.time[rows], return_inverse=True)
        frequency = self.setups.frequency[self.setups.spw.index(spw_id)]
        setting = Setting(spw_id, application.observation.field.id, 0, times, frequency, self.setups.num_antennas)
        data = read.data[:, rows].T[..., None].astype(np.complex64)
        flag = read.flag[:, rows].T[..., None] | ~np.isfinite(data)
        columns = (integration.reshape(-1), read.antenna1[rows], read.antenna2[rows])
        average = average_channels(Rows(data, flag, *columns), application.tables.corrections(setting))
        data, flag, weight = read.data.copy(), read.flag.copy(), read.weight.copy()
        data[:, rows] = average.data.T
        flag[:, rows] = average.gain2.T == 0
        weight[:, rows] *= average.gain2.T  # gain2 of phases is 1
        return replace(read, data=data, flag=flag, weight=weight)


def calibrate(data: CalibratorData, phases: Sequence[PhaseSolution], transferred: Transfer) -> CalibratedData:
    """Return the working copy with the phases and the flux-scaled amplitudes applied."""
    tables = PriorTables(data.vis)
    setups = tables.setups
    applications = []
    for phase in phases:
        observation = phase.observation
        spws = tuple(
            spw
            for spw in observation.spws
            if observation.is_reference or (observation.field.id, spw) in transferred.fluxes
        )
        if phase.caltable is None or not spws:
            continue
        arguments = _applycal_arguments(data, phase, spws, transferred)
        try:
            _check(setups, observation, spws, [other.observation for other in phases])
            applications.append(_Application(observation, spws, tables.prepare(_tables(phase, transferred))))
        except UnsupportedCalibrationError as error:
            LOG.info("%s: CASA's applycal calibrates, as this package cannot apply %s", data.vis.name, error)
            tasks.run("applycal", **arguments)
        else:
            tasks.log_equivalent("applycal", **arguments)
    copied = {of_data.name: getattr(data, of_data.name) for of_data in fields(data)}
    return CalibratedData(**copied, applications=tuple(applications), setups=setups)


def _tables(phase: PhaseSolution, transferred: Transfer) -> tuple[CalTable, CalTable]:
    field_id = phase.observation.field.id
    return (
        phase.applied,
        CalTable(str(transferred.caltable), gainfield=str(field_id), interp="linear,linear"),
    )


def _check(setups: Setups, observation: Observation, spws: Sequence[int], others: Sequence[Observation]) -> None:
    """Raise `UnsupportedCalibrationError` for calibration that only applycal can apply."""
    for spw, correlations in zip(setups.spw, setups.correlations, strict=True):
        if spw in spws:
            check_correlations(correlations)
    for other in others:
        if (
            other != observation
            and other.field.id == observation.field.id
            and set(other.scans) & set(observation.scans)
        ):
            raise UnsupportedCalibrationError("scans that are calibrated with different tables for each intent")


def _applycal_arguments(
    data: CalibratorData, phase: PhaseSolution, spws: Sequence[int], transferred: Transfer
) -> dict[str, object]:
    observation, applied = phase.observation, _tables(phase, transferred)
    return {
        "vis": data.vis,
        "field": str(observation.field.id),
        "spw": ",".join(map(str, spws)),
        "scan": ",".join(map(str, observation.scans)),
        "intent": observation.casa_intent,
        "gaintable": [table.gaintable for table in applied],
        "gainfield": [table.gainfield for table in applied],
        "interp": [table.interp for table in applied],
        "spwmap": [list(table.spwmap) for table in applied],
        "calwt": [table.calwt for table in applied],
        "applymode": "calflag",
        "flagbackup": False,
    }
