"""Anyone's gradient, with nothing to tune: one function, one gradient, one verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from clinometer import conduct, exploration, forward_mode, second_order, sides
from clinometer.adapters.references import with_reference
from clinometer.adapters.trial import SUBJECT, Trial, put_on_trial
from clinometer.check_verdict import CheckVerdict
from clinometer.coarseness import told
from clinometer.comparison import Comparison
from clinometer.errors import InvalidInput
from clinometer.estimate import Oracle
from clinometer.examination import CONFIRMATIONS, Examination
from clinometer.faults import of_another_call, of_the_gradient
from clinometer.findings import find
from clinometer.jumps import jumps_at
from clinometer.leniency import forgiven
from clinometer.plan import BUDGET, plan
from clinometer.power import Power, resolutions
from clinometer.verdict import Verdict

#: What is told of an argument that nothing depends on.
UNMOVED = "it has no influence on the value"
#: Why nothing agrees at the point given.
JUMPS = "the function jumps at the point given"
#: Of an array with an element that does not lie between the two sides.
BY_CONVENTION = "what the kinks of several operations add up to by convention"


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
    if rtol is not None and not 0 <= rtol < math.inf:
        raise InvalidInput(f"rtol should be a number from 0 up, and is {rtol}")
    trial = put_on_trial(fn, args, grad, vjp, seed)
    settings = _Settings(jvp, reference, seed, oracles or (), budget, rtol, order, explore, strict)
    return replace(_judged(trial, settings), function=name_of(fn))


@dataclass(frozen=True)
class _Settings:
    """Those of `check`."""

    jvp: Callable[..., Any] | None
    reference: Callable[..., Any] | None
    seed: int
    oracles: Sequence[str]
    budget: int
    rtol: float | None
    order: int
    explore: bool
    strict: bool


def _judged(trial: Trial, settings: _Settings) -> CheckVerdict:
    more: dict[str, Oracle] = {}
    if settings.reference is not None:
        trial, more = with_reference(trial, settings.reference)
    asked = plan(trial.problem, SUBJECT, settings.oracles, settings.budget) | more
    here = Examination(trial.problem, asked)
    doubt = JUMPS if not here.evidence.failure and jumps_at(trial.problem) else ""
    examination, ledger = _where_it_moves(here, "jumps" if doubt else "is stationary")
    found, evidence = examination.verdict(SUBJECT), examination.evidence
    held = sides.Held() if doubt else sides.examine(trial, examination, found)
    ledger |= {**trial.unchecked, **evidence.refusals, **_kinks(found, held.by_convention)}
    unmoved = {n: UNMOVED for estimate in evidence.estimates for n in estimate.unmoved}
    comparisons = [*found.comparisons, *held.comparisons]
    comparisons += _of_other_derivatives(trial, examination, settings)
    if settings.explore:
        elsewhere, outside = exploration.examine(trial, settings.budget)
        comparisons, ledger = comparisons + elsewhere, ledger | outside
    between, untried, not_taken = conduct.examine(
        trial, comparisons, settings.seed, settings.explore
    )
    comparisons = conduct.settled(comparisons + between)
    comparisons = [told(c, trial, examination) for c in comparisons]
    if settings.rtol is not None:
        comparisons = [forgiven(c, settings.rtol, examination) for c in comparisons]
    verdict = CheckVerdict(
        tuple(comparisons),
        found.enclosure,
        dtype=trial.problem.dtype,
        power=None if evidence.failure else _power(trial, examination, found),
        ledger=ledger | untried | not_taken | unmoved,
        strict=settings.strict,
        vacuous=evidence.vacuous,
        doubt=doubt or held.doubt,
        evaluations=trial.function.calls,
        no_gaps=frozenset({*not_taken, *unmoved}),
    )
    return _explained(verdict, trial, examination) if verdict.status == "disagree" else verdict


def _of_other_derivatives(
    trial: Trial, examination: Examination, settings: _Settings
) -> Iterator[Comparison]:
    """The forward mode's, where there is one, and the second order's, where it is asked for."""
    if examination.evidence.failure:
        return
    if settings.jvp is not None:
        arrays = examination.verdict(SUBJECT).arrays
        right = [name for name, s in arrays.items() if s == "agree" and name != "value"]
        formula = examination.formula(SUBJECT)
        yield from forward_mode.examine(trial, settings.jvp, formula, right, settings.budget)
    if settings.order == 2:
        yield from second_order.examine(trial, settings.budget)


def _explained(verdict: CheckVerdict, trial: Trial, examination: Examination) -> CheckVerdict:
    findings = find(trial, examination, verdict.disagreements)
    explaining = trial.function.calls - verdict.evaluations
    return replace(verdict, findings=findings, explaining=explaining)


def _where_it_moves(here: Examination, what: str) -> tuple[Examination, dict[str, str]]:
    """The point given, or one nearby where nothing can be seen here and something there.

    What disagrees with a gradient of zero does so here.
    """
    if here.evidence.vacuous and here.verdict(SUBJECT).status != "disagree":
        for number in range(1, CONFIRMATIONS + 1):
            there = Examination(here.problem.nudged(number), here.oracles)
            if not (there.evidence.vacuous or there.evidence.failure):
                why = f"the function {what} there; one nearby was judged"
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


def name_of(fn: Any) -> str:
    """What it is called; a `torch.autograd.Function` goes by its own name, not as `apply`."""
    owner = getattr(fn, "__self__", None)
    named = owner if hasattr(owner, "forward") else fn
    return str(getattr(named, "__name__", type(named).__name__))


def _power(trial: Trial, examination: Examination, found: Verdict) -> Power:
    formula, evidence = examination.formula(SUBJECT), examination.evidence

    def faults() -> Any:
        return chain(of_the_gradient(formula, trial.batch), of_another_call(formula, trial))

    return Power(resolutions(found.comparisons, formula, evidence), formula, evidence, faults)


def _kinks(found: Verdict, by_convention: Iterable[str]) -> dict[str, str]:
    """The arrays along which the point lies on a kink, and what was made of them."""
    most = {c.array: 0 for c in found.comparisons if c.kinks}
    for c in found.comparisons:
        most[c.array] = max(most.get(c.array, 0), c.kinks)
    return {
        f"{name} on a kink": f"{count} of its slopes, each of which may be any between two sides"
        for name, count in most.items()
        if count
    } | dict.fromkeys((f"{name} on a kink" for name in sorted(by_convention)), BY_CONVENTION)
