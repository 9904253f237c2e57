"""The agreement of several execution blocks within the real ALMA Pipeline.

Runs where the pipeline can be imported, as test_alma_pipeline.py does.
"""

import json
import subprocess
from pathlib import Path

import pytest

from helpers.pipeline_python import environment, python, why_not
from helpers.shell_command import gfluxscale
from pipeline_gfluxscale.simulation import simulate, standard_plan

SCRIPT = Path(__file__).with_name("alma_pipeline_blocks.py")
NAMES = ("eb1.ms", "eb2.ms", "eb3.ms")
WRONG = 1.2  # what the catalogue's flux density of the reference is multiplied by in the last block


@pytest.fixture(scope="module")
def directory(tmp_path_factory) -> Path:
    """Return a directory in which the pipeline has worked on three blocks; the last has a wrong catalogue entry."""
    if reason := why_not():
        pytest.skip(f"no ALMA Pipeline to run in: {reason}")
    directory = tmp_path_factory.mktemp("blocks")
    plan = standard_plan("quasar", wild=False, channels=8, antennas=6, phase_scans=2, catalogue_error=0.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        for number, name in enumerate(NAMES):
            simulate(directory, name, plan.with_(seed=number, start=f"2023/11/2{number}/04:00:00"))
    rows = [line.split(",") for line in (directory / "flux.csv").read_text().splitlines()]
    for row in rows:
        if row[0] == NAMES[-1] and "AMPLITUDE" in ",".join(row):
            row[3] = str(WRONG * float(row[3]))
    (directory / "flux.csv").write_text("\n".join(",".join(row) for row in rows) + "\n")
    with (directory / "it.log").open("w") as log:
        subprocess.run([python(), str(SCRIPT)], cwd=directory, env=environment(), stdout=log, stderr=log, check=True)
    return directory


def test_the_scores_are_in_the_pools_of_the_stage_and_of_each_measurementset(directory):
    scores = json.loads((directory / "outcome.json").read_text())
    of_stage = [each for each in scores["stage"] if each["metric"] == "gfluxscale_block_agreement"]
    assert [each["vis"] for each in of_stage] == [[name] for name in NAMES]
    # The score of a deviation of 20 % where 5 % are stated: (4 - 3) / (6 - 3) of the way from 0.33 to 0.
    assert of_stage[2]["score"] == pytest.approx(0.22, abs=0.05)  # 0.05 is a deviation of 2 %
    assert all(each["score"] > 0.9 for each in of_stage[:2])
    assert "J0423-0120 is +20.0% from that in the other blocks" in of_stage[2]["message"]
    for name in NAMES:
        assert [each["metric"] for each in scores[name]].count("gfluxscale_block_agreement") == 1
    assert not any("Unable to calculate" in each["message"] for each in scores["stage"])


def test_the_page_compares_the_blocks(directory):
    (page,) = directory.glob("pipeline-*/html/stage4/t2-4m_details.html")
    text = page.read_text(encoding="utf-8")
    assert "Do the execution blocks agree?" in text
    assert "1 of 3 blocks are beyond the stated accuracy" in text
    assert "eb3.ms" in text
    assert (page.parent / "blocks-factors.svg").is_file()
    assert "block_agreement" in text


def test_its_saved_results_are_compared(directory):
    done = gfluxscale(directory, "compare", "results.json", "--json", "agreement.json")
    assert done.status == 0, done.err
    blocks = json.loads((directory / "agreement.json").read_text())["blocks"]
    assert blocks[2]["factor"] == pytest.approx(1 / WRONG, abs=3 * blocks[2]["uncertainty"])  # 3 standard errors
