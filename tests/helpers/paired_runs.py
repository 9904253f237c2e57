"""Two runs of the stage on one MeasurementSet, the second begun at a random moment of the first, and what is left.

Run as a program: the directory of an observation, a directory to work in, the number of pairs, and a seed. It loads
CASA and opens no table itself; that is for its forks. The last line is a JSON object: how often what came out.
"""

import json
import logging
import os
import random
import shutil
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.fingerprints import changes, fingerprint
from helpers.forks import answer_of, fork, wait_for_end, wait_until_worked, worked
from pipeline_gfluxscale.casa import runtime

VIS = "observed.ms"


@dataclass(frozen=True)
class Undisturbed:
    """A run that nothing disturbs: its flux densities, fingerprint of its MeasurementSet, and processor time (s)."""

    fluxes: dict[str, Any]
    content: dict[str, str]
    seconds: float


def undisturbed(template: Path, directory: Path) -> Undisturbed:
    """Run the stage on a copy of an observation."""
    alone = directory / "alone"
    shutil.copytree(template, alone)
    pid = fork(lambda: run_stage(alone, alone / VIS), alone / "answer")
    wait_for_end(pid)
    seconds = worked(pid)
    fluxes = answer_of(pid, alone / "answer")
    assert isinstance(fluxes, dict), fluxes
    found = Undisturbed(fluxes, fingerprint_of(alone), seconds)
    shutil.rmtree(alone)
    return found


def pair(template: Path, run_dir: Path, alone: Undisturbed, moment: float) -> Counter[str]:
    """Run the stage twice at a time, in two directories, by two names of the MS; return what came out.

    Parameters
    ----------
    template, run_dir : Path
        Directory of the observation, and one that is made and deleted.
    alone : Undisturbed
    moment : float
        The second run begins after this part of the first one's processor time.
    """
    shutil.copytree(template, run_dir)
    answers = _answers(run_dir, moment * alone.seconds)
    after = fingerprint_of(run_dir)
    healthy = isinstance(after, dict) and changes(after, alone.content) == set()
    words = ["right" if each == alone.fluxes else "refused" if _is_refusal(each) else "wrong" for each in answers]
    aborted = sum(str(each).startswith("signal") for each in answers)
    if "wrong" in words or not healthy:
        print(moment, words, answers, after, flush=True)
    shutil.rmtree(run_dir)
    return Counter({" and ".join(sorted(words)): 1, "damaged": not healthy, "aborted": aborted})


def _answers(run_dir: Path, offset: float) -> list[Any]:
    (run_dir / "link.ms").symlink_to(run_dir / VIS)
    answers: list[Path] = []
    pids: list[int] = []
    for name, vis in (("a", run_dir / VIS), ("b", run_dir / "link.ms")):
        work = run_dir / name
        work.mkdir()
        shutil.copy(run_dir / "flux.csv", work)
        with (work / "flux.csv").open("a") as catalogue:  # the link has a name of its own
            catalogue.write((run_dir / "flux.csv").read_text().partition("\n")[2].replace(VIS, "link.ms"))
        if pids:
            wait_until_worked(pids[0], offset)
        answers.append(work / "answer")
        pids.append(fork(lambda work=work, vis=vis: run_stage(work, vis), answers[-1]))
    return [answer_of(pid, path) for pid, path in zip(pids, answers, strict=True)]


def run_stage(work: Path, vis: Path) -> Any:
    """Run the stage in a directory; return its flux densities or its error."""
    from pipeline_gfluxscale import hifa_gfluxscale
    from pipeline_gfluxscale.stages.gfluxscale import task

    os.chdir(work)
    logging.disable()
    task.gather = lambda *_: None  # what the plots show takes a fifth of the time
    (results,) = hifa_gfluxscale(vis)
    if results.error:
        return results.error
    return {f"{m.field_id} {m.spw}": (m.derived.stokes.I, m.calibrated.stokes.I) for m in results.measurements}


def _is_refusal(answer: Any) -> bool:
    return isinstance(answer, str) and "in use by another run" in answer


def fingerprint_of(run_dir: Path) -> Any:
    """Return what is in an MS, or the error that reading it raises."""
    answer = run_dir / "fingerprint"
    return answer_of(fork(lambda: fingerprint(run_dir / VIS), answer), answer)


def is_well(after: Any, expected: Any) -> bool:
    """Return whether an MS can be read and nothing but MODEL_DATA differs."""
    return isinstance(after, dict) and {n for n in changes(after, expected) if not n.startswith("MODEL_DATA")} == set()


def _main(template: Path, directory: Path, pairs: int, seed: int) -> None:
    os.chdir(directory)
    runtime.casatools()
    moments = random.Random(seed)
    alone = undisturbed(template, directory)
    counts: Counter[str] = Counter()
    for number in range(pairs):
        counts.update(pair(template, directory / f"pair{number}", alone, moments.random() ** 2))
    print(json.dumps(counts))


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
