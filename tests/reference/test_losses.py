"""The losses as descriptions: their targets and constants, and settings that are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clinometer.architecture import Architecture, Case, Layer, Loss
from clinometer.architecture.layers.activations import Identity
from clinometer.architecture.losses import Hinge, KLDivergence, SoftmaxCrossEntropy
from clinometer.dtypes import DTYPES
from clinometer.errors import InvalidInput

VALUES = ("continuous", "grid")


def case(loss: Loss, shape: tuple[int, ...] = (3,), **settings: Any) -> Case:
    """The loss of the input itself."""
    return Case(Architecture(shape, (Identity(),), loss), **settings)


@pytest.mark.parametrize("values", VALUES)
def test_signs_are_both_there(values: str) -> None:
    """And nothing else."""
    target = case(Hinge(), batch=20, values=values).target()
    assert target is not None
    assert set(target.ravel()) == {-1.0, 1.0}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("shape", [(1,), (5,), (2, 3, 4)])
def test_distributions_sum_to_one_exactly(shape: tuple[int, ...], values: str, dtype: str) -> None:
    """In numbers that the dtype holds; on the grid some of them are zero."""
    target = case(KLDivergence(), shape, dtype=dtype, batch=40, values=values).target()
    assert target is not None
    assert target.shape == (40, *shape)
    assert np.array_equal(target, target.astype(dtype).astype(float))
    assert target.min() >= 0
    assert np.all(target.sum(axis=-1) == 1)
    assert shape == (1,) or values == "continuous" or (target == 0).any()


@pytest.mark.parametrize("shape", [(3,), (2, 3)])
def test_labels_are_ignored_where_the_loss_says_so_but_never_all(shape: tuple[int, ...]) -> None:
    """One for each row; the others are the same as without."""
    for seed in range(20):
        plain, some = (
            case(SoftmaxCrossEntropy(ignored=i), shape, batch=4, seed=seed) for i in (False, True)
        )
        all_labels, labels = plain.target(), some.target()
        assert all_labels is not None
        assert labels is not None
        assert labels.shape == (4, *shape[:-1])
        assert all_labels.min() >= 0
        assert labels.min() >= -1
        assert labels.max() >= 0
        assert np.array_equal(labels[labels >= 0], all_labels[labels >= 0])
    alone = case(SoftmaxCrossEntropy(ignored=True), batch=1).target()
    assert alone is not None
    assert alone >= 0


def test_class_weights_are_a_constant_of_the_loss() -> None:
    """One for each class, positive, and only where the loss is weighted."""
    weighted = case(SoftmaxCrossEntropy(weighted=True), (2, 3))
    weights = weighted.constants()["loss.class_weight"]
    assert weights.shape == (3,)
    assert weights.min() > 0
    assert len(set(weights)) == 3
    assert case(SoftmaxCrossEntropy()).constants() == {}
    assert case(SoftmaxCrossEntropy(smoothing=0.5)).architecture.loss.forward_settings == {
        "smoothing": 0.5
    }


@pytest.mark.parametrize(
    ("read", "data", "sentence"),
    [
        (Loss, {"kind": "huber", "delta": 0.0}, "delta of 'huber' must be a finite number above 0"),
        (
            Loss,
            {"kind": "binary_cross_entropy", "positive_weight": -1.0},
            "positive_weight of 'binary_cross_entropy' must be a finite number above 0, not -1.0",
        ),
        (Loss, {"kind": "softmax_cross_entropy", "smoothing": 1.5}, "a number from 0 to 1"),
        (Loss, {"kind": "softmax_cross_entropy", "ignored": 1}, "must be a bool, not 1"),
        (Layer, {"kind": "elu", "alpha": float("nan")}, "alpha of 'elu' must be a finite number"),
        (Layer, {"kind": "hardtanh", "low": 2.0}, "high of 'hardtanh' must be a finite number abo"),
        (Layer, {"kind": "hardtanh", "low": float("-inf")}, "low of 'hardtanh' must be a finite"),
        (Layer, {"kind": "hardtanh", "high": float("inf")}, "high of 'hardtanh' must be a finite"),
    ],
)
def test_bad_settings_are_refused_in_a_sentence(read: Any, data: Any, sentence: str) -> None:
    """Numbers that are none of what the setting means."""
    with pytest.raises(InvalidInput, match=sentence):
        read.from_json(data)
