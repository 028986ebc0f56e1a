"""Anyone's gradient, with nothing to tune: one function, one gradient, one verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from clinometer import exploration, forward_mode, second_order
from clinometer.adapters.references import with_reference
from clinometer.adapters.trial import SUBJECT, Trial, put_on_trial
from clinometer.comparison import Comparison, Status
from clinometer.errors import InvalidInput
from clinometer.estimate import Oracle
from clinometer.examination import CONFIRMATIONS, Examination
from clinometer.faults import of_another_call, of_the_gradient
from clinometer.leniency import forgiven
from clinometer.plan import BUDGET, plan
from clinometer.power import Power, resolutions
from clinometer.verdict import Verdict


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
    """

    function: str = ""
    dtype: str = "float64"
    power: Power | None = None
    ledger: Mapping[str, str] = field(default_factory=dict)
    strict: bool = False
    vacuous: bool = False
    evaluations: int = 0

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
        if self.strict and self.ledger:
            return f"strict: {len(self.ledger)} things were not checked"
        return ""

    @property
    def arrays(self) -> dict[str, Status]:
        """The status of each array; the function's `value` is among them only if it is wrong."""
        found = {n: s for n, s in super().arrays.items() if n != "value" or s == "disagree"}
        if self.vacuous:
            return {n: "inconclusive" if s == "agree" else s for n, s in found.items()}
        return found

    @property
    def findings(self) -> tuple[Comparison, ...]:
        """What is wrong, the largest error in units of its uncertainty first."""
        return tuple(self.disagreements)

    @property
    def title(self) -> str:
        """The verdict in a line."""
        calls = f"{self.dtype}, {self.evaluations} evaluations"
        reason = f", {self.reason}" if self.reason and self.status == "inconclusive" else ""
        return f"{self.function}: {self.status}{reason} ({calls})"

    def __str__(self) -> str:
        from clinometer.report.check_table import as_text

        return as_text(self, self.title, self.power, self.ledger)

    def __repr__(self) -> str:
        return f"<{self.title}>"

    def _repr_html_(self) -> str:
        from clinometer.report.check_table import as_html

        return as_html(self, self.title, self.power, self.ledger)


def check(
    fn: Callable[..., Any],
    args: Sequence[Any],
    grad: Callable[..., Any] | None = None,
    vjp: Callable[..., Any] | None = None,
    *,
    jvp: Callable[..., Any] | None = None,
    reference: Callable[..., Any] | None = None,
    seed: int = 0,
    oracles: Sequence[str] | None = None,
    budget: int = BUDGET,
    rtol: float | None = None,
    order: int = 1,
    explore: bool = False,
    strict: bool = False,
) -> CheckVerdict:
    """The verdict on the gradient of a function at its arguments.

    Args:
        fn: from the arguments to an array or a number, or to a tuple or dict of them; or a
            module of PyTorch, whose parameters are arguments as well.
        args: the arguments, which are arrays of any shapes or trees of them. Leaves of integers,
            of booleans or of no array are held fixed.
        grad: of a NumPy function that returns one number: from the arguments to its gradients,
            one for each argument, None where there is none.
        vjp: of any function: the same from a cotangent, which is a tree like the outputs, and
            the arguments. Without either, the gradient on trial is PyTorch's or JAX's own
            through the function.
        jvp: the forward mode by hand, which is on trial as well: from the tangents, a tuple like
            the arguments with None for what is held fixed, and the arguments to the tangents of
            the outputs.
        reference: a plain implementation of the same function in NumPy, PyTorch or JAX.
        seed: of the cotangents.
        oracles: the names of those to ask; as many as the budget allows unless given.
        budget: how often the function may be called, about, where nothing is wrong.
        rtol: asks for less than the arithmetic allows: an error in any element that is at most
            this part of its array's largest number is accepted, and the verdict says so.
        order: 2 to put the derivative of the gradient on trial as well.
        explore: whether to look at other points too: zeros, ties, other signs, large offsets,
            repeated indices.
        strict: whether anything that was not checked is enough for `inconclusive`.

    Raises:
        InvalidInput: in one sentence, where this cannot be judged at all.
    """
    if order not in (1, 2):
        raise InvalidInput(f"order should be 1 or 2, and is {order}")
    trial = put_on_trial(fn, args, grad, vjp, seed)
    more: dict[str, Oracle] = {}
    if reference is not None:
        trial, more = with_reference(trial, reference)
    asked = plan(trial.problem, SUBJECT, oracles or (), budget) | more
    examination, ledger = _where_it_moves(Examination(trial.problem, asked))
    found, evidence = examination.verdict(SUBJECT), examination.evidence
    ledger |= {**trial.unchecked, **evidence.refusals, **_kinks(found)}
    comparisons = list(found.comparisons)
    if jvp is not None and not evidence.failure:
        right = [n for n, s in found.arrays.items() if s == "agree" and n != "value"]
        formula = examination.formula(SUBJECT)
        comparisons += forward_mode.examine(trial, jvp, formula, right, budget)
    if order == 2 and not evidence.failure:
        comparisons += second_order.examine(trial, budget)
    if explore:
        elsewhere, outside = exploration.examine(trial, budget)
        comparisons, ledger = comparisons + elsewhere, ledger | outside
    if rtol is not None:
        comparisons = [forgiven(c, rtol, examination) for c in comparisons]
    return CheckVerdict(
        tuple(comparisons),
        found.enclosure,
        function=_name(fn),
        dtype=trial.problem.dtype,
        power=None if evidence.failure else _power(trial, examination, found),
        ledger=ledger,
        strict=strict,
        vacuous=evidence.vacuous,
        evaluations=trial.function.calls,
    )


