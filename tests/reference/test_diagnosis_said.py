"""What is said of wrong places, numbers, factors and calls, word for word."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clinometer.diagnosis import Context, diagnose
from tests.reference.diagnosed import CUBE, OTHER, RIGHT, THIRD, changed, said

RANDOM = np.random.default_rng(2)
LONG = RANDOM.normal(size=(2, 12))
VERY_LONG = RANDOM.normal(size=70)
DEEP = RANDOM.normal(size=(2, 3, 4, 5))
COMPLEX = RIGHT + 1j * OTHER
MASKED = np.where(np.abs(RIGHT) > 0.4, RIGHT, 0)


@pytest.mark.parametrize(
    ("trial", "right", "sentence"),
    [
        (RIGHT.T, RIGHT, "it is transposed"),
        (CUBE.transpose(2, 0, 1), CUBE, "its axes are in the order 2, 0, 1"),
        (RIGHT.T.reshape(4, 5), RIGHT, "it is transposed and read in its own shape"),
        (RIGHT.reshape(5, 4).T, RIGHT, "it is read in a transposed shape"),
        (
            CUBE.transpose(2, 0, 1).reshape(CUBE.shape),
            CUBE,
            "its axes are in the order 2, 0, 1 and read in its own shape",
        ),
        (CUBE.reshape(5, 3, 4).transpose(1, 2, 0), CUBE, "it is read in a transposed shape"),
        (DEEP.transpose(0, 1, 3, 2), DEEP, "its axes are in the order 0, 1, 3, 2"),
        (np.flip(RIGHT, 0), RIGHT, "it is reversed along axis 0"),
        (np.flip(CUBE, (0, 2)), CUBE, "it is reversed along axes 0, 2"),
        (np.roll(RIGHT, 2, 0), RIGHT, "it is shifted by 2 along axis 0"),
        (np.roll(RIGHT, 3, 1), RIGHT, "it is shifted by -2 along axis 1"),
        *(
            (np.roll(VERY_LONG, by), VERY_LONG, f"it is shifted by {by} along axis 0")
            for by in (1, 2, -2, -1)
        ),
        (np.roll(VERY_LONG[:64], 30), VERY_LONG[:64], "it is shifted by 30 along axis 0"),
        (
            changed(np.roll(RIGHT, 1, 1), np.s_[:, 0], 0),
            RIGHT,
            "it is shifted by 1 along axis 1, and zero beyond",
        ),
        (
            changed(np.roll(RIGHT, 2, 0), np.s_[:2], 0),
            RIGHT,
            "it is shifted by 2 along axis 0, and zero beyond",
        ),
        (
            changed(np.roll(RIGHT, -1, 1), np.s_[:, -1], 0),
            RIGHT,
            "it is shifted by -1 along axis 1, and zero beyond",
        ),
        (
            LONG.reshape(2, 3, 4)[:, [0, 2, 1]].reshape(2, 12),
            LONG,
            "its 3 blocks along axis 1 are in the order 0, 2, 1",
        ),
        (
            RIGHT[:, [1, 0, 2, 4, 3]],
            RIGHT,
            "its 5 blocks along axis 1 are in the order 1, 0, 2, 4, 3",
        ),
    ],
)
def test_numbers_in_wrong_places(trial: Any, right: Any, sentence: str) -> None:
    """Axes, shifts and blocks by their numbers."""
    assert said(trial, right) == sentence


@pytest.mark.parametrize("number", [3, 4, 6])
def test_blocks_of_any_size_are_told_apart(number: int) -> None:
    """Small ones from large ones, in whatever order they are; copies are no order."""
    order = [*range(1, number - 1), 0, number - 1]
    right = np.repeat(3.0 ** np.arange(number), 12 // number) * LONG
    blocks = right.reshape(2, number, -1)
    assert said(blocks[:, order].reshape(2, 12), right) == (
        f"its {number} blocks along axis 1 are in the order {', '.join(map(str, order))}"
    )
    copied = blocks[:, [0, 0, *range(2, number)]].reshape(2, 12)
    told = diagnose("w", copied, right, 1e-13)
    assert "permuted blocks" not in [d.mistake for d in told]


def test_shifts_by_many_places_along_a_long_axis_are_not_looked_for() -> None:
    """As that would take long."""
    assert diagnose("w", np.roll(VERY_LONG, 30), VERY_LONG, 1e-13) == []


@pytest.mark.parametrize(
    ("trial", "right", "sentence"),
    [
        (changed(RIGHT, (1, 2), np.nan), RIGHT, "it is NaN in 1 of 20 elements"),
        (
            changed(changed(RIGHT, (1, 2), np.nan), (0, 0), np.inf),
            RIGHT,
            "it is NaN and infinite in 2 of 20 elements",
        ),
        (np.full((4, 5), -np.inf), RIGHT, "it is infinite everywhere"),
        (COMPLEX.conj(), COMPLEX, "it is the complex conjugate, as by another convention"),
        (COMPLEX.real, COMPLEX, "its imaginary part is missing"),
        (1j * COMPLEX.imag, COMPLEX, "its real part is missing"),
        (1j * COMPLEX, COMPLEX, "it is i × the reference"),
        (np.clip(RIGHT, -0.25, 0.5), RIGHT, "it is clipped to between -0.25 and 0.5"),
        (0 * RIGHT, RIGHT, "it is zero or missing"),
        (-RIGHT, RIGHT, "it is -1 × the reference: a sign is flipped"),
        (RIGHT.astype("f4"), RIGHT, "it is rounded to float32, as by a detour through that dtype"),
        (RIGHT.astype("f2"), RIGHT, "it is rounded to float16, as by a detour through that dtype"),
    ],
)
def test_numbers_that_are_spoilt(trial: Any, right: Any, sentence: str) -> None:
    """Clipped, rounded, not finite, zero, or half of a complex one."""
    assert said(trial, right) == sentence


def test_two_elements_at_a_limit_are_clipped_and_one_is_not() -> None:
    """The limits are fitted."""
    *_, third, second, first = np.sort(RIGHT, axis=None)
    found = diagnose("w", np.minimum(RIGHT, (third + second) / 2), RIGHT, 1e-13)[0]
    assert (found.mistake, found.evidence) == ("clipped", RIGHT.size - 2)
    one = diagnose("w", np.minimum(RIGHT, (second + first) / 2), RIGHT, 1e-13)
    assert "clipped" not in [d.mistake for d in one]


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize(
    ("units", "hinted"), [(1 / 20, False), (1 / 10, True), (3.9, True), (5, False), (8192, False)]
)
def test_errors_as_large_as_those_of_single_precision_are_a_hint(
    size: float, units: float, hinted: bool
) -> None:
    """In units of its rounding of the largest element."""
    right = size * RIGHT / np.max(np.abs(RIGHT))
    trial = right + units * 2.0**-24 * size * THIRD / np.max(np.abs(THIRD))
    found = [str(d) for d in diagnose("w", trial, right)]
    share = f"{units * 2.0**-24:.1g} of its largest element"
    said = f"it is off by {share}, as far as computing in float32 would put it"
    assert found == [said] * hinted


@pytest.mark.parametrize(
    ("factor", "text"),
    [
        (2 / 13, "2/13 (13 is the batch size) × the reference"),
        (-13 / 2, "-13/2 (13 is the batch size) × the reference"),
        (12 / 13, "12/13 (13 is the batch size) × the reference"),
        (13 / 12, "13/12 (13 is the batch size) × the reference"),
        (13**-0.5, "1/√13 (13 is the batch size) × the reference"),
        (-(13**0.5), "-√13 (13 is the batch size) × the reference"),
        (13**-2, "1/13² (13 is the batch size) × the reference"),
        (169, "13² (13 is the batch size) × the reference"),
        (3, "3 × the reference"),
        (2**0.5, "√2 × the reference"),
        (11 / 12, "11/12 × the reference"),
        (2.0, "2 × the reference"),
        (-0.5, "-1/2 × the reference"),
        (3**0.5, "√3 × the reference"),
        (12**-0.5, "1/√12 × the reference"),
        (0.123456789, "0.123457 × the reference"),
    ],
)  # fmt: skip
def test_factors(factor: float, text: str) -> None:
    """By what they are made of, the plainest way first."""
    assert said(factor * RIGHT, counts={"the batch size": 13}) == f"it is {text}"


@pytest.mark.parametrize(
    ("number", "what"),
    [
        (13, "the batch size"),
        (20, "the number of elements of w"),
        (5, "the size of axis 1 of w"),
        (3, "the number of channels"),
        (7, "the size of axis 0 of y"),
        (6, "the size of axis 0 of x"),
    ],
)
def test_what_is_counted_tells_a_mean_from_a_sum(number: int, what: str) -> None:
    """Samples, or the sizes of what is known."""
    known: Any = {"counts": {"the batch size": 13, "the number of channels": 3}}
    known |= {"cotangents": {"y": np.ones(7)}, "arguments": {"x": np.ones((6, 2))}}
    text = f"it is {{}} × the reference: {number} is {what}; as of a {{}} that became a {{}}"
    assert said(number * RIGHT, **known) == text.format(number, "mean", "sum")
    assert said(RIGHT / number, **known) == text.format(f"1/{number}", "sum", "mean")


def test_two_is_a_factor_more_often_than_a_count() -> None:
    """Of a square's derivative."""
    assert said(2 * RIGHT, counts={"the batch size": 2}) == "it is 2 × the reference"


