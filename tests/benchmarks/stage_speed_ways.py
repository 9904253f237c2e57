"""The ways that stage_speed.py times: each is a process of its own in a directory with the data and tables.

    python stage_speed_ways.py {prepare,classic,ours,ours_casa,pipeline_stock,pipeline_ours}

What came out is written to ``found.json``. The ways within the ALMA Pipeline need a Python that can import it.
"""

import importlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

VIS, STATEMENTS, FACTS = "benchmark.ms", "prior.calapply.txt", "facts.json"
CALIBRATOR_INTENTS = {"AMPLITUDE", "BANDPASS", "PHASE", "CHECK"}


class Usage:
    """What this process uses within a ``with`` statement: seconds, processor time, bytes read and written."""

    def __init__(self) -> None:
        self.used: dict[str, float] = {}

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count what is used inside."""
        before = self._now()
        yield
        self.used = {name: value - before[name] for name, value in self._now().items()}

    @staticmethod
    def _now() -> dict[str, float]:
        lines = Path("/proc/self/io").read_text().splitlines()
        io = {name: int(value) for name, value in (line.split(": ") for line in lines)}
        processor = sum(os.times()[:4])
        return {
            "seconds": time.perf_counter(), "processor": processor, "read": io["rchar"], "written": io["wchar"],
        }  # fmt: skip


def prepare(plan: dict[str, Any]) -> dict[str, Any]:
    """Simulate, and make the prior calibration: system temperatures, bandpass, phase offsets, models."""
    from pipeline_gfluxscale.pipeline.standalone import make_context
    from pipeline_gfluxscale.pipeline.state_commands import export_calstate
    from pipeline_gfluxscale.recipes.run_stage import run_stage
    from pipeline_gfluxscale.simulation import simulate, standard_plan, with_system_temperatures

    longer = plan.pop("longer", 1)
    usual = standard_plan("quasar", wild=False, gain_drift=0.0, catalogue_error=0.0, **plan)
    scans = tuple(
        scan if scan.intents == ("TARGET",) else type(scan)(scan.field, scan.intents, longer * scan.integrations)
        for scan in usual.scans
    )
    simulate(Path(), VIS, with_system_temperatures(usual.with_(scans=scans)))
    context = make_context(VIS, output_dir=Path())
    for command in ("h_tsyscal", "hif_setmodels", "hifa_bandpass", "hifa_spwphaseup"):
        results = run_stage(context, command, {})
        if results.failed:
            sys.exit(f"{command}: {results[0].error}")
    export_calstate(context, STATEMENTS)
    facts = describe()
    Path(FACTS).write_text(json.dumps(facts))
    return facts


def describe() -> dict[str, Any]:
    """Return the size of the calibrators' DATA (bytes), and the number of their rows."""
    from pipeline_gfluxscale.casa.ms_reader import read_measurementset
    from pipeline_gfluxscale.casa.tools import open_table

    ms = read_measurementset(VIS)
    fields = [field.id for field in ms.fields if field.intents & CALIBRATOR_INTENTS]
    with open_table(Path(VIS, "DATA_DESCRIPTION")) as table:
        spw_of = table.getcol("SPECTRAL_WINDOW_ID")
    with open_table(VIS) as table:
        field, ddid = table.getcol("FIELD_ID"), table.getcol("DATA_DESC_ID")
    spw = spw_of[ddid]
    mine = np.isin(field, fields) & np.isin(spw, sorted(ms.science_spw_ids))
    cells = {s: ms.spw(s).num_channels * len(ms.spw(s).correlations) for s in ms.science_spw_ids}
    rows = {s: int(np.sum(mine & (spw == s))) for s in ms.science_spw_ids}
    return {"bytes": sum(8 * cells[s] * number for s, number in rows.items()), "rows": sum(rows.values())}


def ours(by_casa: bool = False) -> dict[str, Any]:
    """Run the stage; `by_casa` has CASA calibrate and average, as for tables that the package does not know."""
    from pipeline_gfluxscale import hifa_gfluxscale
    from pipeline_gfluxscale.stages.shared import calibrator_data

    if by_casa:
        calibrator_data.only_for_casa = lambda prior, parts: dict.fromkeys(parts, "a table of this benchmark")
    usage = Usage()
    with usage.counted():
        (results,) = hifa_gfluxscale(VIS, calstate=STATEMENTS)
    fluxes = {f"{m.field_id} {m.spw}": m.calibrated.stokes.I for m in results.measurements if m.calibrated}
    return {"fluxes": fluxes, "steps": results.elapsed} | usage.used


def classic() -> dict[str, Any]:
    """Call CASA's tasks one after another, all at full resolution."""
    usage = Usage()
    with usage.counted():
        found = _classic()
    return found | usage.used


