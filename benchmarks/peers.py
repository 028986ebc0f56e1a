"""Other checkers at their defaults, by real calls, on a function and a gradient of NumPy arrays."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeAlias

import numpy as np

from clinometer.problem import Gradient, Problem

#: True where the checker finds nothing wrong with the gradient of the problem's function.
Check: TypeAlias = Callable[[Problem, Gradient], bool]


@dataclass(frozen=True)
class Peer:
    """A checker: the distribution that it comes with, or none, and how it is called."""

    requires: str
    passes: Check

    @property
    def missing(self) -> bool:
        """True where it cannot be called here."""
        return bool(self.requires) and not installed(self.requires)

    def tried(self, problem: Problem, gradient: Gradient) -> tuple[bool, str]:
        """Whether it passes, and what it raised where that is not its verdict: no pass either."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return self.passes(problem, gradient), ""
            except Exception as error:
                return False, f"{type(error).__name__}: {error}"[:300]


def installed(distribution: str) -> bool:
    """Whether it is there."""
    try:
        return bool(version(distribution))
    except PackageNotFoundError:
        return False


def _on_arrays(problem: Problem, gradient: Gradient) -> tuple[list[Any], Any, Any]:
    """The arguments in order and in the problem's dtype, the function and gradient of those."""
    names, dtype = list(problem.arguments), problem.dtype

    def named(arrays: Any) -> dict[str, Any]:
        return {n: np.asarray(a).astype(dtype) for n, a in zip(names, arrays, strict=True)}

    def function(*arrays: Any) -> Any:
        return np.asarray(problem.function(named(arrays)), dtype=dtype)

    def gradients(*arrays: Any) -> list[Any]:
        returned = gradient(named(arrays))[1]
        return [np.asarray(returned[name], dtype=dtype) for name in names]

    return list(problem.cast(dtype).values()), function, gradients


def _torch(problem: Problem, gradient: Gradient, **settings: Any) -> bool:
    import torch

    arrays, function, gradients = _on_arrays(problem, gradient)

    class OnTrial(torch.autograd.Function):
        @staticmethod
        def forward(context: Any, *tensors: Any) -> Any:
            context.save_for_backward(*tensors)
            return torch.tensor(function(*(t.detach().numpy() for t in tensors)))

        @staticmethod
        def backward(context: Any, *cotangents: Any) -> Any:
            returned = gradients(*(t.detach().numpy() for t in context.saved_tensors))
            return tuple(cotangents[0] * torch.tensor(array) for array in returned)

    torch.manual_seed(0)
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    passed = torch.autograd.gradcheck(OnTrial.apply, tensors, raise_exception=False, **settings)
    return bool(passed)


def _jax_function(problem: Problem, gradient: Gradient) -> tuple[list[Any], Any]:
    import jax

    arrays, function, gradients = _on_arrays(problem, gradient)
    scalar = jax.ShapeDtypeStruct((), problem.dtype)
    like = [jax.ShapeDtypeStruct(a.shape, problem.dtype) for a in arrays]

    @jax.custom_vjp
    def on_trial(*args: Any) -> Any:
        return jax.pure_callback(function, scalar, *args)

    def backward(args: Any, cotangent: Any) -> tuple[Any, ...]:
        return tuple(cotangent * g for g in jax.pure_callback(gradients, like, *args))

    on_trial.defvjp(lambda *args: (on_trial(*args), args), backward)
    return arrays, on_trial


def _jax(problem: Problem, gradient: Gradient) -> bool:
    import jax
    from jax.test_util import check_grads

    with jax.enable_x64(problem.dtype == "float64"):
        arrays, on_trial = _jax_function(problem, gradient)
        return asserts(lambda: check_grads(on_trial, arrays, order=1, modes=["rev"]))


def _chex(problem: Problem, gradient: Gradient) -> bool:
    import chex
    import jax

    with jax.enable_x64(problem.dtype == "float64"):
        arrays, on_trial = _jax_function(problem, gradient)
        return asserts(
            lambda: chex.assert_numerical_grads(on_trial, arrays, order=1, modes=["rev"])
        )


def _autograd(problem: Problem, gradient: Gradient) -> bool:
    """On one vector, for of several arguments only the first one is checked."""
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    point, function, gradients = _flat(problem, gradient)
    on_trial = primitive(function)
    defvjp(on_trial, lambda answer, vector: lambda cotangent: cotangent * gradients(vector))
    np.random.seed(0)  # noqa: NPY002 # the generator that its random directions are from
    return asserts(lambda: check_grads(on_trial, modes=["rev"], order=1)(point))


def asserts(check: Callable[[], object]) -> bool:
    """Whether the check raises no AssertionError."""
    try:
        check()
    except AssertionError:
        return False
    return True


def _flat(problem: Problem, gradient: Gradient) -> tuple[Any, Any, Any]:
    """The point as one vector, the function and the gradient of that."""
    arrays, function, gradients = _on_arrays(problem, gradient)
    ends = np.cumsum([array.size for array in arrays])[:-1]

    def apart(vector: Any) -> list[Any]:
        return [p.reshape(a.shape) for p, a in zip(np.split(vector, ends), arrays, strict=True)]

    return (
        np.concatenate([array.ravel() for array in arrays]),
        lambda vector: function(*apart(vector)),
        lambda vector: np.concatenate([g.ravel() for g in gradients(*apart(vector))]),
    )


def scipy_check_grad(limit: float) -> Peer:
    """Its number is no verdict: below the limit it passes."""

    def passes(problem: Problem, gradient: Gradient) -> bool:
        from scipy.optimize import check_grad

        point, function, gradients = _flat(problem, gradient)
        return bool(check_grad(function, gradients, point) < limit)

    return Peer("scipy", passes)


def course_work(limit: float) -> Peer:
    """The largest relative error to central differences of step 1e-5, as in the course's notes."""

    def passes(problem: Problem, gradient: Gradient) -> bool:
        point, function, gradients = _flat(problem, gradient)
        steps = 1e-5 * np.eye(point.size)
        numerical = np.array([(function(point + h) - function(point - h)) / 2e-5 for h in steps])
        analytic = gradients(point)
        size = np.maximum(1e-8, np.abs(numerical) + np.abs(analytic))
        return bool(np.max(np.abs(numerical - analytic) / size) < limit)

    return Peer("", passes)


#: Those that say by themselves whether a gradient passes.
SELF_CONTAINED: Mapping[str, Peer] = {
    "torch gradcheck": Peer("torch", _torch),
    "torch gradcheck, fast mode": Peer(
        "torch", lambda problem, gradient: _torch(problem, gradient, fast_mode=True)
    ),
    "jax check_grads": Peer("jax", _jax),
    "chex assert_numerical_grads": Peer("chex", _chex),
    "autograd check_grads": Peer("autograd", _autograd),
}
