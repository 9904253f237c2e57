"""The pages as files: what they say, what is escaped, and that saved results give the same pages."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from click.testing import CliRunner
from mako.lookup import TemplateLookup

from helpers.weblog_examples import SCRIPT, example, example_list
from pipeline_gfluxscale.cli.main import cli
from pipeline_gfluxscale.errors import FileFormatError
from pipeline_gfluxscale.files.export import write_json
from pipeline_gfluxscale.files.typed_json import encode
from pipeline_gfluxscale.pipeline.basetask import ResultsList
from pipeline_gfluxscale.pipeline.context import Context, StageRecord
from pipeline_gfluxscale.stages.gfluxscale.results import GFluxscaleResults
from pipeline_gfluxscale.stages.gfluxscale.serialization import decoded_results, read_results
from pipeline_gfluxscale.stages.gfluxscale.step_names import Step
from pipeline_gfluxscale.weblog.page import page_content, render
from pipeline_gfluxscale.weblog.run_pages import render_context
from pipeline_gfluxscale.weblog.tables import with_error
from pipeline_gfluxscale.weblog.templates import templates_directory


class Links(HTMLParser):
    """Everything that a page points to, and the ids it has."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag, attrs):
        entries = dict(attrs)
        self.targets += [entries[name] for name in ("href", "src") if entries.get(name)]
        self.ids += [entries["id"]] if entries.get("id") else []


def files_of(directory: Path) -> dict[str, bytes]:
    return {str(p.relative_to(directory)): p.read_bytes() for p in sorted(directory.rglob("*")) if p.is_file()}


def rendered(results, directory: Path) -> str:
    return render(results, directory).read_text(encoding="utf-8")


def test_saved_results_give_the_same_pages(tmp_path):
    results = example_list(2)
    write_json(tmp_path / "results.json", results.to_dict())
    render(results, tmp_path / "first")
    again = read_results(tmp_path / "results.json")
    render(again, tmp_path / "second")
    assert files_of(tmp_path / "first") == files_of(tmp_path / "second")
    assert json.dumps(again.to_dict()) == json.dumps(results.to_dict())


def test_no_link_of_the_pages_leads_nowhere_and_none_leaves_the_disk(tmp_path):
    page = render(example_list(2), tmp_path)
    for path in (page, tmp_path / "index.html"):
        links = Links()
        links.feed(path.read_text(encoding="utf-8"))
        assert len(links.ids) == len(set(links.ids))
        for target in links.targets:
            if target.startswith("#"):
                assert target[1:] in links.ids, target
            elif target != "data:,":
                assert "://" not in target
                assert (path.parent / unquote(target)).is_file(), target


def test_every_plot_is_well_formed_and_the_page_says_what_it_shows(tmp_path):
    text = rendered(example_list(), tmp_path)
    images = re.findall(r'<img src="([^"]+)" alt="([^"]+)"', text)
    assert len(images) == 3 + 4 + 1  # spectra of three fields, amplitudes in four spws, gains
    assert all(len(alt) > 40 for _, alt in images)
    for file, _ in images:
        ET.fromstring((tmp_path / "stage1-hifa_gfluxscale" / file).read_bytes())
    assert text.count("<figcaption>") == len(images)


def test_names_are_text_wherever_they_stand(tmp_path):
    name = f"{SCRIPT}\"'&$_^\x07"
    results = example_list(fields=(name, "_J1", "$x$"))
    results[0] = replace(
        results[0],
        vis=f"../..{SCRIPT}.ms",
        reference=[name],
        refant=SCRIPT,
        flags=[SCRIPT],
        warnings=[SCRIPT],
        error=SCRIPT,
        caltables=[SCRIPT],
        elapsed={SCRIPT: 1.0},
    )
    text = rendered(results, tmp_path / "a" / "b")
    assert SCRIPT not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert SCRIPT not in (tmp_path / "a" / "b" / "index.html").read_text(encoding="utf-8")
    for file in (tmp_path / "a" / "b" / "stage1-hifa_gfluxscale").glob("*.svg"):
        assert "<script" not in file.read_text(encoding="utf-8")
        ET.fromstring(file.read_bytes())
    for svg in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        ET.fromstring(svg)
    outside = [p for p in tmp_path.rglob("*") if p.is_file() and tmp_path / "a" / "b" not in p.parents]
    assert outside == []


