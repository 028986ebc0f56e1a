"""Many mutants: in several processes, as a command, and what is reported of them."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.progress import Progress

from clinometer import cli, registry
from clinometer.errors import InvalidInput
from clinometer.mutants.applied import applied
from clinometer.mutants.cases import KINDS
from clinometer.mutants.control import control
from clinometer.mutants.run import Job, Results, Trying, chosen, own_oracles
from clinometer.mutants.trial import Result, judge, trials
from clinometer.report import mutants as report
from clinometer.report.html.mutants import catches
from tests.pages import parsed, text

QUICK = registry.choose_oracles(["ball_arithmetic"])
NAMES = ("looped.tanh.square_missing", "vectorised.l2_penalty.two_missing", "shared.last_use_only")
PAGE = Path(__file__).parents[2] / "docs" / "mutants.md"


def told(results: Any) -> list[Result]:
    """All but the time."""
    return [replace(result, seconds=0.0) for result in results]


def job(**changes: Any) -> Job:
    """Those mutants, where nobody sees the progress."""
    quiet = Progress(console=Console(stderr=True), disable=True)
    return replace(Job(trials(NAMES), QUICK, 0, 9, quiet), **changes)


def test_processes_find_what_one_does() -> None:
    """A mutant that is made in one of them is not made here."""
    alone = job().run()
    assert len(alone.results) == alone.wanted == 4
    assert all(result.caught for result in alone.results)
    assert told(job(workers=2).run().results) == told(alone.results)


def test_a_mutant_that_kills_its_process_is_told() -> None:
    """By its name, as one that is seen."""
    lost = Trying(["ball_arithmetic"], 0, 1).lost("looped.tanh.square_missing|tanh|looped", "died")
    assert (lost.mutant, lost.layer, lost.subject) == (NAMES[0], "tanh", "looped")
    assert lost.caught
    assert not lost.layer_right


def test_an_interruption_keeps_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """And says of how many."""

    def one_and_no_more() -> Iterator[Result]:
        yield judge(trials(NAMES)[0], QUICK, 0, 9)
        raise KeyboardInterrupt

    monkeypatch.setattr(Job, "_done", lambda self, work, lines: one_and_no_more())
    results = job().run()
    assert results.interrupted
    assert len(results.results) == 1
    assert "interrupted, of 4" in report.summary(results)


def test_the_code_without_a_mistake_is_judged_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    """So many cases of every kind, and nobody accuses it."""
    asked = ("--mutant", NAMES[0], "--oracles", "ball_arithmetic", "--control", "50")
    assert command(*asked, "--workers", "2", "--json", "-") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["counts"]["cases without a mistake"] == len(KINDS)
    assert told["counts"]["false alarms"] == 0
    assert [control["kind"] for control in told["controls"]] == list(KINDS)


@pytest.mark.parametrize("name", ["vectorised.tanh.square_missing", "vectorised.dense.never_reset"])
def test_a_false_alarm_is_told(name: str) -> None:
    """By a verdict, or by the battery: here the code is wrong behind its back."""
    trial = trials((name,))[0]
    with applied(trial.mutant):
        wrong = control(trial.layer, QUICK, 0, 12)
    right = control(trial.layer, QUICK, 0, 12)
    assert (right.cases, right.alarms) == (12, ())
    assert 0 < len(wrong.alarms) <= wrong.cases
    results = Results(0, controls=[wrong])
    assert "12 cases without a mistake" in report.summary(results)
    console = Console(file=io.StringIO(), record=True, width=10_000)
    report.print_results(console, results)
    assert f"false alarm: {wrong.alarms[0]}" in console.export_text()
    assert wrong.alarms[0] in text(
        parsed(catches(replace(results, results=[Result("", "", "")]), [], 0))
    )


def test_a_mutant_that_is_not_there_is_refused() -> None:
    """With where to find those that are."""
    with pytest.raises(InvalidInput, match=r"no mutant 'tanh'; docs/mutants.md lists them"):
        chosen(["tanh"])


def test_oracles_that_judge_some_cases_only_are_asked_by_name() -> None:
    """As each trial has few cases."""
    assert all(oracle.STRIDE == 1 for oracle in own_oracles(()).values())
    assert set(own_oracles(["ball_arithmetic"])) == {"ball_arithmetic"}


def command(*arguments: str) -> int:
    """The exit code of `clinometer mutants`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["clinometer", "mutants", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.run()
    return int(ended.value.code or 0)


def test_the_command_writes_what_it_prints(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Exit code 0 if all were caught; the same numbers everywhere."""
    told, table = tmp_path / "mutants.json", tmp_path / "mutants.md"
    asked = ("--mutant", ",".join(NAMES), "--oracles", "ball_arithmetic")
    assert command(*asked, "--json", str(told), "--markdown", str(table)) == 0
    data = json.loads(told.read_text())
    assert data["counts"]["caught"] == data["counts"]["trials"] == 4
    assert data["trials"][0]["witnesses"] == ["ball_arithmetic"]
    assert "4 trials of 3 mutants: 4 caught" in capsys.readouterr().out
    rows = [line for line in table.read_text().splitlines() if line.startswith("| `")]
    assert len(rows) == 4
    assert rows[0].startswith("| `looped.tanh.square_missing` | tanh | looped | 1 |")


def test_the_page_of_html_has_every_trial(tmp_path: Path) -> None:
    """And says at its head that all were caught; of survivors, how many there are."""
    file = tmp_path / "mutants.html"
    asked = ("--mutant", ",".join(NAMES[:2]), "--oracles", "ball_arithmetic")
    assert command(*asked, "--html", str(file)) == 0
    told = text(parsed(file.read_text(encoding="utf-8")))
    assert "All seeded mistakes were caught" in told
    assert "2 trials of 2 mutants: 2 caught" in told
    assert all(name in told for name in NAMES[:2])
    lost = Results(1, [Result("looped.tanh.none", "tanh", "looped", 7)])
    assert "1 of 1 seeded mistakes survived" in text(parsed(catches(lost, [], 0)))
    assert "Nothing was tried" in text(parsed(catches(Results(1), [], 0)))


def test_a_survivor_is_printed_and_exits_with_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its name, with the number of cases."""
    lost = Results(1, [Result("looped.tanh.none", "tanh", "looped", 7)])
    monkeypatch.setattr(Job, "run", lambda self: lost)
    assert command("--mutant", NAMES[0]) == 1
    out = capsys.readouterr().out
    assert "survived 7 cases: looped.tanh.none (tanh, looped)" in out


def test_the_page_shows_the_table() -> None:
    """As `report.mutants.table_of_mutants` writes it."""
    assert report.table_of_mutants() in PAGE.read_text(encoding="utf-8")
