"""A small observation, as it comes and with much in it that could be spoilt."""

from pathlib import Path

import pytest

from helpers.small_observation import BANDPASS, PLAN, REFERENCE, TARGET
from pipeline_gfluxscale.casa import runtime


@pytest.fixture
def vis(simulated) -> Path:
    """Return a fresh copy of the observation, without models, in the working directory."""
    return simulated(PLAN)


@pytest.fixture(scope="session")
def full_template(copied, tmp_path_factory) -> Path:
    """Return a directory with an MS that has CORRECTED_DATA, models of some fields and a flag version."""
    directory = tmp_path_factory.mktemp("full")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        vis = str(copied(PLAN, directory))
        casatasks = runtime.casatasks()
        casatasks.clearcal(vis=vis, addmodel=True)
        for field, flux in ((BANDPASS, 5.0), (TARGET, 0.3), (REFERENCE, 2.0)):
            model = {"standard": "manual", "fluxdensity": [flux, 0, 0, 0]}
            casatasks.setjy(vis=vis, field=str(field), usescratch=True, **model)
        casatasks.flagmanager(vis=vis, mode="save", versionname="before", comment="before the stage")
    return directory


@pytest.fixture(scope="session")
def shared(copied, tmp_path_factory) -> Path:
    """Return an MS that no test may change, with a flux.csv beside it."""
    return copied(PLAN, tmp_path_factory.mktemp("shared"))
