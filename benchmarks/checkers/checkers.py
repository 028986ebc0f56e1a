"""Checkers at their defaults, each by a real call on code of its own library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.calibration.peers import OURS
from benchmarks.checkers.code import Written
from benchmarks.peers import asserts, installed
from clinometer import check


@dataclass(frozen=True)
class Checker:
    """A checker of one library's code.

    Attributes:
        library: whose.
        requires: the distribution that it comes with.
        passes: True where it finds nothing wrong.
        scalar: whether it takes only functions that return one number.
        dtypes: in which it can check.
    """

    name: str
    library: str
    requires: str
    passes: Callable[[Written], bool]
    scalar: bool = False
    dtypes: tuple[str, ...] = ("float64", "float32")

    @property
    def missing(self) -> bool:
        """True where it cannot be called here."""
        return not installed(self.requires)


def _clinometer(code: Written) -> bool:
    """Inconclusive is no alarm, and catches nothing."""
    return check(code.function, code.arguments, vjp=code.vjp).status != "disagree"


def _torch(code: Written, **settings: Any) -> bool:
    import torch

    torch.manual_seed(0)
    tensors = [tensor.clone().requires_grad_() for tensor in code.arguments]
    return bool(torch.autograd.gradcheck(code.function, tensors, raise_exception=False, **settings))


def _torch_fast(code: Written) -> bool:
    return _torch(code, fast_mode=True)


def _jax(code: Written) -> bool:
    from jax.test_util import check_grads

    return asserts(lambda: check_grads(code.function, code.arguments, order=1, modes=["rev"]))


def _chex(code: Written) -> bool:
    import chex

    return asserts(
        lambda: chex.assert_numerical_grads(code.function, code.arguments, order=1, modes=["rev"])
    )


def _autograd(code: Written) -> bool:
    """On one vector, for of several arguments only the first one is checked."""
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    point, function, vjp = _flat(code)
    on_trial = primitive(function)
    defvjp(on_trial, lambda answer, vector: lambda cotangent: vjp(cotangent, vector))
    np.random.seed(0)  # noqa: NPY002 # the generator that its random directions are from
    return asserts(lambda: check_grads(on_trial, modes=["rev"], order=1)(point))


def _scipy(code: Written) -> bool:
    """It gives the norm of the error, and leaves it to the user how much that may be."""
    from scipy.optimize import check_grad

    point, function, vjp = _flat(code)
    return bool(check_grad(function, lambda x: vjp(1.0, x), point) < 1e-6)


def _flat(code: Written) -> tuple[Any, Callable[..., Any], Callable[..., Any]]:
    """The arguments as one vector, the function and the backward pass of that."""
    ends = np.cumsum([array.size for array in code.arguments])[:-1]

    def apart(vector: Any) -> list[Any]:
        parts = zip(np.split(vector, ends), code.arguments, strict=True)
        return [part.reshape(array.shape) for part, array in parts]

    def vjp(cotangent: Any, vector: Any) -> Any:
        assert code.vjp is not None  # noqa: S101 # NumPy's code has one
        return np.concatenate([g.ravel() for g in code.vjp(cotangent, *apart(vector))])

    point = np.concatenate([array.ravel() for array in code.arguments])
    return point, lambda vector: code.function(*apart(vector)), vjp


CHECKERS = (
    Checker(OURS, "numpy", "numpy", _clinometer),
    Checker("autograd check_grads", "numpy", "autograd", _autograd),
    # SciPy hands float64 to the function, whatever it is given.
    Checker("scipy check_grad, below 1e-6", "numpy", "scipy", _scipy, True, ("float64",)),
    Checker(OURS, "torch", "torch", _clinometer),
    Checker("torch gradcheck", "torch", "torch", _torch),
    Checker("torch gradcheck, fast mode", "torch", "torch", _torch_fast),
    Checker(OURS, "jax", "jax", _clinometer),
    Checker("jax check_grads", "jax", "jax", _jax),
    Checker("chex assert_numerical_grads", "jax", "chex", _chex),
)
#: Those of each library, clinometer first.
BY_LIBRARY: Mapping[str, tuple[Checker, ...]] = {
    library: tuple(c for c in CHECKERS if c.library == library)
    for library in dict.fromkeys(c.library for c in CHECKERS)
}
