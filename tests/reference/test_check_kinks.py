"""What `check` says of a gradient on kinks, ties and jumps: several slopes are right, or none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from clinometer import check
from clinometer.checking import BY_CONVENTION, JUMPS

KINKED = np.array([0.0, 1.0, -2.0, 0.0])
TIED = np.array([[1.0, 2.0, 2.0], [3.0, 3.0, 3.0], [0.0, 1.0, 2.0]])
#: Three rows before the first operation; behind it there are ties and zeros as well.
W = np.array([[1.0, -1.0, 2.0, 0.0], [2.0, 1.0, -1.0, 1.0], [0.0, 1.0, 1.0, -1.0]])

VJP = Callable[[Any, Any], Any]


def at_zero(slope: float, elsewhere: Callable[[Any], Any]) -> VJP:
    """The vjp of a function by the element, with that slope at zero."""
    return lambda c, x: c * np.where(x == 0, slope, elsewhere(x))


def rows(share: Callable[[Any], Any]) -> VJP:
    """The vjp of a maximum over the last axis."""
    return lambda c, x: c[..., None] * share(x)


def is_largest(x: Any) -> Any:
    return x == np.max(x, axis=-1, keepdims=True)


def evenly(x: Any) -> Any:
    return is_largest(x) / np.sum(is_largest(x), axis=-1, keepdims=True)


def first(x: Any) -> Any:
    return is_largest(x) & (np.cumsum(is_largest(x), axis=-1) == 1)


def largest(x: Any) -> Any:
    return np.max(x, axis=-1)


def relu(x: Any) -> Any:
    return np.maximum(x, 0)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("slope", [-1.0, -0.5, 0.0, 1.0])
def test_at_the_kink_any_slope_between_the_two_is_right(slope: float, dtype: str) -> None:
    """And the ledger says that it was not told which."""
    vjp = at_zero(slope, np.sign)
    verdict = check(np.abs, (KINKED.astype(dtype),), vjp=lambda c, x: vjp(c, x).astype(x.dtype))
    assert verdict.status == "agree"
    assert verdict.ledger["x on a kink"].endswith("each of which may be any between two sides")


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("slope", [-1.0625, 1.5, 100.0, np.nan])
def test_at_the_kink_any_other_slope_is_wrong(slope: float, dtype: str) -> None:
    """However little it is outside, and it is told where."""
    vjp = at_zero(slope, np.sign)
    verdict = check(np.abs, (KINKED.astype(dtype),), vjp=lambda c, x: vjp(c, x).astype(x.dtype))
    assert verdict.status == "disagree"
    if slope == 100:
        (told,) = (c.reason for c in verdict.disagreements)
        assert told.startswith("on a kink element [0] is ")


@pytest.mark.parametrize("share", [evenly, first])
def test_where_elements_tie_any_share_of_the_slope_is_right(share: Callable[[Any], Any]) -> None:
    """As PyTorch's amax and JAX give it, and as an argmax does."""
    assert check(largest, (TIED,), vjp=rows(share)).status == "agree"


def test_where_elements_tie_each_may_have_the_slope_and_not_all() -> None:
    """Along all of them together the function is smooth."""
    verdict = check(largest, (TIED,), vjp=rows(is_largest))
    assert verdict.arrays == {"x": "disagree"}
    (told,) = verdict.disagreements
    assert told.witness == "sides"
    assert "on a kink the s" in told.reason


def test_where_a_few_elements_may_be_explained_all_of_them_are_not() -> None:
    """Of two columns either could have its slope in either row, and not both in both."""

    def vjp(share: Callable[[Any], Any]) -> VJP:
        return lambda c, x: c * share(x.T).T

    zeros = np.zeros((3, 4))
    for share, status in ((evenly, "agree"), (first, "agree"), (is_largest, "disagree")):
        assert check(lambda x: np.max(x, axis=0), (zeros,), vjp=vjp(share)).status == status


