"""The page of a run and that of a history: every plot has its numbers beside it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import history, report, side_by_side_page
from benchmarks.candidates import CANDIDATES
from benchmarks.workloads import GROWING, WORKLOADS
from clinometer.errors import InvalidInput
from clinometer.report.html import Bar, Folded, Picture, Section, Table
from clinometer.report.plot import Line
from tests.benchmarks import runs


def parts(run=None, curve=None) -> dict[str, list]:
    """Those of each section, the folded ones laid open."""
    sections = side_by_side_page._sections(run or runs.run(), curve)
    return {section.heading: list(_open(section)) for section in sections}


def _open(part):
    for inner in part.parts:
        yield from _open(inner) if isinstance(inner, Section | Folded) else [inner]


def test_there_is_every_plot_for_both_dtypes_with_a_table_of_its_numbers() -> None:
    """Times, ratios, memory and the roofline, and the loop curve where it was measured."""
    found = parts(curve=runs.curve())
    for heading in ("Time against size", "Speed against size", "Memory", "The limit"):
        kinds = [type(part) for part in found[heading]]
        assert kinds.count(Picture) == 2
        assert kinds.count(Table) >= 2
    assert [type(part) for part in found["Loops against vectorised gradients"]] == [Picture, Table]
    assert "Loops against vectorised gradients" not in parts()


def test_a_loop_curve_of_elsewhere_or_a_trial_is_said_to_be_one() -> None:
    """The load and the time differ always."""
    curves = (
        runs.curve(cpu="another", load=9, measured="2026-01-01"),
        runs.curve(commit="another", numba="1"),
        replace(runs.curve(), points=runs.points()[:3]),
        runs.curve(load=9),
    )
    sections = [parts(curve=curve)["Loops against vectorised gradients"] for curve in curves]
    told = [[part for part in section if isinstance(part, str)] for section in sections]
    apart = "The loops were measured before, and not like the rest:"
    assert told == [
        [f"{apart} cpu was another and is a processor."],
        [f"{apart} commit was another and is 0123456789abcdef; numba was 1 and is —."],
        ["Of the 17 networks 3 were measured: a trial."],
        [],
    ]


def test_the_roof_falls_where_memory_is_the_limit() -> None:
    """To the left of the intensity at which both limits meet, in proportion."""
    rows = [row for row in runs.run().rows if row.of_peak]
    least = min(row.intensity for row in rows)
    picture = next(part for part in parts()["The limit"] if isinstance(part, Picture))
    assert f"below {report.digits(runs.BALANCE)} operations a byte" in picture.caption
    assert side_by_side_page.roof(rows) == [
        (least, least / runs.BALANCE),
        (runs.BALANCE, 1.0),
        (max(row.intensity for row in rows), 1.0),
    ]


def test_the_numbers_beside_a_plot_are_those_of_the_rows() -> None:
    """Each candidate's own, and a dash where it has none."""
    table = next(part for part in parts()["Time against size"] if isinstance(part, Table))
    assert [row[0] for row in table.rows] == list(GROWING)
    times = {(r.workload, r.candidate): r.seconds for r in runs.run().rows if r.dtype == "float64"}
    for cells in table.rows:
        for name, cell in zip(table.numbers[1:], cells[2:], strict=True):
            known = times.get((cells[0], name))
            assert cell == ("—" if known is None else report.seconds(known))


def test_a_bar_is_at_its_line_for_the_baseline_and_longer_for_what_is_faster() -> None:
    """On a scale from a hundredth to a hundred times; what is beyond stays at the end."""
    first = parts()["Speed"][1]
    bars = dict(zip(first.numbers, first.rows[0][1:], strict=True))
    assert bars["torch eager"] == Bar("1 ×", 0.5, 0.5)
    assert bars["looped"].length < 0.5 < bars["vectorised"].length < 1
    row = replace(runs.run().rows[0], speed=1e9)
    assert side_by_side_page._bar(row).length == 1
    assert side_by_side_page._bar(replace(row, tie=True)).words == "tie"


def test_no_part_of_the_peak_is_drawn_of_what_multiplies_no_matrices() -> None:
    """The normalisations; and the products alone are what they are of each row."""
    table = next(part for part in parts()["The limit"] if isinstance(part, Table))
    with_products = {row.workload for row in runs.run().rows if row.operations}
    assert {row[0] for row in table.rows} == with_products < set(WORKLOADS)
    for row in runs.run().rows:
        if row.operations:
            alone = row.operations / (runs.ALONE * runs.least(row.operations))
            assert side_by_side_page._alone(row) == pytest.approx(alone / runs.PEAK)


