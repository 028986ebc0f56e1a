"""The page of `clinometer mutants`: what survived, what was named wrongly, and every trial."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clinometer.comparison import Status
from clinometer.mutants.run import FEW, Results
from clinometer.mutants.trial import Result
from clinometer.report.document import versions
from clinometer.report.html import Copyable, Folded, Section, Table, page
from clinometer.report.mutants import HEADINGS, row, summary


def catches(results: Results, oracles: Sequence[str], seed: int) -> str:
    """The whole page; `oracles` are those that were asked."""
    return page(headline(results), _status(results), list(_sections(results, oracles, seed)))


def _status(results: Results) -> Status | None:
    """Of the checker; none where it was not tried."""
    if not results.results:
        return None
    return "disagree" if results.survivors or results.alarms else "agree"


def headline(results: Results) -> str:
    """What a reader in a hurry has to know."""
    if not results.results:
        return "Nothing was tried"
    if results.alarms:
        return f"{len(results.alarms)} false alarms without a mistake"
    if results.survivors:
        return f"{len(results.survivors)} of {len(results.results)} seeded mistakes survived"
    return "All seeded mistakes were caught"


def _sections(results: Results, oracles: Sequence[str], seed: int) -> Iterator[Section]:
    yield Section("Summary", [summary(results) + ".", _table("Survivors", results.survivors)])
    named = [r for r in results.caught if not (r.layer_right and r.gradients_right)]
    called = [result for result in results.caught if result.diagnosis_right is False]
    late = [result for result in results.caught if result.cases > FEW]
    if results.alarms:
        alarms = [Copyable("A case without a mistake", case) for case in results.alarms]
        yield Section("False alarms", alarms)
    yield Section("Named wrongly", [_table("The layer or the gradient", named)])
    yield Section("Called wrongly", [_table("Another mistake, or none, was told", called)])
    yield Section("Hard to reach", [_table(f"Caught after more than {FEW} cases", late)])
    every = _table("Every mistake before every layer that it spoils", results.results)
    yield Section("All trials", [Folded(f"All {len(results.results)}", [every, *_cases(results)])])
    yield Section("Versions", [_versions(oracles, seed)])


def _table(caption: str, several: Sequence[Result]) -> Table:
    """With the number of cases, the only number, last."""
    place = HEADINGS.index("cases")
    rows = [[*cells[:place], *cells[place + 1 :], cells[place]] for cells in map(row, several)]
    names = (*HEADINGS[:place], *HEADINGS[place + 1 :])
    return Table(caption, names, HEADINGS[place : place + 1], rows, "" if rows else "None.")


def _cases(results: Results) -> Iterator[Copyable]:
    """The cases that caught the mistakes which took the most of them."""
    for result in sorted(results.caught, key=lambda result: -result.cases)[:10]:
        yield Copyable(f"The case that caught {result.mutant}", result.case)


def _versions(oracles: Sequence[str], seed: int) -> Table:
    found = versions(["clinometer", "numpy", "hypothesis"], oracles)
    cells = [[name, number] for name, number in [*found.items(), ("seed of the cases", str(seed))]]
    return Table("What all of this was found with", ("what", "version"), (), cells)
