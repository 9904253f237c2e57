"""This package's hifa_gfluxscale as a task of the ALMA Pipeline.

It translates the pipeline's context into ours, and our Results into the pipeline's; it computes nothing itself. The
module can be imported only where the pipeline can. `alma_pipeline.register` imports it; so does the pickle module if it
loads a context with our Results. The import registers all classes, so that the pipeline can render such Results.
"""

import importlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..casa.caltable import read_gains
from ..casa.ms_reader import read_measurementset
from ..domain.calibration import CalApplication
from ..domain.flux import FluxMeasurement
from ..domain.qa import QAScore
from ..domain.spwmap import SpwMap
from ..files.applycal_text import parse_applycal_statements
from ..pipeline.context import Context, ObservedData
from ..pipeline.parameters import parameters_of
from ..pipeline.runner import TaskRun, run_task
from ..stages.gfluxscale.inputs import GFluxscaleInputs
from ..stages.gfluxscale.results import GFluxscaleResults, add_block_scores
from ..stages.gfluxscale.task import GFluxscale
from ..weblog.page import TITLE, page_content
from ..weblog.templates import copy_static, fill, templates_directory

# The pipeline is optional, and has no type hints that mypy could use.
_stock: Any = importlib.import_module("pipeline.hifa.tasks.fluxscale.gcorfluxscale")
_domain: Any = importlib.import_module("pipeline.domain")
_stock_qa: Any = importlib.import_module("pipeline.hifa.tasks.fluxscale.qa")
_logging: Any = importlib.import_module("pipeline.infrastructure.logging")
_pqa: Any = importlib.import_module("pipeline.infrastructure.pipelineqa")
_callibrary: Any = importlib.import_module("pipeline.infrastructure.callibrary")
_sessions: Any = importlib.import_module("pipeline.infrastructure.sessionutils")
_templates: Any = importlib.import_module("pipeline.infrastructure.renderer.basetemplates")
_weblog: Any = importlib.import_module("pipeline.infrastructure.renderer.weblog")
_qaadapter: Any = importlib.import_module("pipeline.infrastructure.renderer.qaadapter")

TEMPLATE = "pipeline_gfluxscale.mako"


class HostedResults(_stock.GcorFluxscaleResults):  # type: ignore[misc]
    """Results in the form that later stages of the pipeline need; `own` has the Results of this package."""

    def __init__(self, vis: str, own: GFluxscaleResults):
        super().__init__(
            vis,
            resantenna=own.selection.antenna,
            uvrange=own.selection.uvrange,
            measurements=_measurements(own.measurements, "calibrated"),
            fluxscale_measurements=_measurements(own.measurements, "derived"),
        )
        self.own = own


class HostedSerialGFluxscale(_stock.SerialGcorFluxscale):  # type: ignore[misc]
    """The stage for one MeasurementSet of the pipeline."""

    def prepare(self) -> HostedResults:
        """Run this package's stage on the pipeline's context."""
        context = translate_context(self.inputs)
        name = next(iter(context.data))
        inputs = GFluxscaleInputs.for_ms(context, name, _given(self.inputs))
        own = run_task(TaskRun(GFluxscale(inputs), Path(self._executor.cmdfile)))
        result = HostedResults(self.inputs.vis, own)
        amplitudes = next((table for table in own.caltables if table.endswith(".gacal.tbl")), "")
        if own.flags:
            result.ampcal_flagcmds[amplitudes] = list(own.flags)
        result.calapps_for_check_sources = [
            _phase_application(self.inputs.vis, table, field)
            for field in context.data[name].ms.fields
            if "CHECK" in field.intents
            for table in own.caltables
            if table != amplitudes and field.id in read_gains(Path(table)).field
        ]
        return result


class HostedGFluxscale(_sessions.ParallelTemplate):  # type: ignore[misc]
    """The stage for all MeasurementSets of the pipeline's context."""

    Inputs = _stock.GcorFluxscaleInputs
    Task = HostedSerialGFluxscale


# The pipeline looks for direct subclasses of QAPlugin once, at the end of the first stage of a session. As this module
# may be imported later, `_register_classes` adds the handlers. They are subclasses of the pipeline's own handlers; the
# pipeline does not look for such subclasses, so that they are not added twice.
class HostedQA(_stock_qa.GcorFluxscaleQAHandler):  # type: ignore[misc]
    """Scores of a MeasurementSet."""

    result_cls = HostedResults
    generating_task = HostedSerialGFluxscale

    def handle(self, context: Any, result: Any) -> None:
        """Add the scores of the results to the pipeline's pool."""
        result.qa.pool.extend(_score(score) for score in result.own.qa)


class HostedListQA(_stock_qa.GcorFluxscaleListQAHandler):  # type: ignore[misc]
    """Scores of the stage."""

    child_cls = HostedResults
    generating_task = HostedSerialGFluxscale

    def is_handler_for(self, result: Any) -> bool:
        """Return whether these are results of the hosted stage."""
        children = list(result) if isinstance(result, Iterable) else []
        return bool(children) and all(isinstance(child, HostedResults) for child in children)

    def handle(self, context: Any, result: Any) -> None:
        """Add scores for the agreement of the MeasurementSets, and collect the scores of all of them."""
        owns = [child.own for child in result]
        if not any(score.metric == "block_agreement" for own in owns for score in own.qa):
            add_block_scores(owns)
            for child in result:
                child.qa.pool.extend(_score(score) for score in child.own.qa if score.metric == "block_agreement")
        result.qa.pool[:] = [score for child in result for score in child.qa.pool]


