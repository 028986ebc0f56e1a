"""What lies between calls before `check`: the battery's breaches, notes and gaps in a verdict."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clinometer import check

X = np.random.default_rng(0).normal(size=(4, 3))


def double(x: Any) -> Any:
    return 2 * x


def test_a_breach_is_a_finding_in_a_sentence() -> None:
    """Though each call by itself is right."""

    def mutates(c: Any, x: Any) -> Any:
        gradient = 2 * c
        c[...] = 0
        return gradient

    verdict = check(double, (X,), vjp=mutates)
    assert verdict.arrays == {"x": "agree", "value": "disagree"}
    (finding,) = verdict.findings
    assert finding.comparison.reason == "the backward pass changes the cotangent of out"
    assert f"value: {finding.comparison.reason}" in str(verdict)


@pytest.mark.parametrize("share", [True, False])
def test_what_is_to_be_agreed_with_the_caller_is_told_and_no_more(share: bool) -> None:
    """Such as a gradient that lies in the cotangent's memory."""
    verdict = check(lambda x: 1 * x, (X,), vjp=lambda c, x: c if share else c.copy())
    assert verdict.status == "agree"
    told = "to be agreed with the caller: x: its gradient shares memory with the cotangent of out"
    assert (told in str(verdict)) == share


@pytest.mark.parametrize("upcast", [False, True])
def test_a_dtype_that_the_outputs_have_is_to_be_agreed(upcast: bool) -> None:
    """Any other is a breach."""

    def promotes(x: Any) -> Any:
        return (2 * x).astype("float64")

    def vjp(c: Any, x: Any) -> Any:
        return 2 * (c.astype("float64") if upcast else c)

    verdict = check(promotes, (X.astype("float32"),), vjp=vjp)
    assert verdict.status == ("disagree" if upcast else "agree"), str(verdict)
    assert "its gradient has dtype float64, not float32" in str(verdict)


def test_a_complex_leaf_is_told_of_by_its_parts() -> None:
    """So that no array appears that nobody judges."""
    z = X + 1j * X[::-1]
    verdict = check(lambda z: 1 * z, (z,), vjp=lambda c, z: c)
    assert verdict.arrays == {"z.real": "agree", "z.imag": "agree"}
    assert check(lambda z: 1 * z, (z,), vjp=lambda c, z: c.real + 0j).status == "disagree"


def test_other_numbers_of_samples_are_for_those_who_explore() -> None:
    """A kernel in blocks of two that forgets what is left over, at four samples."""

    def blocked(c: Any, x: Any) -> Any:
        gradient = np.zeros_like(x)
        blocks = len(x) // 2 * 2
        gradient[:blocks] = 2 * c[:blocks]
        return gradient

    assert check(double, (X,), vjp=blocked).status == "agree"
    explored = check(double, (X[:3],), vjp=blocked, explore=True)
    assert explored.status == "disagree"
    even = check(double, (X,), vjp=blocked, explore=True)
    assert even.status == "agree"  # 36, 132 and 1028 samples leave nothing over
    labelled = check(
        lambda x, t: x[np.arange(len(x)), t],
        (X, np.array([0, 2, 1, 1])),
        vjp=lambda c, x, t: (np.eye(3)[t] * c[:, None], None),
        explore=True,
    )
    assert labelled.status == "agree"
    assert not any("batch" in name for name in labelled.ledger)


def test_batches_that_a_function_does_not_take_are_no_gap() -> None:
    """They stand in the ledger, and `strict` lets them pass, unlike what could not be tried."""
    w = X[:3]

    def solves(w: Any) -> Any:
        return np.trace(w @ w)

    verdict = check(solves, (w,), lambda w: 2 * w.T, explore=True, strict=True)
    assert verdict.ledger["a batch of 33"].startswith("the function takes none")
    assert verdict.status == "agree", str(verdict)

    def narrow(x: Any) -> Any:
        if np.any(np.asarray(x, dtype=float) != np.asarray(X, dtype=float)):
            raise ValueError("another input")
        return np.sum(np.asarray(x) ** 2)

    gap = check(narrow, (X,), lambda x: 2 * x)
    assert gap.ledger["another input in between"].startswith("the forward pass raised ValueError")


@pytest.mark.parametrize("oracles", [None, ["complex_step"]])
def test_a_function_that_gives_another_value_at_every_call_is_not_judged(oracles: Any) -> None:
    """Neither by its values nor by what a mask drawn anew does; what breaks the contract is."""
    random = np.random.default_rng(0)

    def noisy(x: Any) -> Any:
        return np.sum(x * x) + 1e-3 * random.normal()

    def masked(x: Any) -> Any:
        return x * (random.random(X.shape) > 0.5)

    verdict = check(noisy, (X,), lambda x: 2 * x, oracles=oracles)
    assert verdict.status == "inconclusive"
    assert verdict.reason == "the function gives another value at every call"
    assert check(masked, (X,), vjp=lambda c, x: masked(c), oracles=oracles).status == "inconclusive"
    raises = check(noisy, (X,), lambda x: x[:2], oracles=oracles)
    assert raises.status == "disagree"


def test_a_backward_pass_for_one_number_of_samples_misleads_nobody() -> None:
    """It raises an error at any other."""
    verdict = check(
        lambda x: np.sum(x * x), (X,), lambda x: 2 * np.eye(4, dtype=x.dtype) @ x, explore=True
    )
    assert verdict.status == "agree"
    assert "to be agreed with the caller: x: the backward pass raised ValueError" in str(verdict)


@pytest.mark.torch
def test_the_rows_of_a_module_s_parameters_are_no_samples() -> None:
    """Those of a recurrent layer are as many as the rows of its bias, and nothing like a batch."""
    torch = pytest.importorskip("torch")
    for layer in (torch.nn.LSTM(4, 3), torch.nn.Embedding(5, 3)):
        x = torch.tensor(X[:, None]).float().expand(4, 1, 3)
        x = torch.cat([x, x[..., :1]], dim=2) if isinstance(layer, torch.nn.LSTM) else x
        args = (x if isinstance(layer, torch.nn.LSTM) else torch.tensor([1, 4, 4]),)
        verdict = check(layer, args, explore=True)
        assert verdict.status == "agree", str(verdict)
