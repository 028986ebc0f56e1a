"""JAX functions and their gradients by its reverse mode, from NumPy arrays to NumPy arrays."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import jax
import numpy as np

from clinometer.frameworks.jax_programs import Compiled
from clinometer.problem import Arrays, Function


@dataclass(frozen=True, eq=False)
class JaxFunction:
    """The value of a scalar function of named arrays, in the dtype of its arguments.

    Attributes:
        own: the dtype that it is written for. In a wider one all that it captures is wide too.
    """

    reading: Function
    own: str = field(default="float64", kw_only=True)
    widest = "float64"
    FLUSHES = True  # subnormal numbers to zero

    def __call__(self, arguments: Arrays) -> Any:
        return self._called(self._compiled, arguments)

    def stochastic(self, arguments: Arrays, random: np.random.Generator) -> Any:
        """The same with a random error in every operation, forward and backward."""
        seed = np.uint32(random.integers(2**32))
        return self._called(self._compiled.stochastic, seed, arguments)

    @property
    def rounded(self) -> bool:
        """Whether it was called in wider numbers with constants of the digits of its own."""
        return self._compiled.rounded

    def _called(self, function: Callable[..., Any], *arguments: Any) -> Any:
        with self._precision(arguments):
            return jax.tree.map(np.asarray, function(*arguments))

    def _precision(self, arguments: Any) -> AbstractContextManager[Any]:
        """64 bits whatever the arguments, for constants that come in them."""
        precision: AbstractContextManager[Any] = jax.enable_x64(True)
        return precision

    def _program(self) -> Callable[..., Any]:
        return self.reading

    @cached_property
    def _compiled(self) -> Compiled:
        return Compiled(self._program(), self.own)


class JaxGradient(JaxFunction):
    """The value and the gradients of a scalar function of named arrays."""

    @property
    def forward(self) -> JaxFunction:
        """The function alone."""
        return JaxFunction(self.reading)

    def _program(self) -> Callable[..., Any]:
        return jax.value_and_grad(self.reading)
