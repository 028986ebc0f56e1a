"""How well a mistake explains an error, and whether it is told, by mistakes made up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clinometer.diagnosis import Context, Diagnosis, diagnose, judging
from clinometer.diagnosis.wrong import Candidate

RIGHT, OTHER = np.random.default_rng(0).normal(size=(2, 10, 10))
#: A gradient that is off by one in every element, each time a little differently.
TRIAL = RIGHT + 1 + 1e-3 * OTHER


def leaving(part: float) -> Any:
    """What explains the error of TRIAL but for a part of it."""
    return TRIAL - part * (TRIAL - RIGHT)


class Told:
    """Diagnoses by mistakes that are put in place of those that are known."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    def __call__(
        self,
        *mistakes: Any,
        trial: Any = TRIAL,
        right: Any = RIGHT,
        uncertainty: Any = 0.0,
    ) -> list[Diagnosis]:
        """By one candidate each, or several."""
        lists = (made if isinstance(made, list) else [made] for made in mistakes)
        known = {f"mistake {n}": lambda wrong, made=made: made for n, made in enumerate(lists)}
        self.monkeypatch.setattr(judging, "MISTAKES", known)
        return diagnose("w", trial, right, uncertainty)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """Diagnoses by the mistakes that are given."""
    return Told(monkeypatch)


def candidate(gradient: Any, **settings: Any) -> Candidate:
    """One that comes without a factor."""
    return Candidate(gradient, "it is so", **{"scalable": False, **settings})


def test_a_mistake_that_explains_more_than_half_is_told(told: Told) -> None:
    """And how much it explains."""
    (found,) = told(candidate(leaving(0.49)))
    assert found.explains == pytest.approx(0.51)
    assert str(found) == "it is so (this explains 51% of the error)"
    assert told(candidate(leaving(0.51))) == []
    assert told(candidate(leaving(0.01)))
    assert told(candidate(leaving(0.01), whole=True)) == []
    assert told(candidate(leaving(0.0), whole=True))


def test_what_leaves_less_than_the_uncertainty_explains_it_all(told: Told) -> None:
    """As far as that counts for the candidate."""
    assert [d.explains for d in told(candidate(leaving(0.01)), uncertainty=0.02)] == [1.0]
    (found,) = told(candidate(leaving(0.01), bound=0.001), uncertainty=0.02)
    assert found.explains == pytest.approx(0.99)
    (found,) = told(candidate(leaving(0.01), bound=0.02))
    assert found.explains == 1.0
    assert str(found) == "it is so"


def test_half_of_an_error_that_is_hardly_one_is_no_explanation(told: Told) -> None:
    """Though what is left is below the uncertainty."""
    assert told(candidate(leaving(0.6)), uncertainty=0.9) == []


def test_rounding_is_no_part_of_an_error(told: Told) -> None:
    """A few units in the last place of the largest element."""
    assert [d.explains for d in told(candidate(TRIAL * (1 + 1e-15)))] == [1.0]
    large = 1e6 * RIGHT
    assert told(candidate(large), trial=large * (1 + 1e-15), right=large) == []


@pytest.mark.parametrize(("dtype", "all_of_it"), [("float64", False), ("float16", True)])
def test_rounding_is_that_of_the_dtype_on_trial(dtype: str, all_of_it: bool) -> None:
    """What half precision may do, double precision may not."""
    found = diagnose("w", -RIGHT.astype("float16"), RIGHT, 0.0, Context(dtype=dtype))[0]
    assert (found.mistake, found.explains == 1) == ("sign", all_of_it)


def test_what_chance_would_do_is_not_told(told: Told) -> None:
    """Few numbers that are hardly known: whatever is near them."""
    small, exact = RIGHT[:1, :5], RIGHT[:1, :5] + 1e-3
    assert told(candidate(exact), trial=exact, right=small)
    assert told(candidate(exact), trial=exact, right=small, uncertainty=5e-4) == []
    assert told(candidate(TRIAL), uncertainty=0.5)


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        (1, "it is so (thin evidence: only 1 independent number)"),
        (2, "it is so (thin evidence: only 2 independent numbers)"),
        (3, "it is so (thin evidence: only 3 independent numbers)"),
        (4, "it is so"),
    ],
)
def test_three_numbers_are_thin_evidence(told: Told, evidence: int, said: str) -> None:
    """A simpler mistake that rests on more leaves no room for others."""
    one, other = candidate(TRIAL, evidence=evidence), candidate(TRIAL)
    found = told(one, other)
    assert str(found[0]) == said
    assert [d.mistake for d in found] == ["mistake 0", "mistake 1"][: 1 if evidence > 3 else 2]


