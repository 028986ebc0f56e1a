"""What a run of pytest checked, inconclusively where, and how small an error it would have seen."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from clinometer.check_verdict import CheckVerdict

#: The property of a test's report that holds its tally; pytest-xdist brings it from its workers.
PROPERTY = "clinometer"
#: As many tests with inconclusive verdicts are named.
MOST = 10


@dataclass
class Tally:
    """What the checks of one test came to.

    Attributes:
        statuses: how many verdicts were of each status.
        inconclusive: the first inconclusive verdict, in a line.
        weakest: of the arrays that agree, the one of which an error had to be the largest part to
            be caught: that part, the array and the function.
        zero: how many gradients were zero, of which no error is a part.
    """

    statuses: Counter[str] = field(default_factory=Counter)
    inconclusive: str = ""
    weakest: tuple[float, str, str] = (0.0, "", "")
    zero: int = 0

    def add(self, verdict: CheckVerdict, rtol: float) -> None:
        """One more verdict, which forgave errors up to `rtol` of an array's largest number."""
        self.statuses[verdict.status] += 1
        if verdict.status == "inconclusive":
            self.inconclusive = self.inconclusive or verdict.title
        for name, seen in (verdict.power.arrays if verdict.power else {}).items():
            if verdict.arrays.get(name) != "agree":
                continue
            if seen.relative == float("inf"):
                self.zero += 1
            else:
                relative = max(float(seen.relative), rtol)
                self.weakest = max(self.weakest, (relative, name, verdict.function))

    def attach(self, item: pytest.Item) -> None:
        """Sends it along with the test's report, in place of what an earlier attempt left."""
        item.user_properties[:] = [p for p in item.user_properties if p[0] != PROPERTY]
        if self.statuses:
            item.user_properties.append((PROPERTY, json.dumps(vars(self))))


class Summary:
    """A section of the terminal's report, on all tests wherever they ran."""

    def __init__(self) -> None:
        self.tests: dict[str, Tally] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "teardown":
            for text in (value for name, value in report.user_properties if name == PROPERTY):
                self.tests[report.nodeid] = Tally(**json.loads(str(text)))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.tests:
            terminalreporter.section("gradients")
            for line in self._lines():
                terminalreporter.line(line)

    def _lines(self) -> Iterator[str]:
        yield self._counts()
        unsure = [f"{test}: {t.inconclusive}" for test, t in self.tests.items() if t.inconclusive]
        yield from unsure[:MOST]
        if len(unsure) > MOST:
            yield f"and inconclusive verdicts in {len(unsure) - MOST} more tests"
        test, tally = max(self.tests.items(), key=lambda pair: pair[1].weakest[0])
        relative, array, function = tally.weakest
        if relative:
            yield (
                f"weakest power: {test}: in {array} of {function} a relative error of "
                f"{relative:.1e} would have been caught, a smaller one perhaps not"
            )
        if zero := sum(tally.zero for tally in self.tests.values()):
            yield f"gradients that were zero, of which no error is a part: {zero}"

    def _counts(self) -> str:
        statuses = sum((Counter(tally.statuses) for tally in self.tests.values()), Counter[str]())
        counts = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
        return (
            f"{_plural(statuses.total(), 'check')} in {_plural(len(self.tests), 'test')}: {counts}"
        )


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
