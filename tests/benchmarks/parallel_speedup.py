"""Speed-up of parallel runs against a serial one, and the peak memory of a worker.

    python tests/benchmarks/parallel_speedup.py [--ms 4] [--antennas 12] [--channels 240] [--write]

The same MeasurementSets are worked on one after another in this process, by one worker, and by two; in turn, several
times, so that what else the machine does falls on all alike. The best time of each counts.
"""

import argparse
import os
import resource
import shutil
import statistics
import time
from pathlib import Path
from typing import Any, NamedTuple

from simulated_run import markdown_table, measured_on, replace_section, scratch_directory

from pipeline_gfluxscale.parallel import Executor, Job
from pipeline_gfluxscale.parallel.local import LocalExecutor
from pipeline_gfluxscale.parallel.serial import SerialExecutor
from pipeline_gfluxscale.simulation import simulate, standard_plan
from pipeline_gfluxscale.stages.gfluxscale.run import run_gfluxscale

PAGE = Path(__file__).parents[2] / "docs" / "parallel.md"


class Timing(NamedTuple):
    """Of a run: wall-clock time (s), that until the work began, processor time (s), peak memory of each worker (bytes),
    seconds in each step.
    """

    wall: float
    check: float
    cpu: float
    memory: list[int]
    steps: dict[str, float]


class Watched(Executor):
    """An engine whose outcomes are kept."""

    def __init__(self, engine: Executor):
        self.engine, self.outcomes, self.began = engine, [], 0.0

    def run(self, tasks: Any, directory: Path) -> Any:
        self.began = time.perf_counter()
        self.outcomes = self.engine.run(tasks, directory)
        return self.outcomes


def cpu_seconds() -> float:
    """Processor time of this process and of the workers that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def run(engine: Executor, names: list[str]) -> Timing:
    """Run the stage on copies of the MeasurementSets: the first run of an MS makes its MODEL_DATA."""
    for name in names:
        shutil.rmtree(name, ignore_errors=True)
        shutil.copytree(Path("pristine") / name, name)
    os.sync()
    watched = Watched(engine)
    cpu, start = cpu_seconds(), time.perf_counter()
    results = run_gfluxscale(names, {"reffile": "flux.csv"}, executor=watched)
    wall = time.perf_counter() - start
    assert not results.failed, [each.error for each in results]
    steps: dict[str, float] = {}
    for each in results:
        for step, seconds in each.elapsed.items():
            steps[step] = steps.get(step, 0.0) + seconds
    memory = [outcome.peak_memory for outcome in watched.outcomes if outcome.peak_memory]
    return Timing(wall, watched.began - start, cpu_seconds() - cpu, memory, steps)


def start_of_a_worker() -> float:
    """Seconds that a worker takes to start Python, CASA and its tasks."""
    import parallel_speedup  # by the name that workers find it by

    start = time.perf_counter()
    outcomes = LocalExecutor(1).run([Job(str(n), parallel_speedup.start_casa, None) for n in range(5)], Path())
    assert not any(outcome.error for outcome in outcomes), outcomes
    return (time.perf_counter() - start) / len(outcomes)


def start_casa(_: None) -> None:
    """Start CASA's tasks."""
    from pipeline_gfluxscale.casa import runtime

    runtime.casatasks()


def main() -> None:
    """Measure, print, and write to the documentation."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ms", type=int, default=4)
    parser.add_argument("--antennas", type=int, default=12)
    parser.add_argument("--channels", type=int, default=240)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="write the result to docs/parallel.md")
    options = parser.parse_args()
    engines = {
        "one after another, in this process": SerialExecutor(),
        "1 worker": LocalExecutor(1),
        "2 workers": LocalExecutor(2),
    }
    with scratch_directory():
        names = [f"m{i}.ms" for i in range(options.ms)]
        for seed, name in enumerate(names):
            plan = standard_plan("quasar", antennas=options.antennas, channels=options.channels, wild=False, seed=seed)
            simulate(Path("pristine"), name, plan)
        shutil.copy("pristine/flux.csv", "flux.csv")
        size = sum(file.stat().st_size for file in Path("pristine").rglob("*") if file.is_file()) / len(names)
        start_casa(None)
        starting = start_of_a_worker()
        timings: dict[str, list[Timing]] = {engine: [] for engine in engines}
        for _ in range(options.repeats):
            for name, engine in engines.items():
                timings[name].append(run(engine, names))
    text = report(timings, options, size, starting)
    print(text)
    if options.write:
        replace_section(PAGE, "speed-up", text)


def report(timings: dict[str, list[Timing]], options: argparse.Namespace, size: float, starting: float) -> str:
    """Return the result in Markdown."""
    best = {name: min(each, key=lambda t: t.wall) for name, each in timings.items()}
    serial, two = next(iter(best.values())), best["2 workers"]
    rows = [
        [
            name,
            f"{t.wall:.1f}",
            f"{statistics.median(x.wall for x in timings[name]):.1f}",
            f"{serial.wall / t.wall:.2f}",
            f"{t.cpu:.1f}",
            f"{t.cpu / t.wall:.2f}",
            f"{max(t.memory) / 1e6:.0f}" if t.memory else "-",
        ]
        for name, t in best.items()
    ]
    header = ["", "best (s)", "median (s)", "speed-up", "processor time (s)", "cores kept busy"]
    header.append("memory per worker (MB)")
    slowed = {step: two.steps[step] / seconds for step, seconds in serial.steps.items() if seconds > 0.5}
    return (
        f"{options.ms} MeasurementSets of {options.antennas} antennas, 4 spws and {options.channels} channels "
        f"({size / 1e6:.0f} MB each). {measured_on('tests/benchmarks/parallel_speedup.py')} "
        f"Load of the machine at the end: {os.getloadavg()[1]:.1f}.\n\n"
        f"{markdown_table(header, rows)}\n{limits(starting, serial, two, slowed)}\n"
    )


def limits(starting: float, serial: Timing, two: Timing, slowed: dict[str, float]) -> str:
    """Say what stands between this and a speed-up of 2."""
    cores = len(os.sched_getaffinity(0))
    longest = ", ".join(f"{step} {factor:.1f}" for step, factor in sorted(slowed.items(), key=lambda item: -item[1]))
    busy = two.cpu / two.wall
    what = (
        f"the cores, of which {busy:.1f} of {cores} are busy with this alone"
        if busy > 0.8 * cores
        else f"not the cores, of which {busy:.1f} of {cores} are busy with it, but waiting: for the disk, or for "
        "others on this machine"
    )
    return (
        f"What limits the speed with two workers: {what}. "
        f"The check at the start, {two.check:.1f} s of {two.wall:.1f} s, is "
        f"shared by no workers. A worker takes {starting:.1f} s to start Python and CASA, for every MeasurementSet. "
        f"Time in each step with two workers against one after another: {longest}."
    )


if __name__ == "__main__":
    main()
