"""The losses and penalties: values worked by hand, conventions at kinks, and what they refuse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from handgrad.kernels import kernel, kernel_set

NAMES = ["vectorised", "looped"]


def run(name: str, kind: str, *arrays: Any, **settings: Any) -> tuple[Any, Any]:
    """The loss and its gradient for the first array, with 1 as the cotangent."""
    chosen, load = kernel(name, kind), kernel_set(name).load
    settings = {k: load(v) if isinstance(v, np.ndarray) else v for k, v in settings.items()}
    loss, cache = chosen.forward(*(load(np.array(array)) for array in arrays), **settings)
    gradient = chosen.backward(load(np.ones_like(loss, dtype=float)), cache)[0]
    return np.asarray(loss), np.asarray(gradient)


@pytest.mark.parametrize("name", NAMES)
def test_huber_has_its_textbook_values(name: str) -> None:
    """Errors of 1 and -4, inside and outside a delta of 2: (½ + 2 (4 - 1)) / 2."""
    loss, gradient = run(name, "huber", [[1.0, -4.0]], [[0.0, 0.0]], delta=2.0)
    assert loss == 3.25
    assert gradient.tolist() == [[0.5, -1.0]]


@pytest.mark.parametrize("name", NAMES)
def test_hinge_has_its_textbook_values_and_no_slope_at_its_kink(name: str) -> None:
    """Short of the margin by 3 and by ½, beyond it, and on it."""
    loss, gradient = run(name, "hinge", [[-2.0, -0.5, 4.0, -1.0]], [[1.0, -1.0, 1.0, -1.0]])
    assert loss == 3.5 / 4
    assert gradient.tolist() == [[-0.25, 0.25, 0.0, 0.0]]


@pytest.mark.parametrize("name", NAMES)
def test_kl_divergence_has_its_textbook_value_and_counts_zeros_as_nothing(name: str) -> None:
    """½ log(½ / ¼) twice in one row; 1 log(1 / ½) in the other; the mean of the two."""
    y = np.log([[0.25, 0.25, 0.5], [0.5, 0.25, 0.25]])
    loss, gradient = run(name, "kl_divergence", y, [[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]])
    assert loss == pytest.approx(math.log(2))
    assert gradient.tolist() == [[-0.25, -0.25, 0.0], [-0.5, 0.0, 0.0]]


@pytest.mark.parametrize("name", NAMES)
def test_binary_cross_entropy_weights_the_positive_class(name: str) -> None:
    """At probability ¾: -3 log ¾ for a positive, -log ¼ for a negative."""
    z = [[math.log(3), math.log(3)]]
    loss, gradient = run(name, "binary_cross_entropy", z, [[1.0, 0.0]], positive_weight=3.0)
    assert loss == pytest.approx((-3 * math.log(0.75) - math.log(0.25)) / 2)
    np.testing.assert_allclose(gradient, [[-3 * 0.25 / 2, 0.75 / 2]])


@pytest.mark.parametrize("name", NAMES)
def test_binary_cross_entropy_keeps_its_digits_far_from_zero(name: str) -> None:
    """σ(40) - 1 would be 0."""
    _, gradient = run(name, "binary_cross_entropy", [[40.0]], [[1.0]])
    assert gradient.tolist() == [[pytest.approx(-math.exp(-40), rel=1e-15, abs=0)]]


#: Two rows of three classes whose probabilities are ¼, ½, ¼ and ½, ¼, ¼.
LOGITS = np.log([[1.0, 2.0, 1.0], [2.0, 1.0, 1.0]])


@pytest.mark.parametrize("name", NAMES)
def test_softmax_cross_entropy_weights_smooths_and_ignores(name: str) -> None:
    """Label 1 of weight 4 and label 2 of weight 2, their mean weighted so; then one of two rows."""
    weight = np.array([1.0, 4.0, 2.0])
    loss, gradient = run(name, "softmax_cross_entropy", LOGITS, [1, 2], class_weight=weight)
    assert loss == pytest.approx((4 * math.log(2) + 2 * math.log(4)) / 6)
    np.testing.assert_allclose(gradient, [[1 / 6, -1 / 3, 1 / 6], [1 / 6, 1 / 12, -1 / 4]])

    settings = {"class_weight": weight, "smoothing": 0.75}
    loss, gradient = run(name, "softmax_cross_entropy", LOGITS, [1, -1], **settings)
    q = np.array([0.25, 4 * (0.25 + 0.25), 0.5])
    assert loss == pytest.approx((q @ np.log([4, 2, 4])) / 4)
    np.testing.assert_allclose(gradient, [(np.array([0.25, 0.5, 0.25]) * 2.75 - q) / 4, [0, 0, 0]])


@pytest.mark.parametrize("name", NAMES)
def test_softmax_cross_entropy_of_no_row_is_zero(name: str) -> None:
    """So that a sample all of whose labels are ignored adds nothing."""
    loss, gradient = run(name, "softmax_cross_entropy", LOGITS, [-1, -100], smoothing=0.5)
    assert loss == 0
    assert not gradient.any()


@pytest.mark.parametrize("name", NAMES)
def test_softmax_cross_entropy_takes_classes_of_no_probability(name: str) -> None:
    """A logit of -∞, as a mask sets it."""
    loss, gradient = run(name, "softmax_cross_entropy", [[0.0, -np.inf, 0.0]], [2])
    assert loss == pytest.approx(math.log(2))
    np.testing.assert_allclose(gradient, [[0.5, 0, -0.5]])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("label", [[1], [1, 3], [0.0, 1.0], [[0], [1]], None])
def test_wrong_labels_are_refused_in_a_sentence(name: str, label: Any) -> None:
    """Too few, too large, no integers, of another shape, none at all."""
    with pytest.raises(ValueError, match=r"2 class labels from 0 to 2, or negative .* \(2,\)"):
        run(name, "softmax_cross_entropy", LOGITS, label)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", ["int8", "int64", "uint8", "uint64"])
def test_labels_are_integers_of_any_type(name: str, dtype: str) -> None:
    """Some of which NumPy adds to others as floating-point numbers."""
    loss, gradient = run(name, "softmax_cross_entropy", LOGITS, np.array([1, 2], dtype))
    assert loss == pytest.approx((math.log(2) + math.log(4)) / 2)
    np.testing.assert_allclose(gradient, [[1 / 8, -1 / 4, 1 / 8], [1 / 4, 1 / 8, -3 / 8]])


def test_softmax_cross_entropy_takes_logits_in_any_layout() -> None:
    """Also class by class, where a row is spread over memory."""
    for settings in ({}, {"smoothing": 0.25}):
        loss, gradient = run("vectorised", "softmax_cross_entropy", LOGITS, [1, -1], **settings)
        columns = np.asfortranarray(LOGITS)
        chosen = kernel("vectorised", "softmax_cross_entropy")
        again, cache = chosen.forward(columns, np.array([1, -1]), **settings)
        assert again == loss
        np.testing.assert_array_equal(chosen.backward(1.0, cache)[0], gradient)


@pytest.mark.parametrize("name", NAMES)
def test_row_squared_error_sums_over_all_axes_of_a_sample(name: str) -> None:
    """A sample of four numbers has one loss."""
    y = np.arange(8.0).reshape(2, 2, 2)
    loss, gradient = run(name, "row_squared_error", y, np.zeros((2, 2, 2)))
    assert loss.tolist() == [14.0, 126.0]
    assert gradient.tolist() == (2 * y).tolist()


@pytest.mark.parametrize("name", NAMES)
def test_l1_penalty_has_no_slope_at_its_kink(name: str) -> None:
    """½ (2 + 0 + 3)."""
    loss, gradient = run(name, "l1_penalty", [2.0, 0.0, -3.0], strength=0.5)
    assert loss == 2.5
    assert gradient.tolist() == [0.5, 0.0, -0.5]
