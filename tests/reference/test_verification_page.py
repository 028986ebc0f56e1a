"""The page of `verify`: what is wrong comes first, with both numbers, and the case to replay."""

from __future__ import annotations

import math
import shlex
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from clinometer.architecture import Case
from clinometer.architecture.losses import L2Penalty
from clinometer.bisection import Located
from clinometer.campaign.coverage import coverage
from clinometer.campaign.findings import Finding
from clinometer.campaign.localisation import Blame
from clinometer.campaign.main_job import Results
from clinometer.campaign.run import Outcome
from clinometer.comparison import Comparison
from clinometer.dtypes import DTYPES
from clinometer.explaining import Explained
from clinometer.report.by_layer import errors_by_layer, worst_errors
from clinometer.report.html.findings import bar, wrong_places
from clinometer.report.html.verification import headline, verification
from clinometer.verdict import Verdict
from tests.pages import parsed, text
from tests.reference.results import CASE, JUDGES, RESULTS, RIGHT, UNSURE, WRONG

BROKEN = Comparison("1.bias", "contract", "disagree", "<b>no array</b>")
ODD = replace(WRONG, fault="complex_step", on_trial=1.0, reference=9.0)


def page(results: Results = RESULTS) -> ET.Element:
    return parsed(verification(results, JUDGES, 7))


def cells(root: ET.Element, caption: str) -> list[list[str]]:
    """Of the table of that caption, headings included."""
    (table,) = (t for t in root.iter("table") if text(t.find("caption")) == caption)
    return [[text(cell).strip() for cell in row] for row in table.iter("tr")]


def test_the_headline_says_what_is_wrong() -> None:
    """As title and as heading; what comes first is the summary, then what disagreed."""
    root = page()
    title = "Wrong gradients: looped dense: bias"
    assert [text(root.find(".//title")), text(root.find(".//h1"))] == [title, title]
    sections = [text(e) for e in root.iter("h2")]
    assert sections == [
        "Summary", "What disagreed", "Errors by layer", "Worst errors", "Subjects and witnesses",
        "Versions",
    ]  # fmt: skip
    assert "2 cases: 1 agree, 1 disagree" in text(root.find(".//main/section/p"))


def test_a_network_that_is_wrong_as_a_whole_has_no_arrays_to_name() -> None:
    """Nor a colon before them."""
    finding = replace(RESULTS.findings[0], blame=Blame("looped", "network", ()))
    assert headline(replace(RESULTS, findings=[finding])) == "Wrong gradients: looped network"


@pytest.mark.parametrize(
    "results,said",
    [
        (Results(), "Nothing was checked"),
        (Results(outcomes=[Outcome(CASE, {"a": Verdict((RIGHT,))})]), "All gradients are right"),
        (
            Results(outcomes=[Outcome(CASE, {"a": Verdict((UNSURE,))})]),
            "No gradient disagrees, but something is inconclusive",
        ),
        (replace(RESULTS, findings=[]), "There are gradients that disagree"),
        (
            replace(RESULTS, findings=RESULTS.findings * 3),
            "Wrong gradients: looped dense: bias (and 2 more)",
        ),
    ],
)
def test_every_end_has_its_headline(results: Results, said: str) -> None:
    """And a page."""
    assert headline(results) == said
    assert text(page(results).find(".//h1")) == said


def test_a_finding_has_place_numbers_witnesses_network_and_case() -> None:
    """In words and in tables; the copied line rebuilds the case."""
    root = page()
    (finding,) = (s for s in root.iter("section") if s.find("h3") is not None)
    said = text(finding)
    assert "What is wrong: layer 1 (dense), bias: element [0] is 2 on trial." in said
    assert "1 dense" in said
    assert "✗ wrong by itself" in said
    _, first, second = cells(root, "What each witness says of 1.bias")
    assert first == ["complex_step", "✗ disagree", "at [0]", "2", "1", "1e-16", "1e+16"]
    assert second[:3] == ["finite_difference", "? inconclusive", "the uncertainty hides it"]
    (_, row) = cells(root, "Error by layer, in the smallest case")
    assert row[:4] == ["1 dense", "bias", "✗ disagree", "complex_step"]
    command, subcommand, line = shlex.split(text(finding.find(".//code")))
    assert (command, subcommand) == ("clinometer", "replay")
    assert Case.from_json(line) == CASE


