"""Other checkers at their defaults, by real calls, on the same right and seeded gradients."""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeAlias

import numpy as np

from benchmarks.calibration.counts import Counts
from benchmarks.calibration.seeding import seeds
from benchmarks.calibration.trials import Trial
from clinometer.examination import Examination
from clinometer.formula import rerun
from clinometer.problem import Gradient, Problem

#: Relative errors: fewer than for the oracles, for these calls are slow.
SIZES = (1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8)
OURS = "clinometer"

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


def installed(distribution: str) -> bool:
    """Whether it is there."""
    try:
        return bool(version(distribution))
    except PackageNotFoundError:
        return False


def examine(trial: Trial, counts: Counts) -> None:
    """One case before every checker, ours included: the right gradient, and seeded ones."""
    dtype, right = trial.problem.dtype, trial.problem.gradients[trial.subject]
    random = np.random.default_rng(zlib.crc32(trial.name.encode()))
    formula = rerun(trial.problem, trial.subject)
    wrong = {
        (seed.kind, size): seed.into_gradient(right, size)
        for seed in seeds(formula, random)
        for size in SIZES
    }
    gradients = {("right", 0.0): right, **wrong}
    for name, peer in PEERS.items():
        if not peer.missing:
            for key, gradient in gradients.items():
                passed = _quietly(peer, trial, name, gradient, counts)
                counts.add("peers", dtype, name, *key, "passed" if passed else "failed")
    for key, status in _our_verdicts(trial, gradients).items():
        counts.add("peers", dtype, OURS, *key, "failed" if status == "disagree" else "passed")


def _quietly(peer: Peer, trial: Trial, name: str, gradient: Gradient, counts: Counts) -> bool:
    """A checker that raises something else than its verdict has not passed; it is noted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return peer.passes(trial.problem, gradient)
        except Exception as error:
            counts.note("peer raised", trial.name, f"{name}: {type(error).__name__}: {error}"[:300])
            return False


def _our_verdicts(trial: Trial, gradients: Mapping[Any, Gradient]) -> dict[Any, str]:
    """The whole verdict, with its looks beside the point, of all gradients before one evidence."""
    named = {str(key): gradient for key, gradient in gradients.items()}
    problem = replace(trial.problem, gradients=named, traced=next(iter(named)))
    examination = Examination(problem, trial.oracles)
    return {key: examination.verdict(str(key)).status for key in gradients}


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


def _scipy(limit: float) -> Check:
    def passes(problem: Problem, gradient: Gradient) -> bool:
        from scipy.optimize import check_grad

        point, function, gradients = _flat(problem, gradient)
        return bool(check_grad(function, gradients, point) < limit)

    return passes


def _cs231n(limit: float) -> Check:
    """The largest relative error to central differences of step 1e-5, as in the course's notes."""

    def passes(problem: Problem, gradient: Gradient) -> bool:
        point, function, gradients = _flat(problem, gradient)
        steps = 1e-5 * np.eye(point.size)
        numerical = np.array([(function(point + h) - function(point - h)) / 2e-5 for h in steps])
        analytic = gradients(point)
        size = np.maximum(1e-8, np.abs(numerical) + np.abs(analytic))
        return bool(np.max(np.abs(numerical - analytic) / size) < limit)

    return passes


PEERS: Mapping[str, Peer] = {
    "torch gradcheck": Peer("torch", _torch),
    "torch gradcheck, fast mode": Peer(
        "torch", lambda problem, gradient: _torch(problem, gradient, fast_mode=True)
    ),
    "jax check_grads": Peer("jax", _jax),
    "chex assert_numerical_grads": Peer("chex", _chex),
    "autograd check_grads": Peer("autograd", _autograd),
    "scipy check_grad, below 1e-4": Peer("scipy", _scipy(1e-4)),
    "scipy check_grad, below 1e-6": Peer("scipy", _scipy(1e-6)),
    "CS231n relative error below 1e-2": Peer("", _cs231n(1e-2)),
    "CS231n relative error below 1e-5": Peer("", _cs231n(1e-5)),
}
