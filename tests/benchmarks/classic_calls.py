"""How long the stage takes beside the classic sequence of CASA calls, on one simulated observation.

The classic sequence is gaincal for the phases and for the amplitudes of each field, fluxscale, setjy, applycal to
CORRECTED_DATA and reading that, all on the full-resolution MS. Each runs as a process of its own on a fresh copy of the
MS, in turns; the whole process counts, from the start of Python to its end. The result goes into docs/performance.md.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from simulated_run import markdown_table, measured_on, replace_section, scratch_directory

from pipeline_gfluxscale.simulation import standard_plan

DOCUMENT = Path(__file__).parents[2] / "docs" / "performance.md"
VIS, TABLE, STATEMENTS = "benchmark.ms", "benchmark.ms.bandpass.tbl", "benchmark.ms.calapply.txt"
REFERENCE, TRANSFER = "3", ("0", "1", "4")  # the ids of the fields of the standard plan, with a quasar as reference


def prepare(antennas: int, channels: int) -> None:
    """Simulate, solve for the bandpass, and set the model of the reference."""
    from pipeline_gfluxscale.casa import tasks
    from pipeline_gfluxscale.simulation import simulate
    from pipeline_gfluxscale.simulation.bandpass import solve_bandpass

    plan = standard_plan(
        "quasar", wild=False, antennas=antennas, channels=channels, gain_drift=0.0, catalogue_error=0.0
    )
    simulation = simulate(Path(), VIS, plan)
    solve_bandpass(simulation.vis)
    for entry in json.loads(simulation.truth.read_text()):
        if entry["field_id"] == int(REFERENCE):
            tasks.run(
                "setjy", vis=VIS, field=REFERENCE, spw=str(entry["spw"]), standard="manual", usescratch=True,
                fluxdensity=[entry["I"], 0, 0, 0], spix=entry["spix"], reffreq=f"{entry['frequency_hz']}Hz",
            )  # fmt: skip


def ours() -> dict[str, Any]:
    """Run the stage; return calibrated flux densities and the seconds that each step took."""
    from pipeline_gfluxscale import hifa_gfluxscale

    (results,) = hifa_gfluxscale(VIS, calstate=STATEMENTS)
    fluxes = {f"{m.field_id} {m.spw}": m.calibrated.stokes.I for m in results.measurements if m.calibrated}
    return {"fluxes": fluxes, "steps": results.elapsed}


def classic() -> dict[str, Any]:
    """Call CASA's tasks one after another."""
    from pipeline_gfluxscale.casa import runtime

    tasks, steps = runtime.casatasks(), {}
    solve = {"vis": VIS, "refant": "DA41", "minsnr": 2.0}
    start = time.perf_counter()

    def step(name: str) -> None:
        nonlocal start
        steps[name] = time.perf_counter() - start
        start = time.perf_counter()

    for field in (REFERENCE, *TRANSFER):
        phases = f"phases{field}.tbl"
        tasks.gaincal(caltable=phases, field=field, solint="int", calmode="p", gaintable=[TABLE], **solve)
        tasks.gaincal(
            caltable="amplitudes.tbl", field=field, solint="inf", calmode="a", gaintype="T", minblperant=2,
            append=field != REFERENCE, gaintable=[TABLE, phases], **solve,
        )  # fmt: skip
    step("gaincal")
    found = tasks.fluxscale(
        vis=VIS, caltable="amplitudes.tbl", fluxtable="fluxes.tbl", reference=[REFERENCE], transfer=list(TRANSFER)
    )
    step("fluxscale")
    for field in TRANSFER:
        for spw in (key for key in found[field] if key.isdigit()):
            fluxdensity = [float(value) for value in found[field][spw]["fluxd"]]
            tasks.setjy(vis=VIS, field=field, spw=spw, standard="manual", fluxdensity=fluxdensity, usescratch=True)
    step("setjy")
    for field in TRANSFER:
        tasks.applycal(
            vis=VIS, field=field, gaintable=[TABLE, f"phases{field}.tbl", "fluxes.tbl"], gainfield=["", "", field],
            calwt=[True, False, True], flagbackup=False,
        )  # fmt: skip
    step("applycal")
    fluxes = {}
    for field in TRANSFER:
        for spw in (key for key in found[field] if key.isdigit()):
            fluxes[f"{field} {spw}"] = _read(int(field), int(spw))
    step("read")
    return {"fluxes": fluxes, "steps": steps}