def test_measurement_sets_stand_in_the_order_of_their_observation_under_a_summary(tmp_path):
    text = rendered(example_list(3), tmp_path)
    names = re.findall(r'<h2 id="ms\d-name">([^<]+)</h2>', text)
    assert names == ["uid___A002_X0.ms", "uid___A002_X1.ms", "uid___A002_X2.ms"]
    assert text.index("Summary</h2>") < text.index('<h2 id="ms')
    assert "Summary</h2>" not in rendered(example_list(1), tmp_path)


def test_what_was_expected_and_not_measured_has_a_row(tmp_path):
    text = rendered(example_list(lost=((3, 1), (2, 0), (2, 1), (2, 2), (2, 3))), tmp_path)
    assert text.count('<tr class="missing">') == 5
    assert text.count(">not measured<") == 5
    assert "J0038-2459 #2" in text  # a field without any flux density has its name nonetheless


def test_adopted_flux_densities_are_marked(tmp_path):
    results = example_list()
    results[0].measurements[0] = replace(results[0].measurements[0], adopted_from=("other.ms",))
    text = rendered(results, tmp_path)
    assert text.count("(adopted)<") == 1
    assert "means of the flux densities of other.ms" in text.replace("\n", " ")
    table = text[text.index("Measurement sets using adopted flux calibrations</h2>") :].split("</table>")[0]
    cells = [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", table)]
    assert cells[3:] == [results[0].vis, results[0].measurements[0].field, "other.ms"]
    assert "using adopted flux calibrations" not in rendered(example_list(), tmp_path / "none")


def test_results_of_a_run_that_failed_are_a_page(tmp_path):
    results: ResultsList[GFluxscaleResults] = ResultsList()
    results.append(GFluxscaleResults(vis="a.ms", error="no field has data with reference intent AMPLITUDE"))
    results[0].elapsed = {"Select": 0.1}
    text = rendered(results, tmp_path)
    assert "no field has data with reference intent AMPLITUDE" in text
    assert text.count(">not reached<") == 2 * 7  # all steps after the first, in the drawings for both widths
    assert "No reference calibrator was used" in text
    assert "No flux density was measured" in text
    assert "with errors" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_the_content_stands_in_the_page_of_a_host_that_escapes_nothing(tmp_path):
    (tmp_path / "host.mako").write_text("<html><body>Host ${self.body()}</body></html>")
    ours = str(templates_directory())
    lookup = TemplateLookup(directories=[str(tmp_path), ours], input_encoding="utf-8")
    content = page_content(example_list(fields=(SCRIPT,), lost=()), tmp_path)
    text = lookup.get_template("gfluxscale.mako").render_unicode(layout="host.mako", **content)
    assert text.startswith("<html><body>Host")
    assert SCRIPT not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; #1" in text
    assert "&amp;lt;" not in text


def test_the_index_lists_the_stages_with_their_lowest_scores(tmp_path):
    render(example_list(lost=()), tmp_path, stage=2)
    render(example_list(), tmp_path, stage=10)
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'href="(stage[^"]+)"', text) == [
        "stage2-hifa_gfluxscale/index.html",
        "stage10-hifa_gfluxscale/index.html",
    ]
    lowest = min(score.score for score in example().qa)
    assert f"{lowest:.2f}" in text


def test_the_weblog_of_a_context_has_a_page_for_every_stage(tmp_path):
    results = example_list()
    qa = tuple(results[0].qa)
    records = (
        StageRecord(1, "hifa_importdata"),
        StageRecord(2, "hifa_gfluxscale", qa=qa, results=encode(results.to_dict())),
    )
    index = render_context(Context(output_dir=tmp_path, records=records))
    assert index == tmp_path / "weblog" / "index.html"
    text = index.read_text(encoding="utf-8")
    assert text.index("hifa_importdata") < text.index("hifa_gfluxscale")
    pages = re.findall(r'href="(stage[^"]+)"', text)
    assert pages == ["stage1-hifa_importdata/index.html", "stage2-hifa_gfluxscale/index.html"]
    assert all((index.parent / page).is_file() for page in pages)


