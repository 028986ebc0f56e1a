"""What is said of derivatives, of sums and of their terms, word for word."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from clinometer.diagnosis import Context, Diagnosis, diagnose
from clinometer.diagnosis.mistakes.derivatives import ACTIVATIONS, Activation
from tests.reference.diagnosed import CUBE, OTHER, RIGHT, THIRD, changed, said

RANDOM = np.random.default_rng(2)
TERMS = RANDOM.normal(size=(7, 4, 5))


def sigmoid(x: Any) -> Any:
    """The sigmoid."""
    return 1 / (1 + np.exp(-x))


def cdf(x: Any) -> Any:
    """The normal distribution's."""
    return np.vectorize(NormalDist().cdf)(x)


SIGMOID = sigmoid(OTHER)
SLOPE = SIGMOID * (1 - SIGMOID)


@pytest.mark.parametrize(
    ("slope", "what"),
    [
        (1.0, "missing"),
        (SLOPE**2, "there twice"),
        (1 / (2 + 2 * np.cosh(SIGMOID)), "taken at the output"),
        (1 / (2 + 2 * np.cosh(RIGHT)), "taken at the cotangent"),
        (SIGMOID, "the function itself"),
        (OTHER - OTHER**2, "the formula for the output, taken at the input"),
        (1 - SIGMOID, "taken for 1 - y"),
        (1 / np.cosh(OTHER) ** 2, "that of tanh"),
        (1 - SIGMOID**2, "that of tanh by its output"),
        (OTHER > 0, "that of relu"),
        (np.where(OTHER > 0, 1, 0.01), "that of leaky relu"),
        (np.abs(OTHER) < 1, "that of hardtanh"),
        (2 * OTHER, "that of square"),
    ],
)
def test_derivatives_of_activations(slope: Any, what: str) -> None:
    """The right one is that of a sigmoid at x."""
    known = {"arguments": {"x": OTHER}, "cotangents": {"y": RIGHT}}
    sentence = said(RIGHT * slope, RIGHT * SLOPE, **known)
    assert sentence == f"the derivative of sigmoid at x is {what}"


@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_the_derivatives_that_are_thought_of_are_those_of_their_functions(
    activation: Activation,
) -> None:
    """By the input and by the output; and what is mistaken for them is something else."""
    x, step = np.linspace(-2.7, 2.7, 24), 1e-5
    right = (activation.value(x + step) - activation.value(x - step)) / (2 * step)
    np.testing.assert_allclose(activation.slope(x), right, rtol=1e-7, atol=1e-9)
    if activation.from_output:
        np.testing.assert_allclose(activation.from_output(activation.value(x)), right, atol=1e-9)
    for mistaken in activation.mistaken.values():
        assert np.max(np.abs(mistaken(x) - right)) > 0.01


@pytest.mark.parametrize(
    ("name", "formula", "wrong"),
    [
        ("silu", "taken for σ (1 + x) (1 - σ)", lambda x: sigmoid(x) * (1 + x) * (1 - sigmoid(x))),
        ("silu", "taken at the negative input", lambda x: ACTIVATIONS["silu"].slope(-x)),
        ("relu", "that of sigmoid", ACTIVATIONS["sigmoid"].slope),
        ("gelu", "taken for Φ", cdf),
        ("gelu", "taken for Φ + φ", lambda x: cdf(x) + np.exp(-x * x / 2) / np.sqrt(2 * np.pi)),
    ],
)
def test_formulas_that_are_often_got_wrong(name: str, formula: str, wrong: Any) -> None:
    """As they are written; each has to explain it all."""
    known = {"arguments": {"b": OTHER[0], "x": OTHER}, "cotangents": {"z": OTHER[0], "y": RIGHT}}
    trial, right = RIGHT * wrong(OTHER), RIGHT * ACTIVATIONS[name].slope(OTHER)
    assert said(trial, right, **known) == f"the derivative of {name} at x is {formula}"
    noisy = diagnose("w", trial + 1e-3 * THIRD, right, 1e-13, Context(**known))
    assert "activation's derivative" not in [d.mistake for d in noisy]