def test_a_finding_is_explained() -> None:
    """Elements found by bisection, the mistake that fits, or that none does."""
    finding = replace(
        RESULTS.findings[0],
        explained=(Explained("1.bias", "every element", ()),),
        located=Located("1.bias"),
    )
    said = text(page(replace(RESULTS, findings=[finding])))
    assert "What would explain it: bias, every element: no known mistake fits." in said
    assert "too close to their uncertainty to be traced" in said


@pytest.mark.parametrize(
    "kind,array,expected",
    [
        ("dense", "1.bias", {"1"}),
        ("mean_squared_error", "x", {"loss"}),
        ("l2_penalty", "1.weight", {"penalty"}),
        ("network", "1.weight", {"1"}),
        ("network", "x", set()),
    ],
)
def test_what_is_marked_in_the_network(kind: str, array: str, expected: set[str]) -> None:
    """The parts of the kind to blame; where none is, where the largest disagreement lies."""
    case = replace(CASE, architecture=replace(CASE.architecture, penalty=L2Penalty(0.5)))
    wrong = replace(WRONG, array=array)
    blamed = Finding(Blame("looped", kind, ("bias",)), 1, case, wrong, Verdict((wrong,)))
    assert wrong_places(blamed) == expected


def test_errors_by_layer_count_arrays_and_leave_out_who_is_wrong_himself() -> None:
    """The largest error is that of the gradient on trial."""
    outcomes = [Outcome(CASE, {"a": Verdict((RIGHT, ODD))}), *RESULTS.outcomes]
    (errors,) = errors_by_layer(outcomes)
    assert (errors.kind, dict(errors.arrays)) == ("dense", {"agree": 4, "disagree": 1})
    assert errors.largest == pytest.approx(1e16)
    (alone,) = errors_by_layer(outcomes[:1])
    assert alone.largest == pytest.approx(0.1)


def test_worst_errors_are_the_largest_each_array_once() -> None:
    """What is no number is worse than any."""
    nothing = replace(WRONG, array="x", error=math.nan, on_trial=math.nan)
    found = worst_errors([*RESULTS.outcomes, Outcome(CASE, {"mine": Verdict((nothing,))})], 10)
    assert [(w.subject, w.array) for w in found] == [
        ("mine", "the network's input"),
        ("looped", "dense: bias"),
        ("mine", "dense: bias"),
    ]
    assert len(worst_errors(RESULTS.outcomes, 1)) == 1


def test_what_breaks_the_contract_is_shown_with_its_reason_escaped() -> None:
    """Though it has no numbers."""
    verdict = Verdict((BROKEN,))
    finding = Finding(Blame("looped", "dense", ("bias",)), 1, CASE, BROKEN, verdict)
    root = page(replace(RESULTS, findings=[finding]))
    _, row = cells(root, "What each witness says of 1.bias")
    assert row == ["contract", "✗ disagree", "<b>no array</b>", "", "", "", ""]


def test_the_odd_one_out_is_named() -> None:
    """With one case."""
    root = page(Results(outcomes=[Outcome(CASE, {"a": Verdict((RIGHT, ODD))})]))
    said = text(root)
    assert "complex_step is the odd one out in 1 cases; 1.bias [0]: it says 9, all others 1" in said


def test_bars_are_logarithmic_and_stay_in_their_track() -> None:
    """Agreement ends at the line."""
    assert bar(1.0).length == bar(1.0).line
    assert bar(0.5).length < bar(1.0).line < bar(2.0).length
    assert (bar(0.0).length, bar(math.inf).length) == (0, 1)
    assert bar(1e12).words == "1e+12"


def test_coverage_has_every_count() -> None:
    """Folded away, under how many were never exercised."""
    covered = replace(RESULTS, coverage=coverage([CASE], DTYPES))
    root = page(covered)
    assert ["dense", "1"] in cells(root, "layers")
    counts = covered.coverage.counts["layers"]
    lines = [text(e) for e in root.iter("summary")]
    assert f"All {len(counts)} layers, {len(counts) - 1} of them never exercised" in lines


def test_versions_and_seed_are_told() -> None:
    """Of what the oracles rest on too."""
    found = dict(cells(page(), "What all of this was found with")[1:])
    assert found["seed of the cases"] == "7"
    assert {"python", "clinometer", "numpy"} <= set(found)
