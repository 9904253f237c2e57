"""Small observations, runs of the stage on them, and assertions that hold for every run."""

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pipeline_gfluxscale.casa.caltable import Gains, read_gains
from pipeline_gfluxscale.casa.tools import open_table, query
from pipeline_gfluxscale.domain.flux import FluxMeasurement
from pipeline_gfluxscale.pipeline.basetask import ResultsList
from pipeline_gfluxscale.simulation import SimulatedField, SimulatedScan, SimulationPlan, standard_plan
from pipeline_gfluxscale.stages.gfluxscale.results import GFluxscaleResults

# Field ids of standard_plan.
BANDPASS, PHASE, TARGET, REFERENCE, CHECK = range(5)


def small_plan(reference: str = "quasar", **options: Any) -> SimulationPlan:
    """Return `standard_plan`, small, with a catalogue that is right and no wild antenna.

    The faintest field, the check source, has a SNR of 400 or more: 1 % is four times its noise.
    """
    defaults = {
        "wild": False,
        "spw_frequencies": (224e9, 240e9),
        "channels": 8,
        "antennas": 9,
        "phase_scans": 2,
        "noise_jy": 0.05,
        "catalogue_error": 0.0,
        "check_flux_jy": 0.4,
    }
    return standard_plan(reference, **(defaults | options))


def with_fields(plan: SimulationPlan, fields: Iterable[SimulatedField], scans: Iterable[SimulatedScan]):
    """Return the plan with more fields and scans."""
    return replace(plan, fields=(*plan.fields, *fields), scans=(*plan.scans, *scans))


@dataclass(frozen=True)
class Run:
    """A run of the stage on one simulated MS, and the truth."""

    vis: Path
    all_results: ResultsList
    results: GFluxscaleResults
    truth: dict[tuple[int, int], float]

    @property
    def measured(self) -> dict[tuple[int, int], FluxMeasurement]:
        """The measurements by field id and spw."""
        return {(m.field_id, m.spw): m for m in self.results.measurements}

    @property
    def fluxes(self) -> dict[tuple[int, int], tuple[float, float]]:
        """The derived and calibrated flux densities (Jy), by field id and spw."""
        return {pair: (m.derived.stokes.I, m.calibrated.stokes.I) for pair, m in self.measured.items()}

    def calls(self, task: str, **wanted: Any) -> list[dict[str, Any]]:
        """Return the arguments of the CASA calls of a task, as casa_commands.log has them."""
        found = calls_of(task, self.vis.parent / "casa_commands.log")
        return [call for call in found if all(call.get(name) == value for name, value in wanted.items())]

    def solves(self, calmode: str, field: int) -> list[dict[str, Any]]:
        """Return the gaincal calls for the phases ('p') or amplitudes ('a') of a field."""
        return self.calls("gaincal", calmode=calmode, field=str(field))

    @property
    def amplitudes(self) -> Gains:
        """The amplitude table."""
        (table,) = [name for name in self.results.caltables if name.endswith(".gacal.tbl")]
        return read_gains(Path(table))

    def score(self, metric: str) -> float:
        """Return a QA score."""
        (found,) = [score.score for score in self.results.qa if score.metric == metric]
        return found


def calls_of(task: str, log: Path) -> list[dict[str, Any]]:
    """Return the arguments of each call of a task in a command log; every line has to be Python."""
    calls = []
    for statement in ast.parse(log.read_text()).body:
        call = getattr(statement, "value", None)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == task:
            calls.append({keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords})
    return calls


def assert_true(run: Run, expected: Iterable[tuple[int, int]]) -> None:
    """Assert that exactly the expected (field id, spw) were measured, and that their flux densities are true.

    For stable gains, the derived and the calibrated flux density must be within 3 total uncertainties of the truth, and
    within 1 % if the noise is less than 1 %.
    """
    assert run.results.error == ""
    assert set(run.measured) == set(expected)
    wrong = {}
    for pair, m in run.measured.items():
        total = m.calibrated.total_uncertainty
        limit = min(3 * total, 0.01 * run.truth[pair]) if m.calibrated.noise < 0.01 * run.truth[pair] else 3 * total
        errors = [flux - run.truth[pair] for flux in run.fluxes[pair]]
        if not np.all(np.abs(errors) < limit):
            wrong[pair] = {"truth": run.truth[pair], "errors": errors, "total_uncertainty": total}
    assert wrong == {}


def pairs(fields: Sequence[int], spws: Sequence[int] = (0, 1)) -> list[tuple[int, int]]:
    """Return every (field id, spw)."""
    return [(field, spw) for field in fields for spw in spws]


def assert_same_fluxes(run: Run, other: Run, tolerance: float) -> None:
    """Assert that two runs derived the same flux densities for the same fields and spws, to a fraction."""
    assert set(run.fluxes) == set(other.fluxes)
    for pair, fluxes in run.fluxes.items():
        np.testing.assert_allclose(fluxes, other.fluxes[pair], rtol=tolerance, err_msg=str(pair))


def model_of(vis: Path, field: int, spw: int) -> np.ndarray:
    """Return MODEL_DATA of a field in a spw, shape (n_corr, n_chan, n_row)."""
    with open_table(vis) as table, query(table, f"FIELD_ID == {field} && DATA_DESC_ID == {spw}") as rows:
        return rows.getcol("MODEL_DATA")


def column_of(vis: Path, column: str) -> np.ndarray:
    """Return a column of an MS."""
    with open_table(vis) as table:
        return table.getcol(column)


def antenna_id(name: str) -> int:
    """Return the id of a simulated antenna."""
    return int(name.removeprefix("DA")) - 41
