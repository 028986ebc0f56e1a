"""Somebody's function and its backward pass, in the arrays of the library that it is written for.

What `check` puts on trial. Adapters bring NumPy, PyTorch and JAX code to this form; the contract
is tried on it directly, and a problem is made of it for the oracles.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Protocol, TypeAlias

#: Arrays of a library by the names of the leaves that they are, such as `x` or `params['w'][0]`.
Leaves: TypeAlias = Mapping[str, Any]


class Run(Protocol):
    """One forward pass, and the backward pass that belongs to it."""

    #: The function's outputs by name, as the library's arrays; in PyTorch, with their graph.
    outputs: Leaves

    def pull(self, cotangents: Leaves) -> Mapping[str, Any]:
        """The gradients of Σ ⟨cotangent, output⟩ by argument, as they are returned.

        `None` stands for a gradient that is not given, which counts as zero. May be called
        several times. An output that is left out has no cotangent, which PyTorch calls undefined.
        """


class Implementation(Protocol):
    """A function of named arrays with a pullback."""

    library: Literal["numpy", "torch", "jax"]

    def native(self, array: Any) -> Any:
        """A NumPy array as a fresh array of the library, in memory of its own."""

    def plain(self, native: Any) -> Any:
        """An array of the library as a NumPy array, which may share its memory."""

    def run(self, leaves: Leaves) -> Run:
        """One forward pass on the library's arrays."""
