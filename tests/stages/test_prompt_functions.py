"""The stages as functions of a prompt: on the current context, with their pages."""

from pathlib import Path

import pytest

from pipeline_gfluxscale import GFluxscaleError, h_init, h_resume, h_save, hif_refant, hifa_bandpass, hifa_gfluxscale
from pipeline_gfluxscale.cli.session import current_context, set_current_context
from pipeline_gfluxscale.errors import InputError


@pytest.fixture(autouse=True)
def no_context_before_or_after():
    set_current_context(None)
    yield
    set_current_context(None)


@pytest.fixture
def begun(observed):
    """Return a function like h_init, in a directory with an observation."""

    def begin(**options):
        observed()
        return h_init(**options)

    return begin


def test_every_stage_has_its_page_as_soon_as_it_was_run(begun):
    begun()
    hif_refant("observed.ms")
    assert Path("weblog/stage1-hif_refant/index.html").is_file()
    hifa_bandpass(spw="0")
    assert list(Path("weblog/stage2-hifa_bandpass").glob("*.svg"))
    hifa_gfluxscale()
    pages = [path.parent.name for path in Path("weblog").glob("*/index.html")]
    assert sorted(pages) == ["stage1-hif_refant", "stage2-hifa_bandpass", "stage3-hifa_gfluxscale"]
    assert Path("weblog/index.html").read_text().count("stage1-") == 1


def test_a_weblog_may_do_without_plots_or_not_be_wanted(begun):
    begun(plotlevel="summary")
    hifa_bandpass("observed.ms", spw="0")
    assert not list(Path("weblog/stage1-hifa_bandpass").glob("*.svg"))
    begun(weblog=False)
    hif_refant("observed.ms")
    assert not Path("weblog").exists()


def test_what_a_run_is_for_is_kept(begun):
    begun(processing_intents={"SESSION_1": "uid://A002/X1/X2"}, weblog=False)
    hif_refant("observed.ms")
    h_save()
    set_current_context(None)
    assert h_resume().processing_intents == {"SESSION_1": "uid://A002/X1/X2"}
    assert current_context().weblog is False


def test_a_stage_that_fails_has_no_page_and_no_place_in_the_run(begun):
    begun()
    results = hif_refant("observed.ms", refantignore=",".join(f"DA{n}" for n in range(41, 50)))
    assert results.failed
    assert current_context().records == ()
    assert not Path("weblog").exists()


@pytest.mark.parametrize("options", [{"weblog": "no"}, {"plotlevel": "none"}, {"processing_intents": "x"}])
def test_what_makes_no_sense_is_refused(begun, options):
    with pytest.raises(InputError, match=next(iter(options))):
        begun(**options)


def test_without_a_run_that_is_said():
    with pytest.raises(GFluxscaleError, match="h_init"):
        hif_refant("observed.ms")
