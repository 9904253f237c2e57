"""Stages on the context of a simulated observation."""

from collections.abc import Callable

import pytest

from helpers.chain import standard_observation
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
