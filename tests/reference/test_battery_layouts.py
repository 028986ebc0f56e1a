"""Layouts of the cotangent: whoever reads memory in another order than it lies is seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided

from clinometer.battery.layouts import LAYOUTS, channels_last, expanded, lay, strided, transposed
from tests.reference.implementations import TorchImplementation, elementwise, reasons, trial_of

X = np.random.default_rng(0).normal(size=(4, 3))


def in_memory_order(g: Any) -> Any:
    """What a kernel reads that takes the numbers as they lie in memory."""
    return as_strided(g, g.shape, np.empty(g.shape).strides) if g.size else g


def from_the_first_byte(g: Any) -> Any:
    """What a kernel reads that knows strides, but not that an array may start within another."""
    whole = g
    while getattr(whole, "base", None) is not None:
        whole = whole.base
    return as_strided(whole, g.shape, g.strides)


@pytest.mark.parametrize(
    ("shape", "read", "words"),
    [
        ((4, 3), in_memory_order, "transposed (strides (1, 4))"),
        ((4, 3), in_memory_order, "every second of a larger array (strides (6, 2))"),
        ((4, 3), in_memory_order, "one number that stands for all (strides (0, 0))"),
        ((3, 2, 1, 4), in_memory_order, "channels-last (strides (8, 1, 1, 2))"),
        ((5,), in_memory_order, "every second of a larger array (strides (2,))"),
        ((5,), from_the_first_byte, "every second of a larger array (strides (2,))"),
        ((), from_the_first_byte, "every second of a larger array (strides ())"),
    ],
)
def test_a_backward_pass_that_ignores_the_layout_is_seen(
    shape: tuple[int, ...], read: Any, words: str
) -> None:
    """Right for contiguous cotangents; the others are named with their strides."""
    x = np.random.default_rng(0).normal(size=shape)
    wrong = elementwise(np.sin, lambda g, x: read(g) * np.cos(x))
    reason = f"the gradient is another one for a cotangent that is {words}"
    found = reasons(trial_of(wrong, x=x))
    assert ("x", "cotangents", reason) in found
    assert all("is another one for a cotangent" in text for _, _, text in found)


def test_a_backward_pass_that_refuses_a_layout_is_seen() -> None:
    """As a view does that needs contiguous memory."""

    def backward(g: Any, x: Any) -> Any:
        if not g.flags.c_contiguous:
            raise ValueError("not contiguous")
        return g * np.cos(x)

    found = {text for _, _, text in reasons(trial_of(elementwise(np.sin, backward), x=X))}
    assert (
        "the backward pass raised ValueError: not contiguous, for a cotangent that is transposed "
        "(strides (1, 4))"
    ) in found


@pytest.mark.torch
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_batch_normalisation_of_pytorch_is_seen(dtype: str) -> None:
    """Its backward pass on the CPU trusts a stride along an axis of one element."""
    import torch

    layer = torch.nn.BatchNorm2d(2, dtype=getattr(torch, dtype))
    implementation = TorchImplementation(lambda a: {"y": layer(a["x"])})
    x = np.random.default_rng(0).normal(size=(3, 2, 1, 4)).astype(dtype)
    found = reasons(trial_of(implementation, x=x))
    reason = "the gradient is another one for a cotangent that is channels-last (strides {})"
    assert found == {("x", "cotangents", reason.format((8, 1, 1, 2)))}
    assert not reasons(trial_of(implementation, x=np.tile(x, (1, 1, 2, 1))))


@pytest.mark.torch
def test_a_function_of_pytorch_that_ignores_the_layout_is_seen() -> None:
    """`gradcheck` hands it contiguous cotangents alone."""
    import torch

    class Sine(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x.sin()

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return torch.as_strided(g, x.shape, x.stride()) * x.cos()

    found = {reason for _, _, reason in reasons(trial_of(TorchImplementation(_only(Sine)), x=X))}
    assert found == {
        f"the gradient is another one for a cotangent that is {words}"
        for words in (
            "transposed (strides (1, 4))",
            "every second of a larger array (strides (6, 2))",
            "one number that stands for all (strides (0, 0))",
        )
    }


def _only(function: Any) -> Any:
    return lambda a: {"y": function.apply(a["x"])}


def test_the_layouts_hold_the_numbers_and_nan_between_them() -> None:
    """In NumPy's memory, for every shape that has such a layout."""
    numbers, implementation = np.arange(24.0).reshape(3, 2, 1, 4), elementwise(np.sin, np.cos)
    for layout in (transposed, channels_last, strided):
        laid = lay(implementation, numbers, layout(numbers.shape))
        assert np.array_equal(laid.array, numbers)
        assert not laid.array.flags.c_contiguous
        assert np.shares_memory(laid.array, laid.buffer)
        assert np.isnan(laid.buffer).sum() == laid.buffer.size - numbers.size
    assert channels_last(numbers.shape) == ((8, 1, 1, 2), 0)
    assert expanded((2, 3)) == ((0, 0), 0)
    assert [layout((5,)) for layout in LAYOUTS.values()] == [None, None, ((2,), 1)]
