"""Anyone's gradient, with nothing to tune: one function, one gradient, one verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clinometer.adapters.trial import SUBJECT, put_on_trial
from clinometer.comparison import Status
from clinometer.examination import Examination
from clinometer.plan import BUDGET, plan
from clinometer.verdict import Verdict


@dataclass(frozen=True)
class CheckVerdict(Verdict):
    """What `check` says of a gradient.

    Attributes:
        ledger: what was not checked, by name, and why.
        reason: why the whole is not what its arrays are, if it is not.
        evaluations: how often the function was called.
    """

    ledger: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    evaluations: int = 0

    @property
    def status(self) -> Status:
        """The worst status of any array; inconclusive at best where there is a reason."""
        found = super().status
        return "inconclusive" if found == "agree" and self.reason else found


def check(
    fn: Callable[..., Any],
    args: Sequence[Any],
    grad: Callable[..., Any] | None = None,
    vjp: Callable[..., Any] | None = None,
    *,
    seed: int = 0,
    oracles: Sequence[str] | None = None,
    budget: int = BUDGET,
    strict: bool = False,
) -> CheckVerdict:
    """The verdict on a gradient."""
    trial = put_on_trial(fn, args, grad, vjp, seed)
    asked = plan(trial.problem, SUBJECT, oracles or (), budget)
    examination = Examination(trial.problem, asked)
    found = examination.verdict(SUBJECT)
    evidence = examination.evidence
    ledger = {**trial.unchecked, **evidence.refusals}
    reason = "vacuous" if evidence.vacuous else "strict" if strict and ledger else ""
    return CheckVerdict(found.comparisons, found.enclosure, ledger, reason, trial.function.calls)


def assert_gradients(fn: Callable[..., Any], args: Sequence[Any], **settings: Any) -> None:
    """Raises AssertionError with the verdict's table unless the gradient agrees."""
    verdict = check(fn, args, **settings)
    if verdict.status != "agree":
        raise AssertionError(str(verdict))