class HostedRenderer(_templates.T2_4MDetailsDefaultRenderer):  # type: ignore[misc]
    """The renderer of the page, inside the layout of the pipeline's WebLog."""

    def __init__(self) -> None:
        super().__init__(uri=TEMPLATE, description=f"{TITLE}, by pipeline_gfluxscale")

    def update_mako_context(self, mako_context: dict[str, Any], pipeline_context: Any, results: Any) -> None:
        """Write the files of the page, and set the variables of the pipeline's template.

        The pipeline shows the page of a stage from the parent of the stage's directory.
        """
        stage = str(mako_context["dirname"])
        directory = Path(pipeline_context.report_dir) / stage
        directory.mkdir(parents=True, exist_ok=True)
        copy_static(directory / "static", rem_px=16)
        content = page_content([result.own for result in results], directory, address=f"{stage}/")
        mako_context["gfluxscale_page"] = fill("gfluxscale.mako", layout="layout_fragment.mako", **content)
        mako_context["gfluxscale_static"] = f"{stage}/static"


def _given(inputs: Any) -> dict[str, Any]:
    """Return the pipeline's parameters that this stage has too; blank values mean defaults that depend on the data."""
    given: dict[str, Any] = {}
    for name, declared in parameters_of(GFluxscaleInputs).items():
        if hasattr(inputs, name):
            value = getattr(inputs, name)
            given[name] = value or None if declared.default is None else value
    if given.get("reffile") and Path(given["reffile"]).absolute() == Path(inputs.output_dir).absolute() / "flux.csv":
        given["reffile"] = None  # the default of the pipeline: the file may not exist, or be about other data
    return given


def translate_context(inputs: Any) -> Context:
    """Return a context for the MeasurementSet of `inputs`, from the context of the pipeline."""
    theirs = inputs.ms
    ms = read_measurementset(Path(inputs.vis).absolute())
    science = {spw.id for spw in theirs.get_spectral_windows(science_windows_only=True)}
    ms = replace(ms, science_spw_ids=frozenset(science))
    observed = ObservedData(
        ms,
        reference_antennas=[name for name in str(theirs.reference_antenna or "").split(",") if name],
        reference_spwmap=list(theirs.reference_spwmap or ()),
        spwmaps={
            key: SpwMap(bool(m.combine), tuple(m.spwmap or ()), m.solint or "", m.gaintype or "G")
            for key, m in theirs.spwmaps.items()
        },
    )
    return Context(
        output_dir=Path(inputs.output_dir).absolute(),
        data={ms.name: observed},
        calibration=_calibration(inputs.context, Path(inputs.vis).name),
        stage=inputs.context.task_counter,
    )


def _calibration(context: Any, name: str) -> tuple[CalApplication, ...]:
    """Return the pipeline's call library of a MeasurementSet."""
    text = context.callibrary.active.as_applycal()
    return tuple(a for a in parse_applycal_statements(text, "the call library") if Path(a.calto.vis).name == name)


def _measurements(measurements: Iterable[FluxMeasurement], kind: str) -> dict[str, list[Any]]:
    """Return derived or calibrated flux densities in the form of the pipeline: by field id as text."""
    by_field: dict[str, list[Any]] = defaultdict(list)
    for m in measurements:
        flux: Any = getattr(m, kind)
        if flux is None:
            continue
        s = flux.stokes
        theirs = _domain.FluxMeasurement(m.spw, s.I, Q=s.Q, U=s.U, V=s.V, origin=_stock.ORIGIN)
        theirs.uncertainty = _domain.FluxMeasurement(m.spw, flux.uncertainty, origin=_stock.ORIGIN)
        by_field[str(m.field_id)].append(theirs)
    return by_field


def _phase_application(vis: str, table: str, field: Any) -> Any:
    """Return a phase table of a check source in the form that the pipeline's plots need."""
    calto = _callibrary.CalTo(vis=vis, field=field.name, intent="CHECK")
    return _callibrary.CalApplication(calto, _callibrary.CalFrom(table, caltype="gaincal", calwt=False))


def _score(score: QAScore) -> Any:
    """Return a score of the pipeline."""
    about = score.applies_to
    return _pqa.QAScore(
        score.score,
        longmsg=score.longmsg,
        shortmsg=score.shortmsg,
        origin=_pqa.QAOrigin(
            metric_name=f"gfluxscale_{score.metric}", metric_score=score.value, metric_units=score.units or "N/A"
        ),
        applies_to=_pqa.TargetDataSelection(
            vis={about.vis} if about.vis else set(),
            field={about.field} if about.field else set(),
            spw=set(about.spw),
            intent=set(about.intent),
        ),
    )


def _register_classes() -> None:
    _weblog.register_mako_templates(str(templates_directory() / "hosts"))
    for task in (HostedGFluxscale, HostedSerialGFluxscale):
        _weblog.add_renderer(task, HostedRenderer(), group_by=_weblog.UNGROUPED)
    _qaadapter.registry.register_to_calibration_topic(HostedResults)
    for handler in (HostedQA(), HostedListQA()):
        _pqa.qa_registry.add_handler(handler)
    _logging.get_logger("pipeline_gfluxscale")  # writes this package's warnings to the pipeline's log and page


_register_classes()
