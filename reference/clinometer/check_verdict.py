"""What `check` says of somebody's gradient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clinometer.comparison import Status
from clinometer.conduct import CHANCE, VARIES
from clinometer.findings import Finding
from clinometer.power import Power
from clinometer.verdict import Verdict

if TYPE_CHECKING:
    from clinometer.report.check_table import CheckTable


@dataclass(frozen=True, repr=False)
class CheckVerdict(Verdict):
    """What `check` says of a gradient.

    Attributes:
        function: its name.
        dtype: in which the gradient is on trial.
        power: the smallest errors that this run would have caught, array by array, and what
            became of faults put into the gradient; None where the function gave no value.
        ledger: what was not checked, by name, and why.
        strict: whether a ledger that is not empty is enough for `inconclusive`.
        vacuous: nothing could have been caught, as any gradient would have passed.
        evaluations: how often the function was called.
        findings: what is wrong, array by array, that which is clearest first.
        explaining: how often the function was called besides to learn that.
        doubt: what else keeps the gradient from being judged at the point, if anything does.
        no_gaps: names in the ledger that are no gaps: nothing of the gradient at the arguments
            given is left unchecked by them, so that `strict` lets them pass.
    """

    function: str = ""
    dtype: str = "float64"
    power: Power | None = None
    ledger: Mapping[str, str] = field(default_factory=dict)
    strict: bool = False
    vacuous: bool = False
    evaluations: int = 0
    findings: tuple[Finding, ...] = ()
    explaining: int = 0
    doubt: str = ""
    no_gaps: frozenset[str] = frozenset()

    @property
    def status(self) -> Status:
        """The worst status of any array; `inconclusive` at best where there is a reason."""
        found = super().status
        return "inconclusive" if found == "agree" and self.reason else found

    @property
    def reason(self) -> str:
        """Why the whole is inconclusive though no array disagrees, if it is."""
        if self.vacuous:
            return "vacuous: the function does not change around this point"
        if any((c.array, c.witness) == VARIES for c in self.comparisons):
            return CHANCE
        if self.doubt:
            return self.doubt
        if self.strict and (gaps := self.ledger.keys() - self.no_gaps):
            return f"strict: {len(gaps)} things were not checked"
        return ""

    @property
    def arrays(self) -> dict[str, Status]:
        """The status of each array; the function's `value` is among them only if it is wrong."""
        found = {n: s for n, s in super().arrays.items() if n != "value" or s == "disagree"}
        if self.vacuous:
            return {n: "inconclusive" if s == "agree" else s for n, s in found.items()}
        return found

    @property
    def title(self) -> str:
        """The verdict in a line."""
        calls = f"{self.dtype}, {self.evaluations} evaluations"
        calls += f" and {self.explaining} to explain" if self.explaining else ""
        reason = f", {self.reason}" if self.reason and self.status == "inconclusive" else ""
        return f"{self.function}: {self.status}{reason} ({calls})"

    @property
    def table(self) -> CheckTable:
        """What there is to print."""
        from clinometer.report.check_table import CheckTable

        return CheckTable(self, self.title, self.power, self.findings, self.ledger)

    def __str__(self) -> str:
        return self.table.text()

    def __repr__(self) -> str:
        return f"<{self.title}>"

    def _repr_html_(self) -> str:
        return self.table.html()
