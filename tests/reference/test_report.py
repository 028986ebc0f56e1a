"""Reports: the tally, the terminal, the JSON document and its file."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from clinometer import registry
from clinometer.architecture import Case
from clinometer.campaign.main_job import Results
from clinometer.campaign.run import Outcome
from clinometer.errors import InvalidInput
from clinometer.report import document, terminal
from clinometer.report.tally import ALL, tally
from clinometer.verdict import Verdict
from tests.reference.results import CASE, JUDGES, RESULTS, RIGHT, UNSURE, WRONG


def printed(function: Any, *arguments: Any) -> str:
    """What a report function prints on a wide terminal without colours."""
    console = Console(file=io.StringIO(), width=100, color_system=None)
    function(console, *arguments)
    return console.file.getvalue()


def test_tally_counts_by_subject_and_witness() -> None:
    """With a last row for each subject that counts the verdicts."""
    rows = tally(RESULTS.outcomes, list(registry.oracles()))
    counted = {(r.subject, r.witness): (r.agree, r.disagree, r.inconclusive) for r in rows}
    assert counted == {
        ("looped", "complex_step"): (1, 1, 0),
        ("looped", "finite_difference"): (0, 0, 2),
        ("looped", ALL): (1, 1, 0),
        ("mine", "complex_step"): (2, 0, 0),
        ("mine", ALL): (2, 0, 0),
    }
    worst = {(r.subject, r.witness): r.worst for r in rows}
    assert worst["mine", "complex_step"] == pytest.approx(0.1)
    assert worst["looped", "complex_step"] == pytest.approx(1e16)


def test_terminal_says_what_is_wrong_where_and_how_to_see_it_again() -> None:
    """Layer, parameter, element, both values, and the line for replay."""
    text = printed(terminal.print_results, RESULTS, list(registry.oracles()), False)
    assert "looped dense: bias" in text
    assert "layer 1 (dense), bias: element [0] is 2 on trial" in text
    assert "complex_step: disagree, 1 ± 1e-16" in text
    assert f"clinometer replay '{CASE.to_json()}'" in text
    assert "2 cases: 1 agree, 1 disagree" in text
    assert "3 were constant around their point" in " ".join(text.split())


def test_quiet_prints_what_disagrees_and_nothing_else() -> None:
    """No table; nothing at all where all is well."""
    text = printed(terminal.print_results, RESULTS, [], True)
    assert "looped dense: bias" in text
    assert "witness" not in text.split("complex_step")[0]
    fine = Results(outcomes=[Outcome(CASE, {"mine": Verdict((RIGHT,))})])
    assert printed(terminal.print_results, fine, [], True) == ""


def test_table_fits_a_terminal_of_eighty_columns() -> None:
    """Without cutting a name off."""
    console = Console(file=io.StringIO(), width=80, color_system=None)
    outcomes = [Outcome(CASE, {"vectorised": Verdict((RIGHT, UNSURE, WRONG))})] * 500
    terminal.print_tally(console, tally(outcomes, list(registry.oracles())))
    text = console.file.getvalue()
    assert "…" not in text
    assert "finite_difference" in text
    assert "inconclusive" in text


def test_document_is_json_with_a_schema_version() -> None:
    """Whole and strict: no NaN that other programs could not read."""
    data = json.loads(json.dumps(document.plain(document.of_results(RESULTS, JUDGES, 7))))
    assert data["schema_version"] == 1
    assert data["seed"] == 7
    assert data["status"] == "disagree"
    assert data["vacuous"] == 3
    assert data["versions"]["numpy"]
    assert data["findings"][0]["place"] == "layer 1 (dense), bias"
    assert data["findings"][0]["comparisons"][1]["error"] == "nan"
    assert data["cases"][1]["status"] == {"looped": "disagree", "mine": "agree"}
    assert Case.from_json(json.dumps(data["findings"][0]["case"])) == CASE


def test_plain_data_hold_no_numbers_that_json_lacks() -> None:
    """They become words."""
    assert document.plain({"a": [math.nan, (math.inf,), -math.inf, 1.5]}) == {
        "a": ["nan", ["inf"], "-inf", 1.5]
    }


def test_files_are_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: Any) -> None:
    """An old report stays until the new one is complete, and nothing is left lying about."""
    path = tmp_path / "report.json"
    document.write({"n": 1}, str(path))
    assert json.loads(path.read_text()) == {"n": 1}
    monkeypatch.setattr(json, "dumps", lambda *a, **k: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        document.write({"n": 2}, str(path))
    assert json.loads(path.read_text()) == {"n": 1}
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["missing/report.json", "."])
def test_unwritable_paths_are_refused_before_the_work(tmp_path: Path, name: str) -> None:
    """In a sentence that names the path."""
    with pytest.raises(InvalidInput, match="cannot be written; name a file in a folder"):
        document.require_writable(str(tmp_path / name))
    document.require_writable(str(tmp_path / "new.json"))
    document.require_writable("-")
