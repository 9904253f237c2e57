"""Runs of the stage that are ended by a signal at a given point, in processes of their own.

Run as a program it reads jobs, one JSON object a line, and answers each with a line. Every job is done in a fork of a
process that has loaded CASA once and opened nothing.
"""

import json
import os
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from itertools import count
from pathlib import Path
from subprocess import Popen
from typing import Any

from helpers.fingerprints import fingerprint

VIS = "observed.ms"
# Functions that read or write much, and among them those that are called while the MS is not locked.
_READABLE = (
    "casa.tasks.run", "casa.gain_table.write_gains", "casa.model_column._add_to_main_table",
    "stages.shared.one_pass.append_rows",
)  # fmt: skip
_WATCHED = (*_READABLE, "casa.model_column.write_rows")


def answers(
    jobs: Sequence[dict[str, Any]], template: Path, directory: Path, processes: int = 2
) -> list[dict[str, Any]]:
    """Do jobs in several processes; return their answers in the order of the jobs."""
    workers = [_started(jobs[number::processes], template, directory / str(number)) for number in range(processes)]
    found: list[Any] = [None] * len(jobs)
    for number, worker in enumerate(workers):
        assert worker.wait() == 0, (directory / str(number) / "log").read_text()[-3000:]
        lines = (directory / str(number) / "answers").read_text().splitlines()
        found[number::processes] = [json.loads(line[7:]) for line in lines if line.startswith("ANSWER ")]
    return found


def _started(jobs: Sequence[dict[str, Any]], template: Path, run_dir: Path) -> Popen[bytes]:
    """Start a process that does jobs in `run_dir`."""
    run_dir.mkdir(parents=True)
    (run_dir / "jobs").write_text("".join(json.dumps(job) + "\n" for job in jobs))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with (
        (run_dir / "jobs").open() as jobs_file,
        (run_dir / "answers").open("w") as out,
        (run_dir / "log").open("w") as log,
    ):
        command = [sys.executable, __file__, str(template), str(run_dir)]
        return Popen(command, stdin=jobs_file, stdout=out, stderr=log, env=environment)


def _main(template: Path, directory: Path) -> None:
    from pipeline_gfluxscale.casa import runtime

    os.chdir(directory)
    runtime.casatools()
    for number, line in enumerate(sys.stdin):
        run_dir = directory / f"job{number}"
        shutil.copytree(template, run_dir)
        answer = _do(json.loads(line), run_dir)
        shutil.rmtree(run_dir)
        print("ANSWER", json.dumps(answer), flush=True)


def _do(job: dict[str, Any], run_dir: Path) -> dict[str, Any]:
    """Do a job: run the stage to the point where it is ended, look at the files that remain, and run it again."""
    if job.get("stops"):
        return {"job": job, "seen": list(_seen_at_stops(run_dir))}
    ended = _ended(_fork(lambda: _ended_run(run_dir, **job)))
    answer = {"job": job, "ended": ended, "left": _left(run_dir), "after": _seen(run_dir)}
    answer["rerun"] = _answer_of(lambda: _fluxes(run_dir), run_dir)
    return answer | {"left_by_rerun": _left(run_dir), "in_the_end": _seen(run_dir)}


def _seen_at_stops(run_dir: Path) -> Iterator[Any]:
    """Let a run stop before and after each call; yield what another process sees of the MS meanwhile, and at the end.

    That is what a kill at this moment would leave.
    """
    pid = _fork(lambda: _stopping_run(run_dir))
    while os.WIFSTOPPED(os.waitpid(pid, os.WUNTRACED)[1]):
        yield _seen(run_dir)
        os.kill(pid, signal.SIGCONT)
    yield _seen(run_dir)


def _seen(run_dir: Path) -> Any:
    return _answer_of(lambda: fingerprint(run_dir / VIS), run_dir)


def _left(run_dir: Path) -> list[str]:
    """Return the names of working copies and of setjy's component lists."""
    return sorted(p.name for p in run_dir.iterdir() if p.name.startswith(".gfluxscale") or "_setjy_" in p.name)


def _fluxes(run_dir: Path) -> Any:
    """Run the stage, and return all it says but how long it took."""
    from pipeline_gfluxscale import hifa_gfluxscale
    from pipeline_gfluxscale.stages.gfluxscale import task

    os.chdir(run_dir)
    task.gather = lambda *_: None  # what the plots show takes a fifth of the time
    results = hifa_gfluxscale(VIS).to_dict()["results"][0]
    return {name: results[name] for name in ("error", "warnings", "measurements", "spectral_fit", "flags", "qa")}


def _ended_run(run_dir: Path, call: int, when: str, signal_name: str = "SIGKILL", delay: float = 0.0) -> None:
    """Run the stage; at its call number `call` it ends itself, or is ended `delay` seconds after its begin."""
    number = getattr(signal, signal_name)

    def at(this_call: int, moment: str) -> None:
        if this_call == call and moment == when:
            os.kill(os.getpid(), number)
        if this_call == call and when == "within" and moment == "before":
            _ends_soon(os.getpid(), number, delay)

    _run_watched(run_dir, at)


def _stopping_run(run_dir: Path) -> None:
    """Run the stage; stop at each call at which it has not locked the MS, so that another process can read it."""
    _run_watched(run_dir, lambda _call, _moment: os.kill(os.getpid(), signal.SIGSTOP), _READABLE)


def _run_watched(run_dir: Path, at: Callable[[int, str], None], names: Sequence[str] = _WATCHED) -> None:
    """Run the stage; `at` is called with the number of each call of some functions, before and after it."""
    calls = count()

    def watched(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            number = next(calls)
            at(number, "before")
            result = real(*arguments, **options)
            at(number, "after")
            return result

        return call

    for name in names:
        module, _, function = name.rpartition(".")
        where = import_module(f"pipeline_gfluxscale.{module}")
        setattr(where, function, watched(getattr(where, function)))
    _fluxes(run_dir)


def _ends_soon(pid: int, number: int, delay: float) -> None:
    """Fork a process that sends a signal after `delay` seconds."""
    if os.fork() == 0:
        time.sleep(delay)
        os.kill(pid, number)
        os._exit(0)


def _fork(work: Callable[[], Any]) -> int:
    """Do work in a fork; return its process id."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except KeyboardInterrupt:
            os._exit(2)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return pid


def _ended(pid: int) -> str:
    """Wait for a fork; return how it ended: 'done', 'KeyboardInterrupt', 'error' or the name of a signal."""
    status = os.waitpid(pid, 0)[1]
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return {0: "done", 2: "KeyboardInterrupt"}.get(os.WEXITSTATUS(status), "error")


def _answer_of(work: Callable[[], Any], run_dir: Path) -> Any:
    """Return the result of work in a fork, or how the fork ended."""
    path = run_dir / "answer.json"
    path.unlink(missing_ok=True)
    ended = _ended(_fork(lambda: path.write_text(json.dumps(work()))))
    return json.loads(path.read_text()) if ended == "done" else ended


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Path(sys.argv[2]))
