"""The descriptions of convolutions and poolings: shapes, and sentences for what does not fit."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from clinometer.architecture import LAYERS, Layer
from clinometer.architecture.candidates import candidates
from clinometer.architecture.layers.convolution import (
    Convolution1d,
    Convolution2d,
    TransposedConvolution1d,
    TransposedConvolution2d,
)
from clinometer.architecture.layers.pooling import (
    AveragePool1d,
    GlobalMaxPool,
    MaxPool1d,
    MaxPool2d,
)
from clinometer.architecture.layers.sliding import Sliding
from clinometer.errors import InvalidInput
from handgrad.kernels import kernel

KINDS = [kind for kind, layer in LAYERS.items() if issubclass(layer, Sliding)]
SHAPES = ((4, 3), (3, 6), (2, 4, 5), (4, 3, 2))


@pytest.mark.parametrize("kind", KINDS)
def test_shapes_are_those_that_the_kernels_give(kind: str) -> None:
    """And a description comes back from its JSON."""
    some = [(layer, shape) for shape in SHAPES for layer in candidates(kind, shape)[::5]]
    assert len(some) > 10
    for layer, shape in some:
        parameters = [np.ones(s) for s in layer.parameter_shapes(shape).values()]
        y, _ = kernel("vectorised", kind).forward(
            np.ones((2, *shape)), *parameters, **layer.forward_settings
        )
        assert y.shape == (2, *layer.output_shape(shape))
        assert Layer.from_json(json.loads(json.dumps(layer.to_json()))) == layer


@pytest.mark.parametrize(
    ("kind", "settings", "sentence"),
    [
        (Convolution1d, {"kernel": 0}, "kernel of 'convolution1d' must be an integer from 1 up"),
        (Convolution1d, {"kernel": (2,)}, "kernel of 'convolution1d' must be an integer from 1 up"),
        (Convolution1d, {"padding": (1,)}, "padding of .* must be 2 integers from 0 up, not"),
        (Convolution2d, {"kernel": (2, 0)}, "kernel of .* must be 2 integers from 1 up, not"),
        (Convolution2d, {"padding": (0, 0, -1, 0)}, "padding of .* must be 4 integers from 0 up"),
        (Convolution2d, {"stride": 2}, "stride of .* must be 2 integers from 1 up, not 2"),
        (Convolution1d, {"channels": 0}, "channels of .* must be an integer from 1 up, not 0"),
        (Convolution1d, {"groups": 2}, "groups of .* must be a divisor of the 3 channels, not 2"),
        (
            TransposedConvolution1d,
            {"output_padding": 2, "stride": 2},
            "output_padding of .* must be less than stride or dilation, not 2",
        ),
        (
            TransposedConvolution2d,
            {"output_padding": (0, 1), "dilation": (2, 1)},
            r"output_padding of .* must be less than stride or dilation, not \(0, 1\)",
        ),
        (
            MaxPool1d,
            {"dilation": 0},
            "dilation of 'max_pool1d' must be an integer from 1 up, not 0",
        ),
        (AveragePool1d, {"count_padding": 1}, "count_padding of .* must be true or false, not 1"),
    ],
)
def test_settings_out_of_range_are_refused(
    kind: Any, settings: dict[str, Any], sentence: str
) -> None:
    """In a sentence that says what they must be."""
    whole = {"kernel": (2,) * kind.axes if kind.axes > 1 else 2}
    if "convolution" in kind.kind:
        whole["channels"] = 3
    with pytest.raises(InvalidInput, match=sentence):
        kind(**whole | settings)


@pytest.mark.parametrize(
    ("layer", "shape", "sentence"),
    [
        (Convolution1d(2, 3), (1, 2), r"windows of 'convolution1d' do not fit .* \[1, 2\]"),
        (Convolution1d(2, 1, groups=2), (3, 2), r"cannot part the channels .* into 2 groups"),
        (TransposedConvolution1d(1, 2, padding=2), (1, 3), "padding of .* leaves nothing"),
        (MaxPool2d((2, 2), padding=(0, 2, 0, 0)), (1, 2, 2), "sees nothing but padding"),
    ],
)
def test_samples_that_do_not_fit_are_refused(
    layer: Layer, shape: tuple[int, ...], sentence: str
) -> None:
    """In a sentence that says why."""
    with pytest.raises(InvalidInput, match=sentence):
        layer.output_shape(shape)


def test_samples_without_channels_are_not_taken() -> None:
    """Windows slide along the axes behind that of the channels."""
    assert [Convolution1d.accepts((4,) * n) for n in (1, 2, 3)] == [False, True, False]
    assert [MaxPool2d.accepts((4,) * n) for n in (1, 2, 3)] == [False, False, True]
    assert [GlobalMaxPool.accepts((4,) * n) for n in (1, 2, 3)] == [False, True, True]