def test_what_is_drawn_is_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line for each candidate: numbers in the gradient across, and the figure up."""
    drawn = {}

    def noted(label, points, number):
        drawn[label] = points
        return Line(label, points, number, number)

    monkeypatch.setattr(side_by_side_page, "mark", noted)
    rows = [row for row in runs.run().rows if row.dtype == "float32"]
    for parts_of, field in (
        (side_by_side_page._times, "seconds"),
        (side_by_side_page._ratios, "speed"),
        (side_by_side_page._memory, "memory_bytes"),
    ):
        drawn.clear()
        list(parts_of("float32", rows))
        assert drawn == {
            name: [
                (row.size, getattr(row, field))
                for row in rows
                if row.candidate == name and row.workload in GROWING
            ]
            for name in runs.FACTORS
        }


def test_a_run_of_one_workload_without_products_has_its_page() -> None:
    """Which says what could not be drawn."""
    only = replace(runs.run(), rows=[r for r in runs.run().rows if r.workload == "batch norm"])
    found = parts(only)
    assert not any(isinstance(part, Picture) for several in found.values() for part in several)
    assert "nothing to draw" in found["The limit"][0]
    assert side_by_side_page.of_run(only).startswith("<!DOCTYPE html>")


def test_memory_that_was_not_measured_is_said_to_be_so() -> None:
    """The workloads were; and no table of dashes follows."""
    unknown = {"memory_bytes": None, "allocated_bytes": None, "allocations": None}
    rows = [replace(row, **unknown) for row in runs.run().rows]
    told = "Memory against size, {}: nothing to draw, as no process's memory was measured."
    told_of_both = [told.format(dtype) for dtype in ("float64", "float32")]
    assert parts(replace(runs.run(), rows=rows))["Memory"] == told_of_both
    counted = [replace(row, allocations=10) for row in rows]
    kinds = [type(part) for part in parts(replace(runs.run(), rows=counted))["Memory"]]
    assert kinds == [str, Table, str, Table]


def test_what_was_not_timed_is_said() -> None:
    """With its reason."""
    assert parts()["What was not timed"] == [
        "torch.compile is not timed on tiny: it does not work here: no compiler."
    ]


def test_a_history_grows_by_a_line_a_workload_and_dtype(tmp_path: Path) -> None:
    """And its page has a point for each run, the oldest first."""
    path = tmp_path / "history.jsonl"
    for number, speed in enumerate((1.5, 2.0, 2.5)):
        history.append(runs.run(speed, commit=f"{number}" * 40), path)
    found = history.read(path)
    assert len(found) == 3 * len(WORKLOADS) * 2
    assert {line["baseline"] for line in found} == {"torch eager"}
    asked = CliRunner().invoke(history.main, [str(path)])
    assert asked.exit_code == 0, asked.output
    text = (tmp_path / "history.html").read_text("utf-8")
    assert [text.index(f"{number}" * 40) for number in range(3)] == sorted(
        text.index(f"{number}" * 40) for number in range(3)
    )
    assert "2.5 ×" in text


def test_speeds_beside_another_baseline_are_not_remembered() -> None:
    """They would go on the same line of the page."""
    rows = [replace(row, baseline="vectorised") for row in runs.run().rows]
    assert list(history.lines(replace(runs.run(), rows=rows))) == []


def test_speeds_of_another_machine_are_left_out_and_counted(tmp_path: Path) -> None:
    """The machine that measured last is the one that is drawn."""
    path = tmp_path / "history.jsonl"
    history.append(runs.run(7.77, cpu="another"), path)
    history.append(runs.run(2.0), path)
    text = history.of_history(history.read(path))
    assert "7.77 ×" not in text
    assert f"{2 * len(WORKLOADS)} lines of other machines or libraries are left out." in text


def test_the_commit_is_that_of_the_working_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    """And unknown where there is none, or no git."""
    found = report.commit()
    assert set(found) == {"commit", "date", "changed"}

    def missing(*arguments: str) -> str:
        raise FileNotFoundError("git")

    monkeypatch.setattr(report, "_git", missing)
    assert report.commit() == dict.fromkeys(found)


@pytest.mark.parametrize(
    "text", ["", "not JSON", json.dumps({"schema_version": 9}), json.dumps({"schema_version": 1})]
)
def test_what_is_no_history_is_refused(tmp_path: Path, text: str) -> None:
    """In one sentence."""
    path = tmp_path / "history.jsonl"
    path.write_text(text)
    with pytest.raises(InvalidInput, match=r"is no history; give|must hold lines of version 1"):
        history.read(path)
    asked = CliRunner().invoke(history.main, [str(path)])
    assert asked.exit_code == 2
    assert f"Error: {path} " in asked.output


def test_every_candidate_has_a_line_of_its_own() -> None:
    """No two share both colour and dash."""
    marks = [side_by_side_page.mark(n, [(1, 1), (2, 2)], i) for i, n in enumerate(CANDIDATES)]
    assert len({(mark.colour % 6, mark.dash % 5) for mark in marks}) == len(CANDIDATES)
