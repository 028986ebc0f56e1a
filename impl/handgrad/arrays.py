"""The array types of the annotations, and the checks that several kernels share.

Kernels are generic in the number type: float16 to longdouble, complex numbers,
stochastic arithmetic and object arrays all run through the same code. So the
annotations fix shapes (`Shaped[Array, "n i"]`) and leave the numbers open.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from jaxtyping import Shaped

__all__ = [
    "Array",
    "Cache",
    "Lists",
    "Shaped",
    "described",
    "require_alike",
    "require_groups",
    "require_heads",
    "require_known",
    "require_labels",
    "require_mask",
    "require_same_shape",
    "require_size",
    "require_tokens",
]

if TYPE_CHECKING:
    Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
else:
    Array = np.ndarray

#: What a forward pass keeps for its backward pass; only the two of them look inside.
Cache: TypeAlias = Any

#: Nested lists of numbers, the form in which the looped kernels take and give arrays.
Lists: TypeAlias = Any


def described(value: Any) -> str:
    """What a value is, for the sentence that refuses it."""
    if isinstance(value, np.ndarray):
        return f"one of shape {value.shape}"
    return "nothing" if value is None else f"a value of type {type(value).__name__}"


def require_alike(shapes: list[tuple[int, ...]]) -> None:
    """Refuse branches of several shapes, which NumPy would silently broadcast where it can."""
    if shapes.count(shapes[0]) != len(shapes):
        raise ValueError(f"they must be of one shape, not {' and '.join(map(str, shapes))}")


def require_known(setting: str, value: str, known: Iterable[str]) -> None:
    """Refuse a value of a setting that is not among those that there are."""
    if value not in known:
        raise ValueError(f"the {setting} must be {' or '.join(known)}, not {value!r}")


def require_same_shape(y: Array, target: Array) -> None:
    """Refuse a target that NumPy would silently broadcast against the outputs."""
    if y.shape != target.shape:
        raise ValueError(
            f"outputs of shape {y.shape} need a target of that shape, not {target.shape}"
        )


def require_labels(label: Any, logits: Any) -> None:
    """Refuse labels that are not one class number, or a negative one, for each row of logits."""
    *rows, classes = np.shape(logits)
    labels = np.asarray(label)
    if (
        labels.dtype.kind not in "iu"
        or labels.shape != (*rows,)
        or labels.max(initial=0) >= classes
    ):
        raise ValueError(
            f"the target must hold {math.prod(rows)} class labels from 0 to {classes - 1}, or "
            f"negative ones for rows to ignore, in an array of shape {(*rows,)}"
        )


def require_tokens(tokens: Any, vocabulary: int) -> None:
    """Refuse tokens that have no row of their own: NumPy would count negative ones from the end."""
    numbers = np.asarray(tokens)
    if numbers.dtype.kind not in "iu" or not np.all((numbers >= 0) & (numbers < vocabulary)):
        raise ValueError(f"tokens must be integers from 0 to {vocabulary - 1}")


def require_groups(channels: int, groups: int) -> None:
    """Refuse groups that would not be of one size."""
    if groups < 1 or channels % groups:
        raise ValueError(f"{channels} channels cannot be parted into {groups} equal groups")


def require_size(numbers: int, shape: tuple[int, ...]) -> None:
    """Refuse a shape that holds more or fewer numbers than a sample has."""
    if numbers != math.prod(shape):
        raise ValueError(f"{numbers} numbers of a sample do not fill the shape {shape}")


def require_heads(features: int, heads: int) -> None:
    """Refuse heads that are not of equal width."""
    if heads < 1 or features % heads:
        raise ValueError(f"{features} features cannot be shared out among {heads} heads")


def require_mask(mask: Any, samples: int, keys: int) -> None:
    """Refuse a mask that is not one number for every key of every sample."""
    if len(mask) != samples or any(len(row) != keys for row in mask):
        raise ValueError(f"the mask must hold {keys} numbers for each of {samples} samples")
