"""Every lesson runs, is judged by every oracle, turns red where it must, and writes its pages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import blackboard
from blackboard import WITNESSES, Figure, Table, page, show
from clinometer import registry
from clinometer.report.plot import Axis, Line, Plot
from clinometer.subjects.hand_written import SUBJECTS
from tests.examples.lessons import EXAMPLES, SMALL, WHOLE, figures, forgetful, small, tables
from tests.pages import parsed, text

DRAWN = Path(__file__).parents[2] / "docs" / "figures" / "lessons"


@pytest.mark.parametrize("name", SMALL)
def test_the_gradients_agree_and_everybody_is_in_the_table(name: str) -> None:
    """By hand, vectorised, looped, and every oracle that is installed."""
    parts = small(name)
    judged = [part for part in parts if isinstance(part, Table) and part.status]
    assert {part.status for part in judged} == {"agree"}
    everybody = ["fractions"] * (name == "salary") + ["by hand", *SUBJECTS]
    everybody += [c for n, c in WITNESSES.items() if n in registry.choose_oracles()]
    found = tables(parts, "derivatives")
    assert found
    for table in found:
        assert [row[0] for row in table.rows] == [*everybody, "verdict"]
        for column in range(1, len(table.columns)):
            values = [float(row[column]) for row in table.rows[:-1]]
            assert values == pytest.approx([values[0]] * len(values), rel=1e-8, abs=1e-12)
            assert table.rows[-1][column] == "agree"
    assert tables(parts, "gradients")


@pytest.mark.parametrize("array", ["3.weight", "1.bias"])
@pytest.mark.parametrize("name", ["chain", "iris", "points"])
def test_a_mistake_turns_the_verdict_red(name: str, array: str) -> None:
    """In a gradient that is twice what it should be, in each table that it is part of."""
    lesson, by_hand = SMALL[name]
    parts = list(lesson(by_hand=forgetful(by_hand, array)))
    (along, *_) = tables(parts, "gradients along")
    assert along.status == "disagree"
    assert all(row[1:] == ["disagree", *("agree" for _ in SUBJECTS)] for row in along.rows)


@pytest.mark.parametrize("name,array", [("salary", "2.weight"), ("descent", "1.bias")])
def test_a_mistake_ends_with_a_red_exit(
    name: str, array: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The whole lesson is as bad as its worst table, in the last line and on the page."""
    lesson, by_hand = SMALL[name]
    wrong = forgetful(by_hand, array)
    status = show(lambda: lesson(by_hand=wrong), html=tmp_path / "page.html")
    assert status == "disagree"
    assert capsys.readouterr().out.rstrip().endswith("verdict: disagree")
    root = parsed((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert text(root.find(".//header/p")) == "Verdict: ✗ disagree"


def test_a_missing_oracle_is_said_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do about it."""
    monkeypatch.setattr(registry, "obstacle", lambda oracle: "it is not installed")
    assert list(blackboard.missing()) == [
        f"{called} gives no column: it is not installed." for called in WITNESSES.values()
    ]


@pytest.fixture
def without_oracles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures need none."""
    monkeypatch.setattr(registry, "choose_oracles", dict)


@pytest.mark.usefixtures("without_oracles")
@pytest.mark.parametrize("name", WHOLE)
def test_the_figures_of_the_docs_are_those_that_the_scripts_write(name: str) -> None:
    """Word by word, and number by number but for what another machine's rounding does."""
    found = figures(list(WHOLE[name]()))
    assert {figure.name for figure in found} == {p.stem for p in DRAWN.glob(f"{name}_*.svg")}
    for figure in found:
        kept, drawn = (DRAWN / f"{figure.name}.svg").read_text(encoding="utf-8"), figure.plot.svg()
        assert re.sub(NUMBER, "", kept) == re.sub(NUMBER, "", drawn)
        pixels = [[float(n) for n in re.findall(NUMBER, text)] for text in (kept, drawn)]
        assert pixels[0] == pytest.approx(pixels[1], abs=0.2)


#: A number of pixels, as they stand in the files.
NUMBER = r"\d+\.\d\b"


def test_there_is_no_figure_of_no_lesson() -> None:
    """Nor are there others in the folder."""
    assert {path.stem.partition("_")[0] for path in DRAWN.iterdir()} == set(WHOLE)


def test_a_script_runs_by_itself_and_writes_what_it_shows(tmp_path: Path) -> None:
    """As `python examples/chain.py`, from anywhere."""
    html, svg = tmp_path / "chain.html", tmp_path / "pictures"
    done = subprocess.run(
        [sys.executable, EXAMPLES / "chain.py", "--svg", svg, "--html", html],
        cwd=tmp_path,
        env={**os.environ, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith("verdict: agree")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "…" not in done.stdout  # no number is cut
    assert [path.name for path in svg.iterdir()] == ["chain_cost.svg"]
    parsed(html.read_text(encoding="utf-8"))


def test_a_file_that_cannot_be_written_is_refused_before_any_work() -> None:
    """In one sentence, with the exit code of a bad use."""
    done = subprocess.run(
        [sys.executable, EXAMPLES / "chain.py", "--html", "/no/such/folder/page.html"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 2
    assert "/no/such/folder/page.html cannot be written" in done.stderr
    assert not done.stdout


def test_a_page_is_self_contained_and_escapes_what_it_shows() -> None:
    """Headings, cells, words and pictures alike."""
    nasty = "<script>&\"'"
    plot = Plot(nasty, nasty, Axis(nasty), Axis(nasty), [Line(nasty, [(0, 0), (1, 1)])])
    table = Table(nasty, [nasty, nasty], [[nasty, nasty]])
    root = parsed(page([nasty, nasty, table, Figure("name", plot)], "agree"))
    assert [e.text for e in root.iter("h1")] == [nasty]
    assert [e.text for e in root.iter("td")] == [nasty]
    assert [e.text for e in root.iter("figcaption")] == [nasty]


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.usefixtures("without_oracles")
def test_every_page_is_well_formed(name: str, tmp_path: Path) -> None:
    """With a figure for each picture, and its words below it."""
    show(SMALL[name][0], html=tmp_path / "page.html", svg=tmp_path)
    root = parsed((tmp_path / "page.html").read_text(encoding="utf-8"))
    pictures = list(tmp_path.glob("*.svg"))
    captions = [e.text for e in root.iter("figcaption")]
    assert len(captions) == len(pictures) > 0
    assert all(captions)