@pytest.mark.parametrize(
    "text",
    [
        '{"x": 1, "3": {"page": "../../etc/passwd"}}', '{"\u00b2": ENTRY}', '{"NINES": ENTRY}', "[1]", "[" * 100_000,
        '{"2": {"task": {}, "title": [], "page": "", "vis": 5, "errors": "x", "score": "y", "band": 1, "shortmsg": 2}}',
    ],
)  # fmt: skip
def test_what_cannot_be_read_in_a_list_of_stages_is_left_out(tmp_path, text):
    entry = '{"task": "t", "title": "", "page": "", "vis": [], "errors": 0, "score": 1, "band": "", "shortmsg": ""}'
    (tmp_path / "stages.json").write_text(text.replace("ENTRY", entry).replace("NINES", "9" * 5000), encoding="utf-8")
    render(example_list(), tmp_path)
    assert list(json.loads((tmp_path / "stages.json").read_text())) == ["1"]


def test_the_diagram_has_the_steps_of_the_task_and_the_gaincal_calls_of_the_run(tmp_path):
    text = rendered(example_list(), tmp_path)
    names = re.findall(r'class="d-name"[^>]*>([^<]+)<', text)
    assert list(dict.fromkeys(names)) == [step for step in Step if step is not Step.ADOPT]
    assert text.count("Phase up: gaincal, calmode p") == 2 * 4  # a drawing for each width
    assert "combine spw · interp linearPD,linear" in text
    assert "uvrange &lt;73.700m" in text


def test_many_solves_alike_share_a_box(tmp_path):
    text = rendered(example_list(fields=tuple(f"J{i:04d}" for i in range(14)), n_spw=1, lost=()), tmp_path)
    assert text.count("Phase up: gaincal, calmode p") < 2 * 12
    assert re.search(r"#\d+ and \d+ more<", text)


def test_the_flux_densities_of_the_reference_are_on_the_page_with_their_origin(tmp_path):
    page = render([example()], tmp_path).read_text()
    table = page[page.index("Flux densities of the reference") :]
    table = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", table[: table.index("</table>")]))
    assert "Uranus #0 1 230.000 31.5000 1.2500 Butler-JPL-Horizons 2012 (resolved: the total flux density)" in table
    assert "Uranus #0 2 236.000 32.5000 – Butler-JPL-Horizons 2012" in table


def test_many_spws_of_the_reference_get_a_plot_a_baseband(tmp_path):
    text = rendered(example_list(n_spw=20, lost=()), tmp_path)
    assert len(set(re.findall(r'src="(ms1-uv-[^"]+)"', text))) == 4


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (3.34302, 0.00301, "3.3430 ± 0.0030"),
        (0.61106, 0.00082, "0.6111 ± 0.0008"),
        (12.0, 3.0, "12.0 ± 3.0"),
        (1234.0, 56.0, "1234 ± 56"),
        (1.5, 0.0, "1.5000"),
        (float("nan"), 1.0, "–"),
        (1.0, float("nan"), "1.0000"),
    ],
)
def test_an_error_tells_how_many_digits_are_worth_showing(value, error, text):
    assert with_error(value, error) == text


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        {"results": 3},
        {"results": [{}]},
        {"results": ["x"]},
        {"results": [{"vis": 3}]},
    ],
)
def test_other_files_are_refused(content):
    with pytest.raises(FileFormatError):
        decoded_results(content, "file")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("measurements", 0, "spw"), "0"),
        (("measurements", 0, "derived"), {"I": "x"}),
        (("plots", "gains", "antenna"), [1.5]),
        (("qa", 0, "score"), True),
        (("flags",), "text"),
        (("record", "parameters"), ["a"]),
    ],
)
def test_a_value_of_the_wrong_type_is_named(tmp_path, path, value):
    content = example_list().to_dict()
    place = content["results"][0]
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    write_json(tmp_path / "bad.json", content)
    with pytest.raises(FileFormatError, match=rf"bad.json.*{path[-1]}"):
        read_results(tmp_path / "bad.json")


def test_the_command_renders_saved_results(tmp_path):
    write_json(tmp_path / "results.json", example_list().to_dict())
    answer = CliRunner().invoke(cli, ["weblog", str(tmp_path / "results.json")])
    assert answer.exit_code == 0
    page = Path(answer.output.split("WebLog: ")[1].strip().replace("\n", ""))
    assert page == tmp_path / "weblog" / "stage1-hifa_gfluxscale" / "index.html"
    assert page.is_file()


@pytest.mark.parametrize("content", [None, "no JSON", "[]"])
def test_the_command_refuses_what_is_no_results(tmp_path, content):
    if content is not None:
        (tmp_path / "x.json").write_text(content)
    answer = CliRunner().invoke(cli, ["weblog", str(tmp_path / "x.json")])
    assert answer.exit_code == 1
    assert answer.output.startswith("Error:")
