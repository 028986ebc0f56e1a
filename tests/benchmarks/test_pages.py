"""The page of a run: every plot has its numbers beside it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks import differences, large, loops, report, tables
from benchmarks.candidates import CANDIDATES
from benchmarks.pages import drawing, gradients, roofline, whole
from benchmarks.pages import parts as pages_of_parts
from benchmarks.workloads import GROWING, WORKLOADS
from clinometer.report.html import Bar, Folded, Picture, Section, Table
from clinometer.report.plot import Line
from tests.benchmarks import runs


def parts(run=None) -> dict[str, list]:
    """Those of each section, the folded ones laid open."""
    sections = whole.sections(run or runs.whole())
    return {section.heading: list(_open(section)) for section in sections}


def _open(part):
    for inner in part.parts:
        yield from _open(inner) if isinstance(inner, Section | Folded) else [inner]


def test_there_is_every_plot_for_both_dtypes_with_a_table_of_its_numbers() -> None:
    """Times, ratios, memory and the roofline."""
    found = parts()
    for heading in ("Time against size", "Speed against size", "Memory", "The limit"):
        kinds = [type(part) for part in found[heading]]
        assert kinds.count(Picture) == 2
        assert kinds.count(Table) >= 2


def test_every_other_part_has_its_words_a_plot_and_all_its_numbers() -> None:
    """The differences one for each activation; and none of it where it was not measured."""
    found, alone = parts(), parts(runs.run())
    for part in tables.parts(runs.whole()):
        words, *pictures, table = found[part.title]
        assert words == part.explanation
        assert {type(picture) for picture in pictures} == {Picture}
        assert len(pictures) == (2 if part.title == differences.TITLE else 1)
        assert (table.names, table.numbers, table.rows) == (part.names, part.numbers, part.lines)
        assert part.title not in alone
    without = parts(replace(runs.run(), lines=runs.points()))
    assert list(without) == [loops.TITLE, "What was not timed", "Machine"]


def test_what_is_drawn_of_the_other_parts_is_what_was_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ratios against size; evaluations against the error; cases judged against the time."""
    drawn = []

    def noted(plot):
        drawn.append({mark.label: list(mark.points) for mark in plot.marks})
        return Picture("", plot.title)

    monkeypatch.setattr(pages_of_parts, "picture", noted)
    parts()
    curves, tanh, relu, evaluations, rates = drawn
    assert curves["width"] == [(n, pytest.approx(10 * n**0.5)) for n in (4, 8, 16)]
    assert curves["width^0.50"] == [(n, pytest.approx(10 * n**0.5)) for n in (4.0, 8.0, 16.0)]
    ways = {name: factor for name, factor in runs.SLOPES.items() if name != differences.BACKWARD}
    for drawn_lines in (tanh, relu):
        assert drawn_lines == {
            name: [
                (size, pytest.approx(factor))
                for size in (100, 10_000)
                if (size, name) != (10_000, differences.CENTRAL)
            ]
            for name, factor in ways.items()
        }
    assert evaluations["the most"] == [(error, 90) for error in large.RELATIVE_ERRORS]
    assert evaluations["the fewest"] == [(error, 70) for error in large.RELATIVE_ERRORS]
    for rate in runs.rates():
        times = sorted(rate.case_seconds)
        assert rates[rate.candidate] == list(zip(times, (0.25, 0.5, 0.75, 1.0), strict=True))


def test_the_roof_falls_where_memory_is_the_limit() -> None:
    """To the left of the intensity at which both limits meet, in proportion."""
    rows = [row for row in runs.run().rows if row.of_peak]
    least = min(row.intensity for row in rows)
    picture = next(part for part in parts()["The limit"] if isinstance(part, Picture))
    assert f"below {report.digits(runs.BALANCE)} operations a byte" in picture.caption
    assert roofline.roof(rows) == [
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
    assert gradients._bar(row).length == 1
    assert gradients._bar(replace(row, tie=True)).words == "tie"


def test_no_part_of_the_peak_is_drawn_of_what_multiplies_no_matrices() -> None:
    """The normalisations; and the products alone are what they are of each row."""
    table = next(part for part in parts()["The limit"] if isinstance(part, Table))
    with_products = {row.workload for row in runs.run().rows if row.operations}
    assert {row[0] for row in table.rows} == with_products < set(WORKLOADS)
    for row in runs.run().rows:
        if row.operations:
            alone = row.operations / (runs.ALONE * runs.least(row.operations))
            assert roofline._alone(row) == pytest.approx(alone / runs.PEAK)


def test_what_is_drawn_is_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line for each candidate: numbers in the gradient across, and the figure up."""
    drawn = {}

    def noted(label, points, number):
        drawn[label] = points
        return Line(label, points, number, number)

    monkeypatch.setattr(gradients, "mark", noted)
    rows = [row for row in runs.run().rows if row.dtype == "float32"]
    for parts_of, field in (
        (gradients.times, "seconds"),
        (gradients.ratios, "speed"),
        (gradients.memory, "memory_bytes"),
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
    only = replace(runs.run(), lines=[r for r in runs.run().rows if r.workload == "batch norm"])
    found = parts(only)
    assert not any(isinstance(part, Picture) for several in found.values() for part in several)
    assert "nothing to draw" in found["The limit"][0]
    assert whole.of_run(only).startswith("<!DOCTYPE html>")


def test_memory_that_was_not_measured_is_said_to_be_so() -> None:
    """The workloads were; and no table of dashes follows."""
    unknown = {"memory_bytes": None, "allocated_bytes": None, "allocations": None}
    rows = [replace(row, **unknown) for row in runs.run().rows]
    told = "Memory against size, {}: nothing to draw, as no process's memory was measured."
    told_of_both = [told.format(dtype) for dtype in ("float64", "float32")]
    assert parts(replace(runs.run(), lines=rows))["Memory"] == told_of_both
    counted = [replace(row, allocations=10) for row in rows]
    kinds = [type(part) for part in parts(replace(runs.run(), lines=counted))["Memory"]]
    assert kinds == [str, Table, str, Table]


def test_what_was_not_timed_is_said() -> None:
    """With its reason."""
    assert parts()["What was not timed"] == [
        "torch.compile is not timed on tiny: it does not work here: no compiler."
    ]


def test_every_candidate_has_a_line_of_its_own() -> None:
    """No two share both colour and dash."""
    marks = [drawing.mark(n, [(1, 1), (2, 2)], i) for i, n in enumerate(CANDIDATES)]
    assert len({(mark.colour % 6, mark.dash % 5) for mark in marks}) == len(CANDIDATES)
