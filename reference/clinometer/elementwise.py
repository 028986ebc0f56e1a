"""Differences by the element for code that is dear to call, such as a framework's.

Only the arrays in question are moved. And what a function returns does not depend on the
cotangent, so that its outputs at every point are kept, and weighted anew for another cotangent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any, Literal

import numpy as np

from clinometer.estimate import ANY_SIZE, Estimate, Oracle
from clinometer.problem import Arrays, FrameworkCode, Problem


@dataclass(eq=False)
class Elementwise:
    """The oracle, asked for some arrays of framework code alone; the others stay where they are."""

    oracle: Oracle
    names: Sequence[str]
    REQUIRES: str = "numpy"
    STRIDE: int = 1
    SIZES: range = ANY_SIZE
    NATURE: Literal["difference", "analytic", "autograd"] = "difference"

    def estimate(self, problem: Problem) -> Estimate:
        """The gradients of those arrays. Raises Refused where the oracle does."""
        moved = {name: problem.arguments[name] for name in self.names}
        function: Any = problem.function
        held = _Held(function, problem.arguments)
        return self.oracle.estimate(replace(problem, function=held, arguments=moved))


@dataclass(frozen=True, eq=False)
class _Held:
    """Code some of whose arguments are always the same."""

    code: FrameworkCode
    arguments: Arrays

    @property
    def widest(self) -> str:
        return self.code.widest

    def __call__(self, moved: Arrays) -> Any:
        return self.code(self._all(moved))

    def stochastic(self, moved: Arrays, random: np.random.Generator) -> Any:
        return self.code.stochastic(self._all(moved), random)

    def _all(self, moved: Arrays) -> dict[str, Any]:
        dtype = next(iter(moved.values())).dtype
        return {n: moved[n] if n in moved else a.astype(dtype) for n, a in self.arguments.items()}


@dataclass(frozen=True, eq=False)
class Outputs:
    """What code returns, at every point where it has been called already."""

    code: Callable[[Arrays], Arrays]
    _known: dict[Any, Arrays] = field(default_factory=dict)

    def __call__(self, arguments: Arrays) -> Arrays:
        """The outputs by name."""
        point = blake2b(digest_size=16)
        for array in arguments.values():
            point.update(f"{array.dtype} {array.shape}".encode() + array.tobytes())
        if (key := point.digest()) not in self._known:
            self._known[key] = self.code(arguments)
        return self._known[key]


@dataclass(frozen=True, eq=False)
class Weighted:
    """⟨cotangent, outputs⟩ as framework code, from outputs that are kept.

    Attributes:
        code: the same, computed as a whole, for its rounding.
    """

    code: FrameworkCode
    outputs: Outputs
    cotangents: Arrays

    @property
    def widest(self) -> str:
        """The widest dtype that the code computes in."""
        return self.code.widest

    def __call__(self, arguments: Arrays) -> Any:
        """In double precision."""
        outputs = self.outputs(arguments)
        return sum(np.sum(np.conj(c) * outputs[name]).real for name, c in self.cotangents.items())

    def stochastic(self, arguments: Arrays, random: np.random.Generator) -> Any:
        """With a random error in every operation of the code."""
        return self.code.stochastic(arguments, random)