def _classic() -> dict[str, Any]:
    from pipeline_gfluxscale.casa import runtime
    from pipeline_gfluxscale.casa.ms_reader import read_measurementset
    from pipeline_gfluxscale.pipeline.callibrary import applicable, read_calstate

    tasks, ms, calibration = runtime.casatasks(), read_measurementset(VIS), read_calstate(STATEMENTS)
    calibrators = [field for field in ms.fields if field.intents & CALIBRATOR_INTENTS]
    reference = next(field for field in calibrators if "AMPLITUDE" in field.intents)
    transfer = [field for field in calibrators if field is not reference]
    spws = sorted(ms.science_spw_ids)
    refant = ms.antennas[0].name
    steps, start = {}, time.perf_counter()

    def step(name: str) -> None:
        nonlocal start
        steps[name] = time.perf_counter() - start
        start = time.perf_counter()

    def prior(field: Any) -> dict[str, list[Any]]:
        tables = applicable(calibration, ms, field, field.intents, spws[0])
        return {
            "gaintable": [table.gaintable for table in tables],
            "gainfield": [table.gainfield for table in tables],
            "interp": [table.interp for table in tables],
            "spwmap": [list(table.spwmap) for table in tables],
        }

    def also(before: dict[str, list[Any]], **more: Any) -> dict[str, list[Any]]:
        return {name: [*values, *more[name]] for name, values in before.items()}

    def phases_of(field: Any) -> str:
        return f"phases{field.id}.tbl"

    selection = {"vis": VIS, "spw": ",".join(map(str, spws))}
    solve = selection | {"refant": refant, "minsnr": 2.0}
    for field in (reference, *transfer):
        chosen = solve | {"field": str(field.id), "intent": "*CALIBRATE*,*CHECK*"}
        tables = prior(field)
        tasks.gaincal(caltable=phases_of(field), solint="int", calmode="p", **chosen, **tables)
        with_phases = also(tables, gaintable=[phases_of(field)], gainfield=[""], interp=["linear,linear"], spwmap=[[]])
        tasks.gaincal(
            caltable="amplitudes.tbl", solint="inf", calmode="a", gaintype="T", minblperant=2,
            append=field is not reference, **chosen, **with_phases,
        )  # fmt: skip
    step("gaincal")
    found = tasks.fluxscale(
        vis=VIS, caltable="amplitudes.tbl", fluxtable="fluxes.tbl", reference=[str(reference.id)],
        transfer=[str(field.id) for field in transfer],
    )  # fmt: skip
    step("fluxscale")
    for field in transfer:
        for spw in spws:
            fluxdensity = [float(value) for value in found[str(field.id)][str(spw)]["fluxd"]]
            tasks.setjy(
                vis=VIS, field=str(field.id), spw=str(spw), standard="manual", fluxdensity=fluxdensity, usescratch=True
            )
    step("setjy")
    for field in transfer:
        tables = prior(field)
        number = len(tables["gaintable"])
        tables = also(
            tables, gaintable=[phases_of(field), "fluxes.tbl"], gainfield=["", str(field.id)],
            interp=["linear,linear"] * 2, spwmap=[[], []],
        )  # fmt: skip
        tasks.applycal(
            field=str(field.id), calwt=[True] * number + [False, True], flagbackup=False, **selection, **tables
        )
    step("applycal")
    fluxes = {f"{field.id} {spw}": _read(field.id, spw) for field in transfer for spw in spws}
    step("read")
    return {"fluxes": fluxes, "steps": steps}


def _read(field: int, spw: int) -> float:
    """Return the vector average of CORRECTED_DATA, as the modulus of each polarisation."""
    from pipeline_gfluxscale.casa.tools import open_table, query

    with open_table(Path(VIS, "DATA_DESCRIPTION")) as table:
        ddids = np.flatnonzero(table.getcol("SPECTRAL_WINDOW_ID") == spw).tolist()
    where = f"FIELD_ID == {field} && DATA_DESC_ID in {ddids} && ANTENNA1 != ANTENNA2"
    with open_table(VIS) as table, query(table, where) as rows:
        weight = ~rows.getcol("FLAG") * rows.getcol("WEIGHT")[:, None, :]
        data = rows.getcol("CORRECTED_DATA")
    return float(np.mean(np.abs((data * weight).sum(axis=(1, 2)) / weight.sum(axis=(1, 2)))))


def in_pipeline(ours_instead: bool) -> dict[str, Any]:
    """Run the stage of the ALMA Pipeline, or ours in its place, on the pipeline's context; only the stage counts."""
    from pipeline_gfluxscale.casa import runtime
    from pipeline_gfluxscale.hosts import alma_pipeline

    runtime.casatasks()  # with runtime data from wherever they are
    pipeline = importlib.import_module("pipeline")

    def command(package: str, name: str) -> Callable[..., Any]:
        function: Callable[..., Any] = getattr(importlib.import_module(f"pipeline.{package}.cli.{name}"), name)
        return function

    command("h", "h_init")(weblog=False, loglevel="warning")
    command("hifa", "hifa_importdata")(vis=[VIS], dbservice=False)
    command("hif", "hif_refant")()
    command("h", "h_import_calstate")(filename=STATEMENTS)
    if ours_instead:
        alma_pipeline.register()
    usage = Usage()
    with usage.counted():
        results = command("hifa", "hifa_gfluxscale")()
    jansky = importlib.import_module("pipeline.domain.measures").FluxDensityUnits.JANSKY
    fluxes = {
        f"{field} {m.spw_id}": float(m.I.to_units(jansky))
        for field, found in results[0].measurements.items()
        for m in found
    }
    return {"fluxes": fluxes, "steps": {}, "version": str(pipeline.environment.pipeline_revision)} | usage.used


WAYS: dict[str, Callable[[], dict[str, Any]]] = {
    "classic": classic,
    "ours": ours,
    "ours_casa": lambda: ours(by_casa=True),
    "pipeline_stock": lambda: in_pipeline(False),
    "pipeline_ours": lambda: in_pipeline(True),
}


if __name__ == "__main__":
    os.environ.setdefault("PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION", "python")  # casaplotms needs it
    os.environ.setdefault("MPLBACKEND", "Agg")
    way = sys.argv[1]
    outcome = prepare(json.loads(sys.argv[2])) if way == "prepare" else WAYS[way]()
    usage_of_all = resource.getrusage(resource.RUSAGE_SELF)
    outcome["peak"] = 1024 * usage_of_all.ru_maxrss
    Path("found.json").write_text(json.dumps(outcome))
