"""Networks of tokens: what they are drawn from, and that only their weights have gradients."""

from __future__ import annotations

import numpy as np
import pytest

from clinometer.architecture import Architecture, Case
from clinometer.architecture.layers.activations import Identity
from clinometer.architecture.layers.embedding import Embedding
from clinometer.architecture.losses import Outputs
from clinometer.errors import InvalidInput
from clinometer.subjects import hand_written

CASE = Case(Architecture((4,), (Embedding(5, 3),), Outputs()), batch=2)


def test_tokens_repeat_and_reach_both_ends_of_the_vocabulary() -> None:
    """So that rows gather several cotangents, the first and the last of them too."""
    tokens = CASE.constants()["x"]
    assert tokens.shape == (2, 4)
    assert tokens.dtype.kind == "i"
    assert {0, 4} <= set(tokens.ravel().tolist()) <= set(range(5))
    assert len(np.unique(tokens)) < tokens.size


@pytest.mark.parametrize("subject", hand_written.SUBJECTS)
def test_tokens_have_no_gradient_and_their_rows_have(subject: str) -> None:
    """Each row that of the sum of its cotangents."""
    problem = hand_written.problem(CASE)
    _, gradients = problem.gradients[subject](problem.arguments)
    assert list(gradients) == list(problem.arguments) == ["1.weight"]
    expected = np.zeros((5, 3))
    for token, cotangent in zip(
        CASE.constants()["x"].ravel(), CASE.cotangent().reshape(-1, 3), strict=True
    ):
        expected[token] += cotangent
    np.testing.assert_array_equal(gradients["1.weight"], expected)


def test_an_embedding_stands_first() -> None:
    """What comes out of a layer is no tokens."""
    with pytest.raises(InvalidInput, match="a layer that takes tokens must be the first one"):
        Architecture((4,), (Identity(), Embedding(5, 3)))


@pytest.mark.parametrize(("vocabulary", "features"), [(0, 3), (5, 0), (True, 3)])
def test_an_embedding_of_nothing_is_refused(vocabulary: int, features: int) -> None:
    """Both numbers count from 1."""
    with pytest.raises(InvalidInput, match="of 'embedding' must be an integer from 1 up, not"):
        Embedding(vocabulary, features)
