"""Functions of each element, and softmax: layers that change no shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from clinometer.architecture.description import Shape, require
from clinometer.architecture.layers.layer import Layer


@dataclass(frozen=True)
class Identity(Layer, kind="identity"):
    """y = x."""

    elementwise: ClassVar[bool] = True


@dataclass(frozen=True)
class Sigmoid(Layer, kind="sigmoid"):
    """y = 1 / (1 + e⁻ˣ)."""

    elementwise: ClassVar[bool] = True


@dataclass(frozen=True)
class Tanh(Layer, kind="tanh"):
    """y = tanh x."""

    elementwise: ClassVar[bool] = True


@dataclass(frozen=True)
class ReLU(Layer, kind="relu"):
    """y = max(x, 0)."""

    elementwise: ClassVar[bool] = True


@dataclass(frozen=True)
class LeakyReLU(Layer, kind="leaky_relu"):
    """y = x where x > 0, else slope·x."""

    slope: float = 0.01
    elementwise: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require(abs(self.slope) < 1e6, self, "slope", "a finite number")

    @classmethod
    def choices(cls, shape: Shape) -> dict[str, tuple[Any, ...]]:
        """Small, large and negative slopes, all exact in binary."""
        return {"slope": (0.25, 0.015625, 0.0, 1.5, -0.5)}


@dataclass(frozen=True)
class Softplus(Layer, kind="softplus"):
    """y = log(1 + eˣ)."""

    elementwise: ClassVar[bool] = True


@dataclass(frozen=True)
class ELU(Layer, kind="elu"):
    """y = x where x > 0, else alpha (eˣ - 1)."""

    alpha: float = 1.0
    elementwise: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require(abs(self.alpha) < 1e6, self, "alpha", "a finite number")

    @classmethod
    def choices(cls, shape: Shape) -> dict[str, tuple[Any, ...]]:
        """Without a kink, with one, and with a change of sign."""
        return {"alpha": (1.0, 0.25, 2.0, -0.5)}


@dataclass(frozen=True)
class GELU(Layer, kind="gelu"):
    """y = x Φ(x), with the normal distribution function Φ."""

    elementwise: ClassVar[bool] = True


@dataclass(frozen=True)
class GELUTanh(Layer, kind="gelu_tanh"):
    """y = ½ x (1 + tanh(√(2/π) (x + 0.044715 x³)))."""

    elementwise: ClassVar[bool] = True


@dataclass(frozen=True)
class SiLU(Layer, kind="silu"):
    """y = x / (1 + e⁻ˣ)."""

    elementwise: ClassVar[bool] = True


@dataclass(frozen=True)
class Hardtanh(Layer, kind="hardtanh"):
    """y = x, cut off at `low` and `high`."""

    low: float = -1.0
    high: float = 1.0
    elementwise: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require(abs(self.low) < 1e6, self, "low", "a finite number")
        require(self.low < self.high < 1e6, self, "high", "a finite number above low")

    @classmethod
    def choices(cls, shape: Shape) -> dict[str, tuple[Any, ...]]:
        """Ends that lie on the grid, one of them where the rectifier has its kink."""
        return {"low": (-1.0, -0.5, 0.0), "high": (1.0, 0.5, 2.0)}


@dataclass(frozen=True)
class Softmax(Layer, kind="softmax"):
    """yᵢ = e^xᵢ / Σⱼ e^xⱼ along the last axis."""
