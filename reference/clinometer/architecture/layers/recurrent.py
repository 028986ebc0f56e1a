"""Layers that run over the steps of a sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from clinometer.architecture.description import Shape, is_count, require
from clinometer.architecture.layers.layer import Layer

ACTIVATIONS = ("tanh", "relu")


@dataclass(frozen=True)
class Recurrent(Layer):
    """A state of `units` numbers from step to step, each of which is put out.

    In reverse, the last step is the first one. Where a sequence starts is a parameter: the
    same state for every sample.
    """

    units: int
    reverse: bool = False

    #: How many times its weights are as wide as its state, and what it has of biases and states.
    gates: ClassVar[int] = 1
    biases: ClassVar[tuple[str, ...]] = ("bias",)
    states: ClassVar[tuple[str, ...]] = ("state",)

    def __post_init__(self) -> None:
        fits = is_count(self.units) and self.units >= 1
        require(fits, self, "units", "an integer from 1 up")
        require(isinstance(self.reverse, bool), self, "reverse", "true or false")

    @property
    def forward_settings(self) -> dict[str, Any]:
        """All but the width, which shows in the parameters."""
        return {name: value for name, value in self.settings.items() if name != "units"}

    @classmethod
    def choices(cls, shape: Shape) -> dict[str, tuple[Any, ...]]:
        """Both ways; states of 1 to 4, and as often square weights, where a transposition hides."""
        return {"units": (1, 2, 3, 4, *4 * shape[-1:]), "reverse": (False, True)}

    @classmethod
    def accepts(cls, shape: Shape) -> bool:
        return len(shape) == 2

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[0], self.units)

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        width = self.gates * self.units
        weights = {"weight": (shape[-1], width), "recurrent": (self.units, width)}
        biases: dict[str, Shape] = dict.fromkeys(self.biases, (width,))
        return weights | biases | dict.fromkeys(self.states, (self.units,))


@dataclass(frozen=True)
class RNN(Recurrent, kind="rnn"):
    """hₜ = φ(xₜ W + hₜ₋₁ U + b), where φ is `tanh` or `relu`."""

    activation: str = "tanh"

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.activation in ACTIVATIONS, self, "activation", "tanh or relu")

    @classmethod
    def choices(cls, shape: Shape) -> dict[str, tuple[Any, ...]]:
        """The same, with each activation."""
        return super().choices(shape) | {"activation": ACTIVATIONS}


@dataclass(frozen=True)
class LSTM(Recurrent, kind="lstm"):
    """hₜ = o ∘ tanh cₜ, where cₜ = f ∘ cₜ₋₁ + i ∘ g, with gates in the order i, f, g, o."""

    gates: ClassVar[int] = 4
    states: ClassVar[tuple[str, ...]] = ("state", "cell")


@dataclass(frozen=True)
class GRU(Recurrent, kind="gru"):
    """hₜ = (1 - z) ∘ n + z ∘ hₜ₋₁, with gates in the order r, z, n, and r ∘ (hₜ₋₁ U + c) in n."""

    gates: ClassVar[int] = 3
    biases: ClassVar[tuple[str, ...]] = ("bias", "recurrent_bias")
