"""Multi-head attention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clinometer.architecture.description import Constant, Shape, is_count, require
from clinometer.architecture.layers.layer import Layer
from clinometer.errors import InvalidInput


@dataclass(frozen=True)
class Attention(Layer, kind="attention"):
    """softmax(Q Kᵀ / √e) V of each of the `heads`, which share out `width` features, e to each.

    Keys and values are made of the sequence itself or, if its shape is given as `memory`, of a
    parameter of so many rows and features. Where it is `causal` the last query sees all keys, and
    each query before it one key less. Where it is `padded` a mask says which keys of each sample
    may be seen; the first one always may.
    """

    width: int
    heads: int = 1
    causal: bool = False
    padded: bool = False
    memory: Shape = ()

    def __post_init__(self) -> None:
        for name in ("width", "heads"):
            number = getattr(self, name)
            require(is_count(number) and number >= 1, self, name, "an integer from 1 up")
        require(self.width % self.heads == 0, self, "heads", f"a divisor of its width {self.width}")
        for name in ("causal", "padded"):
            require(isinstance(getattr(self, name), bool), self, name, "true or false")
        fits = len(self.memory) in {0, 2} and all(is_count(n) and n >= 1 for n in self.memory)
        require(fits, self, "memory", "empty or a shape such as (3, 2)")

    @property
    def forward_settings(self) -> dict[str, Any]:
        """The other settings show in the parameters and constants."""
        return {"heads": self.heads, "causal": self.causal}

    @classmethod
    def choices(cls, shape: Shape) -> dict[str, tuple[Any, ...]]:
        """Several heads, masks of both kinds, and memories longer and shorter than the sequence."""
        return {
            "width": (2, 4, 6, 3, 1),
            "heads": (2, 1, 3, 4),
            "causal": (False, True),
            "padded": (False, True),
            "memory": ((), (3, 2), (5, 1), (6, 3)),
        }

    @classmethod
    def accepts(cls, shape: Shape) -> bool:
        return len(shape) == 2

    def output_shape(self, shape: Shape) -> Shape:
        if self.causal and self._source(shape)[0] < shape[0]:
            raise InvalidInput(
                f"a causal attention of {shape[0]} queries needs as many keys or more, not "
                f"{self.memory[0]}: the first query would see none"
            )
        return shape

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        features, source = shape[-1], self._source(shape)[-1]
        inputs = {"query": features, "key": source, "value": source, "output": self.width}
        parameters: dict[str, Shape] = {}
        for name, width in inputs.items():
            outputs = features if name == "output" else self.width
            parameters[f"{name}_weight"] = (width, outputs)
            parameters[f"{name}_bias"] = (outputs,)
        return parameters | ({"memory": self.memory} if self.memory else {})

    def constants(self, shape: Shape) -> dict[str, Constant]:
        """A mask of the keys of each sample."""
        keys = self._source(shape)[:1]
        return {"mask": Constant(keys, "visible", per_sample=True)} if self.padded else {}

    def _source(self, shape: Shape) -> Shape:
        """The shape of what keys and values are made of."""
        return self.memory or shape
