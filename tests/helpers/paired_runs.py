"""Two runs of the stage on one MeasurementSet, begun at random moments, and what is left of it.

Run as a program: the directory of an observation, a directory to work in, the number of pairs, and a seed. It loads
CASA and opens no table itself; that is for its forks. The last line is a JSON object: how often what came out.
"""

import json
import logging
import os
import random
import shutil
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from helpers.fingerprints import changes, fingerprint
from pipeline_gfluxscale.casa import runtime

VIS = "observed.ms"
#: Offsets (s) go up to this; MODEL_DATA is made in the first second of a run.
LONGEST = 2.0


def main(template: Path, directory: Path, pairs: int, seed: int) -> None:
    """Run the pairs."""
    os.chdir(directory)
    runtime.casatasks()
    moments = random.Random(seed)
    alone = directory / "alone"
    shutil.copytree(template, alone)
    expected = answer_of(fork(lambda: run_stage(alone, alone / VIS, 0.0), alone / "answer"), alone / "answer")
    assert isinstance(expected, dict), expected
    models = fingerprint_of(alone)
    counts: Counter[str] = Counter()
    for number in range(pairs):
        run_dir = directory / f"pair{number}"
        shutil.copytree(template, run_dir)
        delay = LONGEST * moments.random() ** 2
        found = _pair(run_dir, delay)
        after = fingerprint_of(run_dir)
        healthy = isinstance(after, dict) and changes(after, models) == set()
        words = ["right" if each == expected else "refused" if _is_refusal(each) else "wrong" for each in found]
        counts[" and ".join(sorted(words))] += 1
        counts["damaged"] += not healthy
        counts["aborted"] += sum(str(each).startswith("signal") for each in found)
        if "wrong" in words or not healthy:
            print(number, delay, words, found, after, flush=True)
        shutil.rmtree(run_dir)
    print(json.dumps(counts))


def _pair(run_dir: Path, delay: float) -> list[Any]:
    """Run the stage twice at a time, in two directories, by two names of the MS; return what either found."""
    (run_dir / "link.ms").symlink_to(run_dir / VIS)
    answers, pids = [], []
    for name, vis, wait in (("a", run_dir / VIS, 0.0), ("b", run_dir / "link.ms", delay)):
        work = run_dir / name
        work.mkdir()
        shutil.copy(run_dir / "flux.csv", work)
        with (work / "flux.csv").open("a") as catalogue:  # the link has a name of its own
            catalogue.write((run_dir / "flux.csv").read_text().partition("\n")[2].replace(VIS, "link.ms"))
        answers.append(work / "answer")
        pids.append(fork(lambda work=work, vis=vis, wait=wait: run_stage(work, vis, wait), answers[-1]))
    return [answer_of(pid, path) for pid, path in zip(pids, answers, strict=True)]


def run_stage(work: Path, vis: Path, wait: float) -> Any:
    from pipeline_gfluxscale import hifa_gfluxscale

    os.chdir(work)
    logging.disable()
    time.sleep(wait)
    (results,) = hifa_gfluxscale(vis)
    if results.error:
        return results.error
    return {f"{m.field_id} {m.spw}": (m.derived.stokes.I, m.calibrated.stokes.I) for m in results.measurements}


def _is_refusal(answer: Any) -> bool:
    return isinstance(answer, str) and "in use by another run" in answer


def fingerprint_of(run_dir: Path) -> Any:
    answer = run_dir / "fingerprint"
    return answer_of(fork(lambda: fingerprint(run_dir / VIS), answer), answer)


def is_well(after: Any, expected: Any) -> bool:
    """Return whether an MS can be read and nothing but MODEL_DATA differs."""
    return isinstance(after, dict) and {n for n in changes(after, expected) if not n.startswith("MODEL_DATA")} == set()


def fork(work: Callable[[], Any], answer: Path) -> int:
    """Write what work in a fork returns, or what stops it, to a file."""
    pid = os.fork()
    if pid == 0:
        try:
            said = work()
        except BaseException as error:
            traceback.print_exc()
            said = f"{type(error).__name__}: {error}"
        answer.write_text(json.dumps(said))
        os._exit(0)
    return pid


def answer_of(pid: int, answer: Path) -> Any:
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return json.loads(answer.read_text()) if status == 0 else f"signal {-status}"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