def test_of_factors_that_are_as_likely_the_nearest_is_named() -> None:
    """Where noise tells them from no other; one that was fitted takes evidence away."""
    noise = 0.03 * OTHER - np.sum(0.03 * OTHER * RIGHT) / np.sum(RIGHT * RIGHT) * RIGHT
    for factor, text in ((9 / 11, "9/11"), (-7 / 8, "-7/8"), (6 / 11, "6/11")):
        assert said(factor * RIGHT + noise).startswith(f"it is {text} × the reference (this")
    for factor, evidence in ((9 / 11, 20), (0.3217, 19)):
        assert diagnose("w", factor * RIGHT, RIGHT, 1e-13)[0].evidence == evidence


def test_a_factor_that_is_no_number_made_of_others_is_a_number() -> None:
    """However near it comes to one, if the gradient has digits that say so."""
    assert said(1.0005 * RIGHT) == "it is 1.0005 × the reference"


@pytest.mark.parametrize(
    ("trial", "right", "known", "sentence"),
    [
        (OTHER, RIGHT, {"right": {"w": RIGHT, "b": OTHER}}, "it is the gradient of b"),
        (RIGHT * OTHER[0], RIGHT, {"arguments": {"g": OTHER[0]}},
         "g is a factor of it once too often"),
        (RIGHT * OTHER[:, :1], RIGHT, {"arguments": {"g": OTHER[:, 0]}},
         "g is a factor of it once too often"),
        (RIGHT * range(1, 6), RIGHT,
         {"arguments": {"one": np.ones(1), "c": CUBE, "g": np.arange(1, 6)}},
         "g is a factor of it once too often"),
        (CUBE[:, :, :2] * [2.0, 3.0], CUBE[:, :, :2], {"arguments": {"g": np.array([2.0, 3.0])}},
         "g is a factor of it once too often"),
        (RIGHT / OTHER, RIGHT, {"arguments": {"g": OTHER}}, "the factor g is missing from it"),
    ],
)  # fmt: skip
def test_factors_of_each_element(trial: Any, right: Any, known: Any, sentence: str) -> None:
    """Arguments."""
    assert said(trial, right, **known) == sentence