def test_so_many_derivatives_are_tried_that_one_number_fits_some() -> None:
    """So one is no evidence."""
    known = Context(arguments={"x": OTHER}, cotangents={"y": RIGHT})
    assert diagnose("w", RIGHT, RIGHT * SLOPE, 1e-13, known)[0].evidence == RIGHT.size - 1


def test_what_a_sigmoid_inside_has_lost_is_told_as_it_was_found() -> None:
    """By those who looked there."""
    found = "the derivative of sigmoid inside is missing"
    context = Context(inside=lambda: [("another", THIRD), (found, OTHER)])
    told = diagnose("w", OTHER, RIGHT, 1e-13, context)[0]
    assert (str(told), told.evidence) == (found, RIGHT.size - 1)


Y = np.exp(OTHER) / np.exp(OTHER).sum(-1, keepdims=True)
THROUGH_SOFTMAX = Y * (THIRD - (THIRD * Y).sum(-1, keepdims=True))


@pytest.mark.parametrize(
    ("trial", "sentence"),
    [
        (THIRD * Y * (1 - Y), "of softmax's Jacobian only the diagonal counts"),
        (THIRD * Y, "the term -y ⟨dy, y⟩ of softmax is missing"),
        (Y * (THIRD - (THIRD * Y).sum()), "softmax's ⟨dy, y⟩ sums over all rows"),
    ],
)
def test_softmax(trial: Any, sentence: str) -> None:
    """Which part of its Jacobian counts."""
    assert said(trial, THROUGH_SOFTMAX, outputs={"y": Y}, cotangents={"y": THIRD}) == sentence


@pytest.mark.parametrize(
    ("trial", "right", "sentence"),
    [
        (CUBE, CUBE.sum(1), "it is not summed over axis 1"),
        (CUBE, CUBE.sum((0, 2)), "it is not summed over axes 0, 2"),
        (CUBE, CUBE.sum(0, keepdims=True), "it is not summed over axis 0"),
        (0 * RIGHT + RIGHT.sum(0), RIGHT, "it is summed over axis 0 and the same all along"),
        (0 * RIGHT + RIGHT.mean(1, keepdims=True), RIGHT,
         "it is averaged over axis 1 and the same all along"),
        (CUBE.sum((0, 1)), CUBE, "it is summed over axes 0, 1, which it must keep"),
        (CUBE.mean(2), CUBE, "it is averaged over axis 2, which it must keep"),
    ],
)  # fmt: skip
def test_sums_over_axes(trial: Any, right: Any, sentence: str) -> None:
    """Too few of them or too many."""
    assert said(trial, right) == sentence


@pytest.mark.parametrize(
    ("kept", "sentence"),
    [
        ([2], "it is one sample's term, number 2 of 7: the sum over the samples is missing"),
        ([0, 1, 2, 3, 5, 6], "the term of sample 4 is left out"),
        ([0, 1, 2, 3, 4], "the last 2 of 7 samples are left out"),
        ([3, 4, 5, 6], "the first 3 of 7 samples are left out"),
    ],
)
def test_terms_of_samples(kept: list[int], sentence: str) -> None:
    """Which of them count."""
    assert said(TERMS[kept].sum(0), TERMS.sum(0), terms={"sample": lambda: TERMS}) == sentence


@pytest.mark.parametrize(
    ("trial", "sentence"),
    [
        (RIGHT - OTHER, "the path through a is dropped"),
        (OTHER, "only the path through a counts"),
        (RIGHT + OTHER, "the path through a counts twice"),
    ],
)
def test_paths(trial: Any, sentence: str) -> None:
    """Those of a parallel or a residual branch."""
    assert said(trial, paths={"a": OTHER}) == sentence


