"""Processing requests and recipes that the real ALMA Pipeline executes, with this package's stage in them.

Runs where the pipeline can be imported, as test_alma_pipeline.py does.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from helpers.pipeline_python import environment, python, why_not
from helpers.ppr_document import procedure, request
from pipeline_gfluxscale.simulation import simulate, standard_plan

OURS = "pipeline_gfluxscale.hosts.alma_pipeline_stage.HostedSerialGFluxscale"
TRANSFER = {"0", "1", "4"}  # bandpass calibrator, phase calibrator, check source
SCRIPT = Path(__file__).with_name("alma_pipeline_request.py")
COMMANDS = (
    ("hifa_importdata", {"dbservice": "False"}),
    ("hif_refant", {}),
    ("hif_setmodels", {}),
    ("hifa_gfluxscale", {"minsnr": "3.0", "parallel": "automatic"}),
)
# The pipeline wants to know of which observing unit set a request is.
STRUCTURE = """<ProjectStructure>
  <ObsUnitSetRef xmlns="" entityId="uid://A001/X1/X4" partId="X5" entityTypeName="ObsProject"/>
  <ObsUnitSetTitle xmlns="">Undefined</ObsUnitSetTitle>
  <ObsUnitSetType xmlns="">Member</ObsUnitSetType>
  <ProjectStatusRef xmlns="" entityId="uid://A001/X1/X6" entityTypeName="ProjectStatus"/>
  <OUSStatusRef xmlns="" entityId="uid://A001/X1/X7" entityTypeName="OUSStatus"/>
</ProjectStructure>"""
DOCUMENTS = {
    "request": request(COMMANDS, [("observed.ms", "uid://A002/X1/X2")]).replace(
        "<ProcessingRequests>", f"{STRUCTURE}<ProcessingRequests>"
    ),
    "recipe": procedure(COMMANDS),
}


@pytest.fixture(scope="module")
def rawdata(tmp_path_factory):
    """A directory with a MeasurementSet, and the flux.csv about it."""
    if reason := why_not():
        pytest.skip(f"no ALMA Pipeline to run in: {reason}")
    directory = tmp_path_factory.mktemp("raw")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        simulate(directory, "observed.ms", standard_plan("quasar", wild=False, channels=16, antennas=8, phase_scans=2))
    return directory


@pytest.fixture
def working(rawdata, tmp_path):
    """A working directory with a flux.csv, beside ``rawdata``."""
    shutil.copytree(rawdata, tmp_path / "rawdata")
    (tmp_path / "working").mkdir()
    shutil.move(tmp_path / "rawdata" / "flux.csv", tmp_path / "working")
    return tmp_path / "working"


def execute(kind, working, *launcher):
    """Have the pipeline execute a document in a working directory, and return what was found."""
    (working / "it.xml").write_text(DOCUMENTS[kind])
    command = [*launcher, python(), str(SCRIPT), kind, "it.xml"]
    where = environment() | {"PIPELINE_GFLUXSCALE": "1"}
    done = subprocess.run(command, cwd=working, env=where, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads((working / "outcome.json").read_text())


@pytest.mark.parametrize("kind", ["request", "recipe"])
def test_our_stage_is_executed(kind, working):
    outcome = execute(kind, working)
    assert outcome["command"] == "hifa_gfluxscale(minsnr=3.0, parallel='automatic')"
    assert outcome["tasks"] == [OURS]
    assert [each.keys() for each in outcome["calibrated"]] == [TRANSFER]
    assert "gfluxscale_completeness" in outcome["qa"]
    (page,) = working.glob("pipeline-*/html/stage4/t2-4m_details.html")
    assert 'class="gfluxscale"' in page.read_text(encoding="utf-8")


def test_under_mpirun_each_measurementset_has_a_process(working):
    if shutil.which("mpirun") is None:
        pytest.skip("mpirun is not installed (Debian: openmpi-bin)")
    observed = working.parent / "rawdata" / "observed.ms"
    shutil.copytree(observed, observed.with_name("other.ms"))
    with (working / "flux.csv").open("r+") as catalogue:
        catalogue.write(catalogue.read().partition("\n")[2].replace("observed.ms", "other.ms"))
    outcome = execute("recipe", working, "mpirun", "-n", "3", "--oversubscribe", "--allow-run-as-root")
    assert outcome["tasks"] == [OURS, OURS]
    one, other = outcome["calibrated"]
    assert one == other
    assert one.keys() == TRANSFER
    logs = list(working.glob("pipeline-*/html/casa_commands.log"))
    assert set(re.findall(r"^# MPIserver: +(\d)", logs[0].read_text(), re.MULTILINE)) == {"1", "2"}
