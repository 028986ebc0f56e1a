"""The workloads as data: a network and a batch each, from 131 parameters to 25 million."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clinometer import Architecture, Case
from clinometer.architecture import Layer
from clinometer.architecture.layers.activations import ReLU
from clinometer.architecture.layers.attention import Attention
from clinometer.architecture.layers.convolution import Convolution2d
from clinometer.architecture.layers.dense import Dense
from clinometer.architecture.layers.embedding import Embedding
from clinometer.architecture.layers.normalisation import BatchNorm, LayerNorm
from clinometer.architecture.layers.pooling import MaxPool2d
from clinometer.architecture.layers.recurrent import LSTM
from clinometer.architecture.layers.shapes import Flatten
from clinometer.architecture.losses import Loss, Outputs, SoftmaxCrossEntropy


@dataclass(frozen=True)
class Workload:
    """One gradient for all parameters and inputs of a network."""

    name: str
    inputs: tuple[int, ...]
    layers: tuple[Layer, ...]
    batch: int
    loss: Loss

    def case(self, dtype: str) -> Case:
        """With numbers in it."""
        return Case(Architecture(self.inputs, self.layers, self.loss), dtype, self.batch)


def multilayer(name: str, widths: Sequence[int], batch: int) -> Workload:
    """Dense layers with relu in between, and softmax cross-entropy last."""
    inputs, *hidden, outputs = widths
    layers = [layer for width in hidden for layer in (Dense(width), ReLU())]
    return Workload(name, (inputs,), (*layers, Dense(outputs)), batch, SoftmaxCrossEntropy())


def alone(name: str, inputs: tuple[int, ...], layer: Layer, batch: int) -> Workload:
    """A single layer, whose outputs have random cotangents."""
    return Workload(name, inputs, (layer,), batch, Outputs())


def _convolution(channels: int) -> Convolution2d:
    """Of windows 3 × 3, of as many as there are places in the image."""
    return Convolution2d(channels, (3, 3), padding=(1, 1, 1, 1))


_POOL = MaxPool2d((2, 2), (2, 2))
_BLOCKS = (_convolution(8), ReLU(), _POOL, _convolution(16), ReLU(), _POOL)
_VOCABULARY = 10_000

WORKLOADS = {
    workload.name: workload
    for workload in (
        multilayer("tiny", (4, 16, 3), 32),
        multilayer("small", (64, 256, 256, 10), 64),
        multilayer("medium", (784, 512, 512, 10), 128),
        multilayer("large", (1024, 4096, 4096, 1024), 256),
        multilayer("deep", (64,) * 51, 64),
        Workload(
            "small cnn", (1, 28, 28), (*_BLOCKS, Flatten(), Dense(10)), 32, SoftmaxCrossEntropy()
        ),
        alone("convolution", (64, 56, 56), _convolution(64), 8),
        alone("lstm", (50, 128), LSTM(128), 32),
        alone("attention", (128, 256), Attention(256), 8),
        alone("attention, 8 heads", (128, 256), Attention(256, heads=8), 8),
        Workload(
            "embedding",
            (128,),
            (Embedding(_VOCABULARY, 128), Dense(_VOCABULARY)),
            8,
            SoftmaxCrossEntropy(),
        ),
        alone("batch norm", (1024,), BatchNorm(), 256),
        alone("layer norm", (1024,), LayerNorm(), 1024),
        alone("small layer norm", (64,), LayerNorm(), 128),
    )
}

#: Those that differ in size alone: what grows is seen along them.
GROWING = ("tiny", "small", "medium", "large")