@pytest.mark.parametrize(
    ("term", "known", "name"),
    [
        (OTHER, {"cotangents": {"y": OTHER}}, "cotangent of y"),
        (OTHER, {"right": {"w": RIGHT, "b": OTHER}}, "gradient of b"),
        (OTHER, {"arguments": {"w": OTHER}}, "w, as of a penalty on its square"),
        (
            np.sign(OTHER),
            {"arguments": {"w": OTHER}},
            "sign(w), as of a penalty on its absolute value",
        ),
        (OTHER, {"arguments": {"x": OTHER}}, "x"),
    ],
)
@pytest.mark.parametrize(
    ("factor", "size"), [(1, ""), (2, "2 × "), (0.5, "0.5 × "), (0.3, "0.3 × ")]
)
def test_terms(term: Any, known: Any, name: str, factor: float, size: str) -> None:
    """By their names and sizes."""
    lost = f"the term {size}{name} is missing from it, or is counted with the wrong sign"
    assert said(RIGHT - factor * term, **known) == lost
    assert said(RIGHT + factor * term, **known) == f"the term {size}{name} is there once too often"


@pytest.mark.parametrize(
    ("term", "known", "axis", "what"),
    [
        (OTHER[:, :1], {}, 1, "constant, as of a mean or a sum"),
        (
            OTHER[:1] * (THIRD - THIRD.mean(0)),
            {"arguments": {"w": THIRD}},
            0,
            "proportional to w less its mean, as of a variance",
        ),
        (OTHER[:1] * THIRD, {"arguments": {"x": THIRD}}, 0, "proportional to x"),
        (OTHER[:, :1] * THIRD, {"outputs": {"y": THIRD}}, 1, "proportional to the output y"),
    ],
)
def test_terms_along_an_axis(term: Any, known: Any, axis: int, what: str) -> None:
    """As normalisation leaves them."""
    sentence = f"along axis {axis} the error is {what}: a term is missing, or there twice"
    assert said(RIGHT + term, **known) == sentence


@pytest.mark.parametrize(("axes", "named"), [((1, 2), "1, 2"), ((0, 2), "0, 2"), ((0,), "0")])
def test_terms_of_normalisation_along_several_axes(axes: tuple[int, ...], named: str) -> None:
    """Of a layer or of a batch."""
    right = RANDOM.normal(size=CUBE.shape)
    share = 1 + np.sum(right, axis=axes, keepdims=True)
    trial = right + share * (CUBE - CUBE.mean(axes, keepdims=True))
    found = said(trial, right, arguments={"w": CUBE})
    assert found.startswith(f"along axis {named} the error is proportional to w less its mean")


def test_of_two_numbers_no_slice_is_made() -> None:
    """Whatever their errors are, one term would explain what they share."""
    right, error = RANDOM.normal(size=(10, 3)), RANDOM.normal(size=(10, 1))
    assert said(right + error, right).startswith("along axis 1 the error is constant")
    found = diagnose("w", (right + error)[:, :2], right[:, :2])
    assert "term along an axis" not in [d.mistake for d in found]


@pytest.mark.parametrize(
    ("factor", "evidence"), [(1, 20), (-1, 20), (2, 20), (-0.5, 20), (0.3, 19)]
)
def test_a_term_whose_size_was_fitted_has_to_explain_it_all(factor: float, evidence: int) -> None:
    """One that is there just once, or twice, or by half need not."""
    known = Context(arguments={"x": OTHER})
    found = diagnose("w", RIGHT + factor * OTHER, RIGHT, 1e-13, known)[0]
    assert (found.mistake, found.evidence) == ("missing term", evidence)
    noise = 0.05 * THIRD - np.sum(0.05 * THIRD * OTHER) / np.sum(OTHER * OTHER) * OTHER
    noisy = diagnose("w", RIGHT + factor * OTHER + noise, RIGHT, 1e-13, known)
    assert ("missing term" in [d.mistake for d in noisy]) == (evidence == 20)


def test_whole_numbers_are_no_terms() -> None:
    """As labels and indices are not."""
    labels = RANDOM.integers(5, size=RIGHT.shape)
    found = diagnose("w", RIGHT + labels, RIGHT, 1e-13, Context(arguments={"labels": labels}))
    assert "missing term" not in [d.mistake for d in found]


