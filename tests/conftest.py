"""Fixtures for tests of the whole stage: simulated observations, each made once, and their truth."""

import hashlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from pipeline_gfluxscale.simulation import SimulationPlan, simulate

Simulator = Callable[..., Path]

HERE = Path(__file__).parent
WITHOUT_CASA = HERE / "helpers" / "without_casa"
# Directories whose tests need CASA, and those whose tests start processes or draw plots.
CASA_DIRECTORIES = {"casa", "e2e", "hosts", "safety", "simulation", "stages"}
SLOW_DIRECTORIES = {"parallel", "weblog"}

settings.register_profile(
    "fast", max_examples=10, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.filter_too_much]
)


def pytest_configure(config):
    """Restore Ctrl-C, which is ignored in the background of a script, and keep CASA out of tests without it."""
    if "not casa" in config.option.markexpr:
        sys.path.insert(0, str(WITHOUT_CASA))
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items):
    """Mark the tests of simulated observations, and the tests of some directories."""
    for item in items:
        directory = item.path.relative_to(HERE).parts[0]
        if directory in CASA_DIRECTORIES or "observation" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.casa)
        if directory in SLOW_DIRECTORIES:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def observation(tmp_path_factory) -> Callable[[SimulationPlan], Path]:
    """Return a function that returns the directory of a plan's observation; each plan is simulated once.

    The observation is ``observed.ms``; nobody may change it. The processes of pytest-xdist share it.
    """
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "observations"
    shared.mkdir(exist_ok=True)

    def observe(plan: SimulationPlan) -> Path:
        directory = shared / hashlib.sha256(repr(plan).encode()).hexdigest()[:16]
        with FileLock(f"{directory}.lock"):
            if not (directory / "flux.csv").exists():
                directory.mkdir(exist_ok=True)
                with pytest.MonkeyPatch.context() as patch:
                    patch.chdir(directory)  # CASA writes its log where it is started
                    simulate(directory, "observed.ms", plan, overwrite=True)
        return directory

    return observe


@pytest.fixture(scope="session")
def copied(observation) -> Simulator:
    """Return a function that puts a fresh copy of a plan's observation into a directory.

    A flux.csv about the observation lies beside it, and the truth. Another `name` makes another MS; flux.csv then
    has the entries of both.
    """

    def copy(plan: SimulationPlan, directory: Path, name: str = "observed.ms") -> Path:
        source = observation(plan)
        vis = directory / name
        shutil.copytree(source / "observed.ms", vis)
        shutil.copy(source / "observed.ms.truth.json", directory / f"{name}.truth.json")
        header, *entries = (source / "flux.csv").read_text().splitlines()
        catalogue = directory / "flux.csv"
        before = catalogue.read_text().splitlines() if catalogue.exists() else [header]
        renamed = [line.replace("observed.ms", name, 1) for line in entries]
        catalogue.write_text("\n".join([*before, *renamed]) + "\n")
        return vis

    return copy


@pytest.fixture
def simulated(copied, tmp_path, monkeypatch) -> Simulator:
    """Return a function ``simulated(plan, name="observed.ms")``: `copied` into the working directory, `tmp_path`."""
    monkeypatch.chdir(tmp_path)

    def copy(plan: SimulationPlan, name: str = "observed.ms") -> Path:
        return copied(plan, tmp_path, name)

    return copy


@pytest.fixture(scope="session")
def truth() -> Callable[[Path], dict[tuple[int, int], float]]:
    """Return a function that returns the flux densities (Jy) that an MS was simulated with, by field id and spw."""

    def read(vis: Path) -> dict[tuple[int, int], float]:
        entries = json.loads(vis.with_name(f"{vis.name}.truth.json").read_text())
        return {(entry["field_id"], entry["spw"]): entry["I"] for entry in entries}

    return read


@pytest.fixture
def shared_file() -> Callable[[str], Path]:
    """Return a function that returns the path of a file of the project's shared data, or skips the test.

    These data lie beside the repository.
    """

    def find(name: str) -> Path:
        path = HERE.parents[1] / "shared" / "data" / name
        if not path.exists():
            pytest.skip(f"no shared data beside the repository: {name}")
        return path

    return find