def _where_it_moves(here: Examination) -> tuple[Examination, dict[str, str]]:
    """The point given, or one nearby where the function is stationary here and not there.

    What disagrees with a gradient of zero does so here.
    """
    if here.evidence.vacuous and here.verdict(SUBJECT).status != "disagree":
        for number in range(1, CONFIRMATIONS + 1):
            there = Examination(here.problem.nudged(number), here.oracles)
            if not there.evidence.vacuous:
                why = "the function is stationary there; one nearby was judged"
                return there, {"the point given": why}
    return here, {}


def assert_gradients(fn: Callable[..., Any], args: Sequence[Any], **settings: Any) -> CheckVerdict:
    """The verdict of `check` with the same settings.

    Raises AssertionError with its table unless it is `agree`.
    """
    __tracebackhide__ = True
    return require_agreement(check(fn, args, **settings))


def require_agreement(verdict: CheckVerdict) -> CheckVerdict:
    """The verdict. Raises AssertionError with its table unless it is `agree`."""
    __tracebackhide__ = True  # pytest shows the caller's line, not this one
    if verdict.status != "agree":
        raise AssertionError(str(verdict))
    return verdict


def _name(fn: Any) -> str:
    """What it is called; a `torch.autograd.Function` goes by its own name, not as `apply`."""
    owner = getattr(fn, "__self__", None)
    named = owner if hasattr(owner, "forward") else fn
    return str(getattr(named, "__name__", type(named).__name__))


def _power(trial: Trial, examination: Examination, found: Verdict) -> Power:
    formula, evidence = examination.formula(SUBJECT), examination.evidence

    def faults() -> Any:
        return chain(of_the_gradient(formula, trial.batch), of_another_call(formula, trial))

    return Power(resolutions(found.comparisons, formula, evidence), formula, evidence, faults)


def _kinks(found: Verdict) -> dict[str, str]:
    """The arrays along which the point lies on a kink."""
    most = {c.array: 0 for c in found.comparisons if c.kinks}
    for c in found.comparisons:
        most[c.array] = max(most.get(c.array, 0), c.kinks)
    return {
        f"{name} on a kink": f"{count} of its slopes, each of which may be any between two sides"
        for name, count in most.items()
        if count
    }