def test_numbers_that_were_fitted_are_no_evidence(told: Told) -> None:
    """Each takes one away."""
    assert [d.evidence for d in told(candidate(TRIAL, evidence=9, free=2))] == [7]
    assert told(candidate(TRIAL, evidence=2, free=2)) == []


def test_what_is_compared_speaks_for_itself(told: Told) -> None:
    """A part of the gradient on trial, by its own size and its own numbers."""
    observed = np.repeat([[1.0], [3.0]], 10, axis=1)
    made = np.where(observed == 1, 1.4, 1.8)
    (found,) = told(candidate(made, observed=observed, evidence=50))
    assert found.explains == pytest.approx(0.6)
    assert [d.evidence for d in told(candidate(observed, observed=observed))] == [2]


def test_of_one_mistake_the_best_is_told(told: Told) -> None:
    """Once."""
    found = told([candidate(leaving(0.2)), candidate(leaving(0.1)), candidate(leaving(0.3))])
    assert [d.explains for d in found] == [pytest.approx(0.9)]


@pytest.mark.parametrize(
    ("plain", "fitted", "first"),
    [(0.2, 0.15, 0), (0.2, 0.09, 1), (0.2, 0.0, 1), (1e-7, 0.0, 0), (1e-5, 0.0, 1)],
)
def test_what_is_fitted_has_to_leave_half_as_much(
    told: Told, plain: float, fitted: float, first: int
) -> None:
    """Of what explains it all, what is fitted comes last."""
    found = told(candidate(leaving(plain)), candidate(leaving(fitted), free=1))
    assert found[0].mistake == f"mistake {first}"


def test_a_mistake_may_come_with_a_factor(told: Told) -> None:
    """One that is no mistake by itself, nor nearly 1."""

    def scaled(factor: float, gradient: Any = OTHER, **settings: Any) -> list[str]:
        trial = factor * gradient
        return [str(d) for d in told(Candidate(gradient, "it is so", **settings), trial=trial)]

    assert scaled(0.5) == ["it is so, and 0.5 × that"]
    assert scaled(-1.0) == ["it is so, and -1 × that"]
    assert scaled(2.0, OTHER[:5]) == ["it is so, and 2 × that"]
    assert scaled(1.0) == ["it is so"]
    assert "×" not in "".join(scaled(0.5, scalable=False) + scaled(0.5, free=1))
    assert scaled(0.5, 3 * RIGHT) == []  # that is a factor alone
    none, one = Candidate(RIGHT, "it is not", scalable=False), Candidate(OTHER, "it is so")
    assert [str(d) for d in told([none, one], trial=2 * OTHER)] == ["it is so, and 2 × that"]


def test_the_uncertainty_goes_where_the_numbers_go() -> None:
    """As where an array is shifted."""
    uncertainty = np.zeros(RIGHT.shape)
    uncertainty[2, 3] = 0.1
    trial = np.roll(RIGHT + 0.9 * uncertainty, 1, axis=0)
    found = diagnose("w", trial, RIGHT, uncertainty)[0]
    assert (found.mistake, found.explains) == ("shifted axis", 1.0)


def test_elements_within_the_uncertainty_are_right() -> None:
    """So that the place of the others has a name."""
    trial = RIGHT + 1e-9
    trial[4, :3] = 7
    found = diagnose("w", trial, RIGHT, 1e-8)[0]
    assert str(found) == "it is wrong in the first 3 columns of row 4 only"


def test_a_hint_is_given_where_nothing_else_is_known(told: Told) -> None:
    """It explains nothing."""
    hint, weak = candidate(TRIAL, hint=True), candidate(leaving(0.3))
    assert told(hint) == [Diagnosis("mistake 0", "it is so", 0.0, 0)]
    assert str(told(hint)[0]) == "it is so"
    assert [d.mistake for d in told(hint, weak)] == ["mistake 1"]


def test_numbers_of_any_type_are_compared_as_floats() -> None:
    """Whole ones among them, and single ones."""
    assert diagnose("w", [2, 4, 6, 8], [1, 2, 3, 4])[0].sentence.startswith("it is 2 × ")
    single = RIGHT.astype("float32")
    assert [d.mistake for d in diagnose("w", -single, single)] == ["sign"]
