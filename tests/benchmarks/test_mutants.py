"""Seeded mistakes before other checkers: what counts as caught, and the table on the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import mutants
from benchmarks.peers import course_work
from clinometer.mutants.cases import KINDS
from clinometer.mutants.trial import trials

COURSE_WORK = mutants._of_peer(course_work(1e-7), "float64")


def tally(name: str, passes: mutants.Passes = COURSE_WORK) -> mutants.Tally:
    """One mistake on the usual shape of its layer."""
    trial, found = trials((name,))[0], mutants.Tally()
    found.add(passes, trial, "usual", mutants.usual(trial.layer))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_usual_shape(kind: str) -> None:
    """A small one, whose gradients can be computed."""
    (point,) = mutants.usual(kind)
    assert point.case.size <= 200
    problem = point.problem("float64")
    _, gradients = problem.gradients["looped"](problem.cast("float64"))
    assert set(gradients) == set(problem.arguments)


def test_a_mistake_is_caught_where_the_right_gradient_passes() -> None:
    """Once each; a checker that alarms at the right one has caught nothing."""
    found = tally("vectorised.tanh.square_missing")
    assert found.counts["usual", "caught"] == found.counts["usual", "mistakes"] == 1
    assert found.counts["usual", "false alarms"] == 0
    assert found.checks == 2
    nervous = tally("vectorised.tanh.square_missing", lambda point, trial: False)
    assert nervous.counts["usual", "caught"] == 0
    assert nervous.counts["usual", "false alarms"] == nervous.counts["usual", "right"] == 1


def test_settings_of_no_usual_shape_hide_a_mistake() -> None:
    """Right for the usual alpha, which is 1; and ours sees it at random."""
    name = "vectorised.elu.alpha_forgotten"
    assert tally(name).counts["usual", "caught"] == 0
    trial, found = trials((name,))[0], mutants.Tally()
    found.add(mutants._ours, trial, "random", mutants.random(trial.layer, 0))
    assert found.counts["random", "caught"] == 1
    assert found.counts["random", "false alarms"] == 0


def test_a_mistake_of_state_is_seen_by_ours_alone() -> None:
    """What one call computes is right."""
    name = "vectorised.relu.cotangent_masked_in_place"
    assert tally(name).counts["usual", "caught"] == 0
    assert tally(name, mutants._ours).counts["usual", "caught"] == 1


def test_a_few_mistakes_are_spread_over_all() -> None:
    """The first and the last among them; each once."""
    few, every = mutants.mistakes(5), mutants.mistakes(0)
    assert len(few) == 5
    assert (few[0], few[-1]) == (every[0], every[-1])
    assert len({trial.mutant.why for trial in every}) > 150


@pytest.mark.parametrize(
    ("text", "number", "sentence"),
    [
        (None, "2", "does not exist"),
        ("no marks", "2", "has no place for the table; mark it by <!-- peers -->"),
        (f"{mutants.BEGINNING}{mutants.END}", "-1", "is not in the range x>=0"),
    ],
)
def test_bad_options_are_noticed_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, number: str, sentence: str
) -> None:
    """The page that is missing or has no place for the table too; it stays as it is."""
    page = tmp_path / "page.md"
    if text is not None:
        page.write_text(text)
    monkeypatch.delattr(mutants, "measure")
    result = CliRunner().invoke(mutants.main, ["--mistakes", number, "--page", str(page)])
    assert result.exit_code == 2
    assert sentence in " ".join(result.output.replace("│", " ").split())
    assert text is None or page.read_text() == text


def test_the_page_gets_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the two marks, and what stands around them stays."""
    page = tmp_path / "page.md"
    page.write_text(f"before\n{mutants.BEGINNING}old\n{mutants.END}\nafter\n")
    monkeypatch.setattr(mutants, "checkers", lambda: {"course work": COURSE_WORK})
    result = CliRunner().invoke(mutants.main, ["--mistakes", "2", "--page", str(page)])
    assert result.exit_code == 0
    written = page.read_text()
    assert written.startswith("before\n")
    assert written.endswith("\nafter\n")
    assert "| course work | 1 of 2 | 0 of 1 |" in written
    assert "old" not in written
