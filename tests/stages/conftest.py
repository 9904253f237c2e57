"""Stages on the context of a simulated observation."""

from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.asdm_maker import make_asdm
from helpers.chain import standard_observation
from helpers.importing import EB, KNOWN
from pipeline_gfluxscale.pipeline.context import Context
from pipeline_gfluxscale.pipeline.standalone import make_context


@pytest.fixture
def observed(copied, tmp_path_factory, monkeypatch) -> Callable[..., Context]:
    """Return a function that returns a context with a fresh copy of a plan's observation, ``observed.ms``.

    Its directory becomes the working directory.
    """

    def make(plan=None) -> Context:
        directory = tmp_path_factory.mktemp("stage")
        monkeypatch.chdir(directory)
        return make_context(copied(plan or standard_observation(), directory), output_dir=directory)

    return make


@pytest.fixture(scope="session")
def block(copied, tmp_path_factory) -> Path:
    """An ASDM."""
    directory = tmp_path_factory.mktemp("rawdata")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        return make_asdm(copied(standard_observation(), directory), directory / EB, KNOWN).absolute()


@pytest.fixture
def working(tmp_path, monkeypatch) -> Context:
    """A context without data, in a directory of its own."""
    directory = tmp_path / "working"
    directory.mkdir()
    monkeypatch.chdir(directory)
    return Context(directory, name="run")
