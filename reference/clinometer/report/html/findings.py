"""A finding for a page: what is wrong, where, who says so, why, its network, and its case."""

from __future__ import annotations

import math
from collections.abc import Iterator

from clinometer.campaign.findings import Finding
from clinometer.comparison import Comparison
from clinometer.report.by_layer import INPUT, VALUE, judged, kinds, size
from clinometer.report.finding import described, place, replay, where, why
from clinometer.report.html import Bar, Cell, Copyable, Part, Picture, Section, Table
from clinometer.report.network import in_words, network, places

#: Where the bars of errors begin and end, in powers of ten; agreement ends at 0.
POWERS = -4, 18
NUMBERS = ("on trial", "witness says", "uncertainty", "error / uncertainty")
BARS = "The bars are logarithmic; beyond the line at 1 an error is a disagreement."


def section(number: int, finding: Finding) -> Section:
    """All that there is to say of one finding."""
    return Section(f"{number}. {finding.blame}", list(_parts(finding)))


def _parts(finding: Finding) -> Iterator[Part]:
    architecture, wrong = finding.case.architecture, wrong_places(finding)
    yield from (f"What is wrong: {line}." for line in where(finding))
    yield from (f"What would explain it: {line}." for line in why(finding))
    yield f"Wrong by itself in {finding.cases} of the cases taken apart."
    yield f"The smallest case that shows it: {described(finding.case)}."
    yield Copyable("The case to replay", replay(finding.case))
    yield _witnesses(finding)
    yield Picture(network(architecture, wrong), in_words(architecture, wrong))
    yield _by_layer(finding)


def wrong_places(finding: Finding) -> set[str]:
    """The paths of the layers of the kind to blame, or `loss` or `penalty`.

    Where no part is to blame by itself, that of the array with the largest disagreement.
    """
    architecture = finding.case.architecture
    parts = kinds(architecture) | {
        path: part.kind
        for path, part in (("loss", architecture.loss), ("penalty", architecture.penalty))
        if part
    }
    blamed = {path for path, kind in parts.items() if kind == finding.blame.kind}
    return blamed or {finding.comparison.array.rpartition(".")[0]} & set(parts)


def _witnesses(finding: Finding) -> Table:
    """Both numbers, as every witness has them."""
    array = finding.comparison.array
    about = [c for c in finding.verdict.comparisons if c.array == array]
    rows = [[c.witness, c.status, _remark(c), *numbers(c)] for c in about]
    names = ("witness", "verdict", "where, or why not")
    return Table(f"What each witness says of {array}", names, NUMBERS, rows, BARS)


def _remark(c: Comparison) -> str:
    return "it is wrong itself" if c.fault else c.reason or place(c)


def _by_layer(finding: Finding) -> Table:
    """The largest error of each array, in the order of the network."""
    names, statuses = places(finding.case.architecture), finding.verdict.arrays
    rows = []
    for array, status in statuses.items():
        about = judged(c for c in finding.verdict.comparisons if c.array == array)
        worst = max(about, key=size, default=None)
        path, _, name = array.rpartition(".")
        layer = names[path] if path else INPUT if name == "x" else VALUE
        cells = [worst.witness, *numbers(worst)] if worst else ["", "", "", "", ""]
        rows.append([layer, name if path else "", status, *cells])
    headings = ("layer", "parameter", "verdict", "worst by")
    return Table("Error by layer, in the smallest case", headings, NUMBERS, rows, BARS)


def numbers(c: Comparison) -> list[Cell]:
    """Both numbers, how sure they are, and how far apart; nothing where there are none."""
    if not c.index and math.isnan(c.error):
        return ["", "", "", ""]
    return [f"{c.on_trial:.10g}", f"{c.reference:.10g}", f"{c.uncertainty:.1g}", bar(size(c))]


def bar(ratio: float) -> Bar:
    """An error in units of its uncertainty."""
    low, high = POWERS
    power = min(high, max(low, math.log10(ratio))) if ratio > 0 else low
    return Bar(f"{ratio:.2g}", (power - low) / (high - low), -low / (high - low))
