"""The printed results, in narrow and wide terminals."""

import io

import pytest
from rich.console import Console

from pipeline_gfluxscale.cli.report import print_results
from pipeline_gfluxscale.domain.flux import CalibratedFlux, CatalogueFlux, DerivedFlux, FluxMeasurement, StokesFlux
from pipeline_gfluxscale.domain.qa import QAScore
from pipeline_gfluxscale.domain.reference import ReferenceFlux
from pipeline_gfluxscale.pipeline.basetask import ResultsList
from pipeline_gfluxscale.stages.gfluxscale.results import GFluxscaleResults


def measurement(field: str, field_id: int, spw: int, flux: float, *intents: str, known: bool = True) -> FluxMeasurement:
    return FluxMeasurement(
        field,
        field_id,
        intents,
        spw,
        345.12e9,
        1.875e9,
        derived=DerivedFlux(StokesFlux(flux), 0.01),
        calibrated=CalibratedFlux(StokesFlux(flux * 1.01), 0.0123, scale_uncertainty=0.0456) if known else None,
        catalogue=CatalogueFlux(StokesFlux(flux)) if known else None,
    )


@pytest.fixture
def results() -> ResultsList:
    measurements = [
        measurement("J1331+30500002_0", 0, 0, 14.93, "BANDPASS", "POLARIZATION"),
        measurement("J1331+30500002_0", 0, 117, 123.456, "BANDPASS", "POLARIZATION"),
        measurement("a <b>name</b> [red]in colour[/red]", 12, 0, 0.6, "PHASE"),
        measurement("faint", 3, 0, 0.6, "CHECK", known=False),
    ]
    qa = [
        QAScore("completeness", score, "short", f"in {band}")
        for score, band in ((1.0, "green"), (0.8, "blue"), (0.5, "yellow"), (0.1, "red"))
    ]
    return ResultsList(
        [GFluxscaleResults("x.ms", qa=qa, reference=["Uranus"], refant="DA41", measurements=measurements)]
    )


def printed(results: ResultsList, width: int, colours: bool = False) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=colours, color_system="standard" if colours else None)
    print_results(results, console)
    return stream.getvalue()


@pytest.mark.parametrize("width", [80, 120, 200])
def test_every_number_is_there(results, width):
    text = printed(results, width)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= width
    lines = [" ".join(line.split()) for line in text.splitlines()]
    for expected in (
        "0 345.12 14.9300 15.0793 0.0123 0.0456 14.9300 1.010",
        "117 345.12 123.456 124.691 0.0123 0.0456 123.456 1.010",
        "0 345.12 0.6000 - - - - -",
    ):
        assert [line for line in lines if line.endswith(expected)]
    assert "…" not in text


@pytest.mark.parametrize("width", [80, 200])
def test_the_reference_has_a_table_of_its_own(results, width):
    results[0].reference_fluxes = [
        ReferenceFlux("J0423-0120", 3, 0, 224e9, 4.315, "flux file", "flux.csv (DB, 5 days old)", replaced=2.158),
        ReferenceFlux("J0423-0120", 3, 1, 226e9, None, "standard", "Perley-Butler 2017"),
    ]
    lines = [" ".join(line.split()) for line in printed(results, width).splitlines()]
    assert "J0423-0120 #3 0 224.00 4.3150 2.1580 flux.csv (DB, 5 days old)" in lines
    assert "1 226.00 - Perley-Butler 2017" in lines


def test_names_are_not_markup(results):
    assert "[red]in colour[/red]" in printed(results, 200)
    assert "a &lt;b&gt;name&lt;/b&gt;" in results._repr_html_()
    assert "<b>name" not in results._repr_html_()


def test_scores_have_the_colours_of_qa(results):
    text = printed(results, 120, colours=True)
    for colour, word in (("32", "green"), ("94", "blue"), ("33", "yellow"), ("31", "red")):
        assert f"\x1b[{colour}mQA" in text
        assert f"in {word}" in text


def test_an_error_is_the_first_thing_said():
    text = printed(ResultsList([GFluxscaleResults("x.ms", error="all is lost")]), 80)
    assert text.split("\n")[1:3] == ["x.ms", "Failed: all is lost"]


def test_at_the_prompt_the_table_is_shown(results):
    assert "124.691" in str(results)
