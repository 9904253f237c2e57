"""Processing requests and recipes that the real ALMA Pipeline executes, with this package's stage in them.

Runs where the pipeline can be imported, as test_alma_pipeline.py does.
"""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from pipeline_python import environment, python, why_not
from ppr_document import procedure, request

from pipeline_gfluxscale.simulation import simulate, standard_plan

SCRIPT = Path(__file__).with_name("alma_pipeline_request.py")
COMMANDS = (
    ("hifa_importdata", {"dbservice": "False"}),
    ("hif_refant", {}),
    ("hif_setmodels", {}),
    ("hifa_gfluxscale", {"minsnr": "3.0"}),
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


@pytest.mark.parametrize("kind", ["request", "recipe"])
def test_our_stage_is_executed(kind, rawdata, tmp_path):
    shutil.copytree(rawdata, tmp_path / "rawdata")
    working = tmp_path / "working"
    working.mkdir()
    shutil.move(tmp_path / "rawdata" / "flux.csv", working)
    (working / "it.xml").write_text(DOCUMENTS[kind])
    where = environment() | {"PIPELINE_GFLUXSCALE": "1"}
    done = subprocess.run(
        [python(), str(SCRIPT), kind, "it.xml"], cwd=working, env=where, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    outcome = json.loads((working / "outcome.json").read_text())
    assert outcome["command"] == "hifa_gfluxscale(minsnr=3.0)"
    assert outcome["tasks"] == ["pipeline_gfluxscale.hosts.alma_pipeline_stage.HostedSerialGFluxscale"]
    assert outcome["calibrated"].keys() == {"0", "1", "4"}  # bandpass calibrator, phase calibrator, check source
    assert "gfluxscale_completeness" in outcome["qa"]
    (page,) = working.glob("pipeline-*/html/stage4/t2-4m_details.html")
    assert 'class="gfluxscale"' in page.read_text(encoding="utf-8")
