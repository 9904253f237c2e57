"""The pages of stages that have none of their own kind."""

import re

import pytest

from helpers.stage_examples import stage_record
from helpers.weblog_examples import SCRIPT
from pipeline_gfluxscale.pipeline.context import Context
from pipeline_gfluxscale.pipeline.context_json import load_context, save_context
from pipeline_gfluxscale.weblog.run_pages import render_context


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page, made from a context that was saved and loaded."""
    directory = tmp_path_factory.mktemp("weblog")
    saved = save_context(Context(output_dir=directory, name="run", records=(stage_record(),)))
    return render_context(load_context(saved)).parent / "stage3-hifa_bandpass" / "index.html"


def test_the_page_has_all_that_the_results_show(page):
    text = page.read_text(encoding="utf-8")
    for shown in ("Solve for the bandpass", "one.ms", "1.235", "Value (Jy)", "it &lt;broke&gt;", "beware", "0.50"):
        assert shown in text, shown
    assert "<code>&#39;1,2&#39;</code>" in text
    assert "15 curves: from 0 to 14" in text
    plots = re.findall(r'src="([^"]+\.svg)"', text)
    assert len(plots) == 2
    assert all((page.parent / plot).is_file() for plot in plots)
    (commands,) = page.parent.glob("*.casa_commands.py.txt")
    assert commands.read_text() == "bandpass(vis='one.ms')\n"


def test_what_results_say_is_text(page):
    text = page.read_text(encoding="utf-8")
    assert SCRIPT not in text
    assert "&lt;script&gt;" in text
    assert "Numbers and &lt;names&gt;" in text


def test_the_index_has_the_stage(page):
    text = (page.parent.parent / "index.html").read_text(encoding="utf-8")
    assert "stage3-hifa_bandpass/index.html" in text
    assert "(1 with errors)" in text


@pytest.mark.parametrize("width", [400, 1400])
def test_a_browser_finds_nothing_wrong(page, browse, axe, width):
    browser = browse(page, width)
    assert browser.get_log("browser") == []
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    browser.execute_script(axe)
    violations = browser.execute_async_script(
        "axe.run(document, {resultTypes: ['violations']}).then((answer) => arguments[0](answer.violations))"
    )
    assert [violation["id"] for violation in violations] == []