def _read(field: int, spw: int) -> float:
    """Return the vector average of CORRECTED_DATA, as the modulus of each polarisation."""
    from pipeline_gfluxscale.casa.tools import open_table, query

    where = f"FIELD_ID == {field} && DATA_DESC_ID == {spw} && ANTENNA1 != ANTENNA2"
    with open_table(VIS) as table, query(table, where) as rows:
        weight = ~rows.getcol("FLAG") * rows.getcol("WEIGHT")[:, None, :]
        data = rows.getcol("CORRECTED_DATA")
    return float(np.mean(np.abs((data * weight).sum(axis=(1, 2)) / weight.sum(axis=(1, 2)))))


def timed(what: str) -> tuple[float, float, dict[str, Any]]:
    """Run `what` in a process of its own on a fresh copy of the MS.

    Returns its seconds, the seconds that it had a processor for, which other work on the machine hardly changes, and
    what it found.
    """
    room = Path(what)
    room.mkdir()
    for name in (VIS, TABLE):
        shutil.copytree(name, room / name)
    for name in (STATEMENTS, "flux.csv"):
        shutil.copy(name, room)
    start, used = time.perf_counter(), _processor_time()
    subprocess.run([sys.executable, __file__, "--only", what], cwd=room, check=True, capture_output=True)
    elapsed, used = time.perf_counter() - start, _processor_time() - used
    found = json.loads((room / "found.json").read_text())
    shutil.rmtree(room)
    return elapsed, used, found


def _processor_time() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--antennas", type=int, default=16)
    parser.add_argument("--channels", type=int, default=1920)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--write", action="store_true", help=f"write the result into {DOCUMENT.name}")
    parser.add_argument("--only", choices=("ours", "classic"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        found = ours() if options.only == "ours" else classic()
        Path("found.json").write_text(json.dumps(found))
        return
    times: dict[str, list[tuple[float, float]]] = {"classic": [], "ours": []}
    last: dict[str, dict[str, Any]] = {}
    with scratch_directory():
        prepare(options.antennas, options.channels)
        for _ in range(options.repeats):
            for what, measured in times.items():
                *seconds, last[what] = timed(what)
                measured.append((seconds[0], seconds[1]))
                print(f"{what}: {seconds[0]:.1f} s, processor {seconds[1]:.1f} s", flush=True)
    lines = []
    for what, measured in times.items():
        steps = ", ".join(f"{name} {seconds:.1f}" for name, seconds in last[what]["steps"].items())
        (fastest, processor), median = min(measured), np.median(measured, axis=0)[0]
        lines.append([what, f"{fastest:.1f}", f"{median:.1f}", f"{processor:.1f}", steps])
    keys = sorted(last["ours"]["fluxes"].keys() & last["classic"]["fluxes"].keys())
    off = max(abs(last["ours"]["fluxes"][key] / last["classic"]["fluxes"][key] - 1) for key in keys)
    text = (
        f"{measured_on('tests/benchmarks/classic_calls.py')} {options.antennas} antennas, 4 spws of "
        f"{options.channels} channels, whole processes, {options.repeats} runs of each in turns.\n\n"
        + markdown_table(
            ["what", "fastest (s)", "median (s)", "processor time of the fastest (s)", "steps of the last run (s)"],
            lines,
        )
        + f"\nThe {len(keys)} calibrated flux densities of the two differ by up to {100 * off:.3f} %.\n"
    )
    print(text)
    if options.write:
        replace_section(DOCUMENT, "classic_calls", text)


if __name__ == "__main__":
    main()
