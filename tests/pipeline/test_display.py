"""Results are shown as tables: at a prompt as text, in a notebook as HTML."""

from dataclasses import dataclass

from rich.table import Table

from pipeline_gfluxscale.domain.qa import QAScore
from pipeline_gfluxscale.pipeline.basetask import Results, ResultsList


@dataclass
class Found(Results):
    def summary(self):
        table = Table("Field", "Flux")
        table.add_row("J1<2", "1.5")
        return [table]


RESULTS = ResultsList(
    [Found("x.ms", qa=[QAScore("snr", 0.5, "low", "low SNR")], warnings=["lost"]), Found("y.ms", error="no data")]
)


def test_text_has_tables_scores_and_problems():
    text = str(RESULTS)
    for words in ("x.ms", "J1<2", "QA 0.50 snr: low SNR", "Warning: lost", "y.ms", "Failed: no data"):
        assert words in text


def test_html_is_a_table_with_everything_escaped():
    page = RESULTS._repr_html_()
    assert "<th>Field</th>" in page
    assert "<td>J1&lt;2</td><td>1.5</td>" in page
    assert "<b>x.ms</b>" in page
    assert "Failed: no data" in page