def test_a_mask_that_is_ignored() -> None:
    """With a factor or without; what it leaves speaks for it."""
    sentence = "it is not zero where the reference is: a mask is ignored"
    for masked in (MASKED, changed(RIGHT, (1, 1), 0)):
        left = np.count_nonzero(masked)
        for factor, more in ((1, ""), (0.6, ", and elsewhere it is 0.6 × the reference")):
            found = diagnose("w", factor * RIGHT, masked, 1e-13)[0]
            assert str(found) == sentence + more
            assert found.evidence == left - bool(more)


def test_a_matrix_the_wrong_way_round_has_a_name() -> None:
    """As of a recurrent layer."""
    matrix = RANDOM.normal(size=(5, 5))
    for dy in (RIGHT, CUBE):
        known = {"arguments": {"u": matrix}, "cotangents": {"b": dy[0, 0], "y": dy}}
        sentence = "u is the transpose of what it should be in it"
        assert said(dy @ matrix, dy @ matrix.T, **known) == sentence
        assert said(dy @ matrix.T, dy @ matrix, **known) == sentence


CALLS: list[tuple[Any, Any, Any, str]] = [
    (OTHER, RIGHT, {"scaled": lambda factor: OTHER},
     "the cotangent is ignored: twice the cotangent gives the same"),
    (OTHER, RIGHT, {"scaled": lambda factor: factor**2 * OTHER},
     "the cotangent is used twice: twice the cotangent gives four times as much"),
    (RIGHT / OTHER, RIGHT, {"cotangents": {"y": OTHER}}, "the cotangent of y is ignored"),
    (RIGHT * OTHER, RIGHT, {"cotangents": {"y": OTHER}}, "the cotangent of y is used twice"),
    (RIGHT + OTHER, RIGHT, {"again": OTHER + 2 * RIGHT},
     "each call adds to what the one before returned: it is never reset"),
    (OTHER, RIGHT, {"before": lambda: OTHER, "again": RIGHT},
     "it belongs to the point of the call before"),
]  # fmt: skip


@pytest.mark.parametrize(("trial", "right", "known", "sentence"), CALLS)
def test_what_other_calls_tell(trial: Any, right: Any, known: Any, sentence: str) -> None:
    """The same again, with twice the cotangent, and the one before."""
    assert said(trial, right, **known) == sentence


@pytest.mark.parametrize(
    ("mistake", "known"),
    [
        ("cotangent ignored", lambda g: {"scaled": lambda factor: g * (factor == 2)}),
        ("cotangent used twice", lambda g: {"scaled": lambda factor: 4 * g * (factor == 2)}),
        ("accumulated", lambda g: {"again": g + RIGHT}),
        ("inner derivative", lambda g: {"inside": lambda: [("it is so", g)]}),
    ],
)
def test_another_call_has_to_explain_it_all(mistake: str, known: Any) -> None:
    """What is nearly so, or so but for a factor, may come about in many ways."""

    def told(gradient: Any) -> list[str]:
        context = Context(**known(gradient))
        return [d.mistake for d in diagnose("w", OTHER, RIGHT, 1e-13, context)]

    assert mistake in told(OTHER)
    assert mistake not in told(OTHER + 1e-3 * RIGHT)
    assert mistake == "inner derivative" or mistake not in told(3 * OTHER)


def test_what_does_not_change_after_a_call_is_not_of_the_one_before() -> None:
    """As stale input would have been replaced by the time of the next call."""
    told = diagnose("w", OTHER, RIGHT, 0.0, Context(before=lambda: OTHER, again=OTHER))
    assert "stale input" not in [d.mistake for d in told]
