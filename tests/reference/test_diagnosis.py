"""The diagnosis: every mistake is told from its example, and from errors at random none is."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from clinometer.diagnosis import Context, Diagnosis, diagnose
from clinometer.diagnosis.mistakes import MISTAKES
from tests.reference.planted import PLANTED, SHAPES, Plant, around

RIGHT = np.random.default_rng(0).normal(size=(4, 5))
#: By how much of it the right gradient may be off.
UNCERTAINTY = 1e-13


def told(plant: Plant, number: int) -> list[Diagnosis]:
    """What is said of one planted mistake."""
    shape = SHAPES[number % len(SHAPES)]
    trial, right, known = plant(np.random.default_rng(number), shape)
    return diagnose("x", trial, right, np.full(right.shape, UNCERTAINTY), known)


def first(trial: Any, right: Any = RIGHT, **known: Any) -> str:
    """The first sentence."""
    return str(diagnose("w", trial, right, UNCERTAINTY, Context(**known))[0])


def test_every_mistake_has_an_example() -> None:
    """And there is none of a mistake that is not known."""
    assert set(PLANTED) == set(MISTAKES)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_named_first(mistake: str) -> None:
    """In nine of ten, whatever the shape; and it explains the error wherever it is told."""
    named: Counter[str] = Counter()
    for plant in PLANTED[mistake]:
        for number in range(len(SHAPES)):
            found = told(plant, number)
            named[found[0].mistake if found else "nothing"] += 1
            assert all(0 <= d.explains <= 1 for d in found)
    assert named[mistake] >= 0.9 * named.total(), named


@pytest.mark.parametrize("shape", [(1,), (2,), (3, 1), (5,), (3, 3), (6, 8)], ids=str)
@pytest.mark.parametrize("size", [1e-9, 1e-5, 1.0, 100.0])
def test_an_unstructured_error_is_not_explained(shape: tuple[int, ...], size: float) -> None:
    """Even where much is known that might fit."""
    for number in range(8):
        random = np.random.default_rng(number)
        other = random.normal(size=shape)
        known = around(random, shape, right={"w": other}, cotangents={"y": 2 * other},
                       again=other - 1, paths={"a": other + 1}, before=lambda o=other: 3 - o,
                       terms={"sample": lambda r=random: r.normal(size=(7, *shape))})  # fmt: skip
        right = random.normal(size=shape)
        found = diagnose("x", right + size * random.normal(size=shape), right, 1e-13, known)
        assert not [d for d in found if d.explains >= 0.99]


def test_what_is_right_has_no_diagnosis() -> None:
    """Nor has what is off by less than the uncertainty."""
    assert diagnose("w", RIGHT, RIGHT) == []
    assert diagnose("w", RIGHT * (1 + 1e-9), RIGHT, np.full(RIGHT.shape, 1e-8)) == []


def test_a_factor_is_told_by_what_it_equals() -> None:
    """By what is counted, by a size, as a fraction or as a root; else as a number."""
    assert first(32 * RIGHT, counts={"the batch size": 32}) == (
        "it is 32 × the reference: 32 is the batch size; as of a mean that became a sum"
    )
    assert "1/7 × the reference: 7 is the size of axis 0 of x" in first(
        RIGHT / 7, arguments={"x": np.ones((7, 3))}
    )
    assert first(RIGHT / 2) == "it is 1/2 × the reference"
    assert first(-RIGHT * 3 / 8) == "it is -3/8 × the reference"
    assert first(RIGHT / 8, counts={"the width of a head": 64}) == (
        "it is 1/8 × the reference"  # plainer than 1/√64
    )
    assert "1/√6 (6 is the width of a head)" in first(
        RIGHT / np.sqrt(6), counts={"the width of a head": 6}
    )
    assert first(0.3217 * RIGHT) == "it is 0.3217 × the reference"


def test_the_simplest_of_those_that_fit_comes_first() -> None:
    """A row of two that is reversed is shifted as well, and its halves are swapped."""
    found = diagnose("w", RIGHT[:2, 1::-1], RIGHT[:2, :2], UNCERTAINTY)
    assert [d.mistake for d in found] == ["flipped axis", "shifted axis", "permuted blocks"]


def test_thin_evidence_is_said_to_be_thin() -> None:
    """Few numbers fit many mistakes; one number and a fitted factor always would."""
    assert str(diagnose("w", [6.0], [3.0])[0]).endswith(
        "(thin evidence: only 1 independent number)"
    )
    assert diagnose("w", [6.1234], [3.0]) == []
    assert "thin" not in first(2 * RIGHT)


def test_equal_errors_count_once() -> None:
    """A hundred equal numbers that are doubled say no more than one of them."""
    (only,) = [
        d for d in diagnose("w", np.full(100, 2.0), np.ones(100)) if d.mistake == "constant factor"
    ]
    assert only.evidence == 1


def test_a_mistake_may_come_with_a_factor() -> None:
    """Transposed and halved."""
    square = RIGHT[:, :4]
    assert first(square.T / 2, square) == "it is transposed, and 0.5 × that"


def test_what_explains_a_part_says_how_much() -> None:
    """A sign that is flipped, and one element wrong besides."""
    trial = -RIGHT
    trial[0, 0] += 0.5
    found = diagnose("w", trial, RIGHT)[0]
    assert found.mistake == "sign"
    assert 0.9 < found.explains < 1
    assert str(found).endswith(f"(this explains {found.explains:.0%} of the error)")


def test_uncertainty_is_no_evidence() -> None:
    """Where the right gradient is hardly known, nothing can be told."""
    assert first(-RIGHT).startswith("it is -1")
    assert diagnose("w", [-1.0, 1.0], [1.0, -1.0], [0.9, 0.9]) == []


def test_none_is_a_gradient_of_zero() -> None:
    """As where a framework has none to give."""
    assert next(d.mistake for d in diagnose("w", None, RIGHT)) == "zero"


def test_the_size_of_the_error_alone_is_a_hint() -> None:
    """It explains nothing, and is given where nothing does."""
    noise = np.random.default_rng(3).normal(size=RIGHT.shape)
    (hint,) = diagnose("w", RIGHT + 1e-7 * noise, RIGHT)
    assert (hint.mistake, hint.explains) == ("lost precision", 0)
    assert "float32" in hint.sentence
    rounded = diagnose("w", RIGHT.astype("float32"), RIGHT)[0]
    assert (rounded.mistake, rounded.explains) == ("lost precision", 1)


def test_a_square_matrix_that_does_not_lead_to_the_gradient_is_left_alone() -> None:
    """A recurrent layer's, whose outputs are not as wide as its inputs."""
    random = np.random.default_rng(0)
    right, trial = random.normal(size=(2, 7, 4, 6))
    square, cotangent = random.normal(size=(4, 4)), random.normal(size=(7, 4, 4))
    context = Context(arguments={"u": square}, cotangents={"y": cotangent})
    assert diagnose("x", trial, right, 0.0, context) == []


def test_what_is_not_finite_is_no_mask() -> None:
    """NaN where the right gradient is zero."""
    right = np.repeat([0.0, 1.25, 2.5, -3.0, 0.0], 2)
    trial = np.where(right == 0, np.nan, right)
    assert [d.mistake for d in diagnose("x", trial, right)] == ["not finite"]