@pytest.mark.parametrize("number", range(7))
def test_a_term_of_any_size_is_found_with_a_factor(number: int) -> None:
    """Among larger ones and smaller ones."""
    terms = TERMS * np.reshape([1, 10, 0.1, 3, 30, 0.3, 0.03], (7, 1, 1))
    sentence = f"it is one sample's term, number {number} of 7: the sum over the samples is missing"
    for factor, more in ((1, ""), (2.5, ", and 2.5 × that"), (-2.5, ", and -2.5 × that")):
        known = {"terms": {"sample": lambda: terms}}
        assert said(factor * terms[number], terms.sum(0), **known) == sentence + more


def test_an_uncertain_sum_is_as_uncertain_as_its_terms_together() -> None:
    """Along a pair as along many."""
    right = RANDOM.normal(size=(2, 12))
    uncertainty = np.full(right.shape, 1e-3)
    trial = np.broadcast_to(right.sum(0) + 1.9e-3, right.shape)
    found = diagnose("w", trial, right, uncertainty)[0]
    assert (found.mistake, found.explains) == ("extra reduction", 1.0)


def test_of_three_samples_one_may_be_left_out() -> None:
    """Of two, the other one's term is all there is; of one, there is no sum."""
    for count, mistake in ((3, "samples left out"), (2, "one sample's term"), (1, "")):
        terms = TERMS[:count]
        known = Context(terms={"row": lambda: TERMS[:1], "sample": lambda terms=terms: terms})
        found = diagnose("w", terms[1:].sum(0), terms.sum(0), 1e-13, known)
        assert mistake in [d.mistake for d in found] or not mistake
        assert {"samples left out", "one sample's term"} & {d.mistake for d in found} <= {mistake}


INDEX = np.array([3, 0, 2, 3, 0, 2, 1])


@pytest.mark.parametrize(
    ("order", "which"), [(slice(None), "last"), (slice(None, None, -1), "first")]
)
def test_overwritten_terms(order: slice, which: str) -> None:
    """Of an embedding, whose rows are drawn more than once."""
    cotangent, right, trial = RANDOM.normal(size=(7, 5)), np.zeros((4, 5)), np.zeros((4, 5))
    np.add.at(right, INDEX, cotangent)
    trial[INDEX[order]] = cotangent[order]
    known = {"arguments": {"tokens": INDEX}, "cotangents": {"y": cotangent}}
    assert said(trial, right, **known) == (
        f"of equal indices in tokens the {which} one's cotangent wins: they must add"
    )


@pytest.mark.parametrize(("count", "told"), [(7, False), (8, True), (12, True)])
def test_rows_that_are_wrong_just_where_an_index_is_repeated(count: int, told: bool) -> None:
    """Of many rows that is no chance; of some that are repeated it is not so."""
    right, other = RANDOM.normal(size=(2, count, 5))
    tokens = np.array([1, 0, 1, 3, 5, 3, 6, 3, 5])

    def mistakes(*rows: int) -> dict[str, Diagnosis]:
        trial = right.copy()
        trial[list(rows)] = other[list(rows)]
        known = Context(arguments={"tokens": tokens})
        return {d.mistake: d for d in diagnose("w", trial, right, 1e-13, known)}

    assert "duplicates overwritten" not in mistakes(1, 3) | mistakes(0, 1, 3, 5) | mistakes(0, 6)
    found = mistakes(1, 3, 5).get("duplicates overwritten")
    assert (found is not None) == told
    if found:
        assert found.evidence == 5 * count - 15
        assert str(found) == (
            "it is wrong just where tokens repeats an index: terms are overwritten"
        )


@pytest.mark.parametrize(
    ("trial", "sentence"),
    [
        (changed(RIGHT, np.s_[2], 0), "it is zero in row 2, and right elsewhere"),
        (np.where(np.arange(5) == 1, 3 * RIGHT, RIGHT),
         "it is 3 × the reference in column 1, and right elsewhere"),
        (changed(RIGHT, np.s_[0, :2], 5), "it is wrong in the first 2 columns of row 0 only"),
        (np.where(OTHER > 0, 0, RIGHT), "it is zero where x is positive, and right elsewhere"),
    ],
)  # fmt: skip
def test_places_that_are_wrong(trial: Any, sentence: str) -> None:
    """And how they are, if that can be said."""
    assert said(trial, arguments={"x": OTHER}).startswith(sentence)
