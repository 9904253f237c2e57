"""The pages in a real browser: nothing broken, nothing fetched, and what can be clicked or typed works."""

import json
import time

import pytest

from helpers.weblog_examples import SCRIPT, example_list
from pipeline_gfluxscale.weblog.page import render

keys = pytest.importorskip("selenium.webdriver.common.keys").Keys
by = pytest.importorskip("selenium.webdriver.common.by").By.CSS_SELECTOR

LOOKS = [(width, scheme) for width in (400, 1400) for scheme in ("light", "dark")]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page of two MeasurementSets, one field of which has a script for a name."""
    results = example_list(2, fields=("J0006-0623", SCRIPT, "J0049-4457"), n_spw=3)
    return render(results, tmp_path_factory.mktemp("weblog"))


@pytest.fixture(scope="module")
def long_page(tmp_path_factory):
    """The page of a thousand measurements."""
    results = example_list(1, fields=tuple(f"J{i:04d}" for i in range(20)), n_spw=50, n_antenna=43, lost=())
    return render(results, tmp_path_factory.mktemp("weblog"))


def load_images(browser):
    """Load the lazy images too, and return the addresses of those that failed."""
    browser.execute_script("for (const image of document.images) image.loading = 'eager'")
    pending = "return [...document.images].some((image) => image.getAttribute('src') && !image.complete)"
    end = time.monotonic() + 10
    while browser.execute_script(pending) and time.monotonic() < end:
        time.sleep(0.05)
    broken = "[...document.images].filter((i) => i.getAttribute('src') && !i.naturalWidth).map((i) => i.src)"
    return browser.execute_script(f"return {broken}")


def requests(browser):
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]


def column_of(browser, title, table="#ms1-table"):
    titles = [h.text.split(" ")[0].strip("\u2009↕↑↓") for h in browser.find_elements(by, f"{table} thead th")]
    return titles.index(title)


def texts(browser, column, table="#ms1-table"):
    script = (
        f"return [...document.querySelectorAll('{table} tbody tr')].filter((row) => !row.hidden)"
        f".map((row) => row.cells[{column}].textContent.trim())"
    )
    return browser.execute_script(script)


def sort_by(browser, title):
    column = column_of(browser, title)
    browser.execute_script("arguments[0].click()", browser.find_elements(by, "#ms1-table thead th button")[column])
    return texts(browser, column)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_nothing_is_broken_or_fetched_and_nothing_sticks_out(page, browse, width, scheme):
    browser = browse(page, width, scheme)
    assert load_images(browser) == []
    assert browser.get_log("browser") == []
    assert all(url.startswith(("file:", "data:")) for url in requests(browser))
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    browser.get((page.parent.parent / "index.html").as_uri())
    assert browser.get_log("browser") == []
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_axe_finds_no_violation(page, browse, axe, width, scheme):
    for address in (page, page.parent.parent / "index.html"):
        browser = browse(address, width, scheme)
        browser.execute_script("for (const details of document.querySelectorAll('details')) details.open = true")
        browser.execute_script(axe)
        found = browser.execute_async_script(
            "axe.run(document, {resultTypes: ['violations']}).then((answer) => arguments[0](answer.violations))"
        )
        assert [(v["id"], [node["html"][:120] for node in v["nodes"][:3]]) for v in found] == []


def test_the_schemes_differ_and_the_plots_follow(page, browse):
    colours = set()
    for scheme in ("light", "dark"):
        browser = browse(page, 1400, scheme)
        colours.add(browser.execute_script("return getComputedStyle(document.body).backgroundColor"))
        svg = (page.parent / "ms1-gains.svg").as_uri()
        browser.get(svg)
        colours.add(
            browser.execute_script("return getComputedStyle(document.documentElement).getPropertyValue('--c0')")
        )
    assert len(colours) == 4


def test_a_script_for_a_name_is_text(page, browse):
    browser = browse(page)
    assert SCRIPT in browser.find_element(by, "#ms1-table").text
    assert browser.execute_script("return document.querySelectorAll('script').length") == 1


def test_tables_sort_by_numbers_and_words_and_blanks_stay_last(page, browse):
    browser = browse(page)
    ascending = sort_by(browser, "Calibrated")
    values = [float(text.split(" ")[0]) for text in ascending if text != "–"]
    assert values == sorted(values)
    assert ascending[-1] == "–"
    descending = sort_by(browser, "Calibrated")
    assert [float(text.split(" ")[0]) for text in descending if text != "–"] == sorted(values, reverse=True)
    assert descending[-1] == "–"
    header = browser.find_elements(by, "#ms1-table thead th")[column_of(browser, "Calibrated")]
    assert header.get_attribute("aria-sort") == "descending"
    assert sort_by(browser, "Field") == sorted(texts(browser, 0))


def test_tables_sort_from_the_keyboard(page, browse):
    browser = browse(page)
    button = browser.find_elements(by, "#ms1-table thead th button")[column_of(browser, "Spw")]
    button.send_keys(keys.ENTER)
    assert texts(browser, column_of(browser, "Spw")) == sorted(texts(browser, column_of(browser, "Spw")))


def test_tables_filter_by_every_word(page, browse):
    browser = browse(page)
    everything = texts(browser, 0)
    box = browser.find_element(by, "#ms1 .filter")
    box.send_keys("phase 224")
    assert texts(browser, 1) == ["PHASE"]
    assert browser.find_element(by, "#ms1 .count").text == f"1 of {len(everything)} rows"
    box.send_keys(keys.CONTROL + "a", keys.DELETE)
    assert texts(browser, 0) == everything


def test_polarisations_are_shown_on_demand(page, browse):
    browser = browse(page)
    cells = browser.find_elements(by, "#ms1-table tbody td.polarisation")
    assert len(cells) > 0
    assert not any(cell.is_displayed() for cell in cells)
    browser.find_element(by, "#ms1 input.polarisation").click()
    assert all(cell.is_displayed() for cell in cells)


@pytest.mark.parametrize("width", [400, 1400])
def test_plots_enlarge_by_mouse_and_keyboard(page, browse, width):
    browser = browse(page, width)
    links = browser.find_elements(by, ".plot")
    viewer = browser.find_element(by, ".viewer")

    def title():
        return browser.find_element(by, "#viewer-title").text

    links[0].send_keys(keys.ENTER)
    assert viewer.is_displayed()
    assert title() == links[0].get_attribute("data-title")
    assert browser.find_element(by, ".viewer img").get_attribute("alt")
    body = browser.switch_to.active_element
    body.send_keys(keys.ARROW_RIGHT)
    assert title() == links[1].get_attribute("data-title")
    body.send_keys(keys.ARROW_LEFT)
    body.send_keys(keys.ARROW_LEFT)
    assert title() == links[-1].get_attribute("data-title")
    browser.switch_to.active_element.send_keys(keys.ESCAPE)
    assert not viewer.is_displayed()
    assert browser.switch_to.active_element == links[-1]
    links[0].click()
    assert viewer.is_displayed()
    assert browser.find_element(by, ".viewer img").size["width"] > (350 if width == 400 else 600)
    browser.find_element(by, ".viewer-close").click()
    assert not viewer.is_displayed()


def test_paper_gets_the_whole_tables_and_no_controls(page, browse):
    browser = browse(page, 1000, media="print")
    assert not browser.find_element(by, "#ms1 .tools").is_displayed()
    assert not browser.find_element(by, ".jump").is_displayed()
    table = browser.find_element(by, "#ms1 .scroll.tall")
    assert table.value_of_css_property("max-height") == "none"


def test_a_thousand_measurements_stay_usable(long_page, browse):
    browser = browse(long_page, 400)
    assert len(texts(browser, 0)) == 1000
    spws = sort_by(browser, "Spw")
    assert spws == sorted(spws, key=int)
    browser.find_element(by, "#ms1 .filter").send_keys("J0007")
    assert set(texts(browser, 0)) == {"J0007 #8"}
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 400
