"""In a notebook the result of a cell is an HTML table, at an IPython prompt a text."""

import pytest

from pipeline_gfluxscale.domain.flux import CalibratedFlux, DerivedFlux, FluxMeasurement, StokesFlux
from pipeline_gfluxscale.pipeline.basetask import ResultsList
from pipeline_gfluxscale.stages.gfluxscale.results import GFluxscaleResults

interactiveshell = pytest.importorskip("IPython.core.interactiveshell", reason="IPython is not installed")


@pytest.fixture
def shown():
    """What IPython shows of the results, by MIME type."""
    stokes = StokesFlux(1.2345)
    measurement = FluxMeasurement(
        "J1832-1035", 1, ("PHASE",), 0, 231e9, 2e9, DerivedFlux(stokes, 0.01), CalibratedFlux(stokes, 0.02)
    )
    results = ResultsList([GFluxscaleResults("x.ms", reference=["J1924-2914"], measurements=[measurement])])
    data, _ = interactiveshell.InteractiveShell().display_formatter.format(results)
    return data


def test_a_notebook_shows_a_table(shown):
    page = shown["text/html"]
    assert "<table>" in page
    assert "<td>J1832-1035 #1</td><td>PHASE</td><td>0</td><td>231.00</td><td>1.2345</td>" in page


def test_a_prompt_shows_text(shown):
    assert "1.2345" in shown["text/plain"]
    assert "GFluxscaleResults" not in shown["text/plain"]