def test_other_points_are_held_to_their_kinks_too() -> None:
    """Among them is one where all elements tie."""
    x = np.random.default_rng(0).normal(size=(3, 4))
    assert check(largest, (x,), vjp=rows(is_largest)).status == "agree"
    wrong = check(largest, (x,), vjp=rows(is_largest), explore=True).arrays
    assert wrong["x at ties"] == "disagree"
    assert check(largest, (x,), vjp=rows(evenly), explore=True).status == "agree"


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_ties_that_rounding_could_break_are_no_errors(dtype: str) -> None:
    """What is computed twice is equal, and to random errors it is not."""

    def vjp(factor: float) -> VJP:
        return lambda c, x: (factor * c[..., None] * 3 * evenly_of(3 * x)).astype(x.dtype)

    def evenly_of(product: Any) -> Any:
        with np.errstate(all="ignore"):
            return evenly(product)

    for factor, status in (
        (1, "agree"),
        (1.001, "disagree"),
        (2, "disagree"),
        (np.nan, "disagree"),
    ):
        verdict = check(lambda x: largest(3 * x), (TIED.astype(dtype),), vjp=vjp(factor))
        assert verdict.status == status


def test_ties_behind_other_operations_are_seen() -> None:
    """Where no two elements of the argument are moved alike."""

    def vjp(share: Callable[[Any], Any]) -> VJP:
        return lambda c, x: rows(share)(c, x @ W) @ W.T

    x = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]])
    assert np.any(np.sum(is_largest(x @ W), axis=-1) > 1)
    for share, status in ((evenly, "agree"), (first, "agree"), (is_largest, "disagree")):
        assert check(lambda x: largest(x @ W), (x,), vjp=vjp(share)).status == status


def net(x: Any) -> Any:
    return np.abs(relu(x @ W) @ W.T) - relu(x)


@pytest.mark.parametrize("at", [0.0, 1.0])
@pytest.mark.parametrize("share", [np.greater, np.greater_equal])
def test_what_conventions_add_up_to_is_right(share: Callable[..., Any], at: float) -> None:
    """Where several operations stand on kinks, and it is a slope of the function or not."""

    def vjp(c: Any, x: Any) -> Any:
        hidden = x @ W
        inner = (c * np.sign(relu(hidden) @ W.T)) @ W * share(hidden, 0)
        return inner @ W.T - c * share(x, 0)

    verdict = check(net, (np.full((2, 3), at),), vjp=vjp)
    assert verdict.status == "agree"
    wrong = check(net, (np.full((2, 3), at),), vjp=lambda c, x: vjp(c, x) + 32 * (x == at))
    assert wrong.status == "disagree"


def test_what_is_no_slope_and_may_be_by_convention_is_in_the_ledger() -> None:
    """3 relu(x) - |x| has the slopes 1 and 2 at zero; to its author they add up to 0."""

    def function(x: Any) -> Any:
        return 3 * relu(x) - np.abs(x)

    def slope(x: Any) -> Any:
        return np.where(x > 0, 2, 1)

    verdict = check(function, (KINKED,), vjp=at_zero(0, slope))
    assert (verdict.status, verdict.ledger) == ("agree", {"x on a kink": BY_CONVENTION})
    assert check(function, (KINKED,), vjp=at_zero(-9, slope)).status == "disagree"


def test_code_that_hides_its_operations_is_not_told_from_a_convention() -> None:
    """What is no slope is inconclusive there, and what is one agrees."""

    def hidden(x: Any) -> Any:
        return relu(np.array(x, dtype=np.float64))

    for slope, status in ((0.0, "agree"), (1.0, "agree"), (5.0, "inconclusive")):
        verdict = check(hidden, (KINKED,), vjp=at_zero(slope, lambda x: x > 0))
        assert verdict.status == status
    assert "hides its arithmetic" in verdict.reason


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.where(x >= 0, x + 1, x).sum(),
        lambda x: np.sign(x).sum() + x.sum(),
        lambda x: (x - np.floor(x)).sum(),
    ],
)
def test_where_the_function_jumps_nothing_agrees(function: Callable[[Any], Any]) -> None:
    """No gradient is right there; beside it this one is."""
    verdict = check(function, (KINKED,), np.ones_like)
    assert (verdict.status, verdict.reason) == ("inconclusive", JUMPS)
    assert "stationary" not in str(verdict)
    assert check(function, (KINKED + 0.25,), np.ones_like).status == "agree"


@pytest.mark.parametrize(
    ("function", "slope"),
    [(np.abs, np.sign), (np.cbrt, lambda x: 1 / (3 * np.cbrt(x) ** 2)), (np.sin, np.cos)],
)
def test_what_is_continuous_does_not_jump(function: Any, slope: Any) -> None:
    """Not on a kink, nor where it is vertical."""
    with np.errstate(all="ignore"):
        verdict = check(function, (np.array([0.0, 1.0, 8.0]),), vjp=lambda c, x: c * slope(x))
    assert verdict.reason != JUMPS
