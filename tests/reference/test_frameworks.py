"""PyTorch's and JAX's gradients on trial: their stochastic arithmetic, and verdicts on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from clinometer.architecture import Architecture, Case, Layer
from clinometer.architecture.layers.activations import ReLU, Sigmoid, Softmax
from clinometer.architecture.layers.attention import Attention
from clinometer.architecture.layers.dense import Dense
from clinometer.architecture.layers.recurrent import GRU, LSTM, RNN
from clinometer.architecture.losses import Outputs, SoftmaxCrossEntropy
from clinometer.estimate import Refused
from clinometer.examination import Examination
from clinometer.frameworks import estimation
from clinometer.oracles import ball_arithmetic, complex_step, finite_difference
from clinometer.problem import FrameworkCode, Problem
from clinometer.rounding import KAPPA, function_noise, gradient_noise, unit_roundoff
from clinometer.subjects import hand_written

FRAMEWORKS = [pytest.param(name, marks=getattr(pytest.mark, name)) for name in ("torch", "jax")]
#: NumPy's namesake of each framework, whose functions are called the same in both.
NAMESPACES = {"torch": "torch", "jax": "jax.numpy"}


def gradient_of(framework: str, reading: Callable[[Any], Any]) -> FrameworkCode:
    """The framework's gradient of a function of named arrays."""
    module = import_module(f"clinometer.frameworks.{framework}_gradient")
    return getattr(module, f"{framework.capitalize()}Gradient")(reading)


def function_of(framework: str, reading: Callable[[Any], Any]) -> FrameworkCode:
    """The framework's function, without its gradient."""
    module = import_module(f"clinometer.frameworks.{framework}_gradient")
    return getattr(module, f"{framework.capitalize()}Function")(reading)


def spread(framework: str, reading: Callable[[Any, Any], Any], point: Any) -> tuple[Any, Any]:
    """The spread of value and gradient of a function of the namespace and one array, float64."""
    namespace = import_module(NAMESPACES[framework])
    gradient = gradient_of(framework, lambda arguments: reading(namespace, arguments["x"]))
    problem = Problem(lambda a: 0.0, {"its": gradient}, {"x": np.asarray(point, dtype=float)})
    noise = gradient_noise(problem, "its", "float64")
    return noise["value"], noise["x"]


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_every_operation_errs_by_about_a_roundoff(framework: str, dtype: str) -> None:
    """Up to two units and about one on the average, in the forward and the backward pass."""
    ml_dtypes = pytest.importorskip("ml_dtypes")
    eps = float(ml_dtypes.finfo(dtype).eps)
    gradient = gradient_of(framework, lambda a: (a["x"] * a["y"]).sum())
    ones = {name: np.ones(10_000, dtype=dtype) for name in "xy"}
    _, gradients = gradient.stochastic(ones, np.random.default_rng(0))
    errors = gradients["x"].astype(float) - 1  # of the cotangent's one product
    assert gradients["x"].dtype == np.dtype(dtype)
    assert 0 < np.max(np.abs(errors)) <= 2 * eps
    assert 0.25 * eps < np.std(errors) < eps


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_calls_err_differently_and_the_seed_decides(framework: str) -> None:
    """New errors at each call, the same ones from the same seed."""
    gradient = gradient_of(framework, lambda a: (a["x"] * a["x"]).sum())
    point = {"x": np.linspace(1, 2, 5)}
    first, again = (np.random.default_rng(3) for _ in range(2))
    one, two = (gradient.stochastic(point, first)[1]["x"] for _ in range(2))
    assert not np.array_equal(one, two)
    assert np.array_equal(one, gradient.stochastic(point, again)[1]["x"])


EXACT = {
    "negative": lambda xp, x: (-x)[0],
    "absolute": lambda xp, x: xp.abs(x)[1],
    "maximum": lambda xp, x: xp.maximum(x, 0 * x)[0],
    "transpose, reshape, index": lambda xp, x: xp.reshape(x, (2, 2)).T[0, 1],
    "where": lambda xp, x: xp.where(x > 0, x, -x)[2],
    "concatenate": lambda xp, x: xp.concatenate([x, x])[5],
    "index of the largest": lambda xp, x: x[xp.argmax(x)],
    "equality with itself": lambda xp, x: xp.where(x == x, x, 0 * x)[0],  # noqa: PLR0124
    "not a number": lambda xp, x: xp.where(xp.isnan(x), 0 * x, x)[0],
}


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("operation", EXACT)
def test_exact_operations_stay_exact(framework: str, operation: str) -> None:
    """What rounds nothing has no spread."""
    value, _ = spread(framework, EXACT[operation], [-1.5, 0.25, 3.1, 0.7])
    assert value == 0


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_infinities_stay_infinite(framework: str) -> None:
    """A mask of minus infinity does not become a NaN."""

    def masked(xp: Any, x: Any) -> Any:
        scores = xp.where(x > 0, x, -np.inf)
        return (xp.exp(scores - scores.max()) * 2).sum()

    value, slopes = spread(framework, masked, [-1.0, 2.0, 3.0])
    assert np.isfinite(value)
    assert np.isfinite(slopes).all()


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_cancellation_shows_in_the_spread(framework: str) -> None:
    """(1 + x) - 1 has lost the digits of a small x; a sum with large terms has, too."""
    lost, _ = spread(framework, lambda xp, x: ((1 + x) - 1).sum(), [2.0**-40])
    kept, _ = spread(framework, lambda xp, x: (2 * x).sum(), [2.0**-40])
    summed, _ = spread(framework, lambda xp, x: x.sum(), [1e8, -1e8, 1.0])
    assert lost > 1e-17
    assert kept < 1e-27
    assert summed > 1e-10


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_noise_of_a_function_is_measured_in_its_framework(framework: str) -> None:
    """For the ladder of differences."""
    point = {"x": np.array([2.0**-40])}
    lost = function_of(framework, lambda a: ((1 + a["x"]) - 1).sum())
    assert function_noise(Problem(lost, {}, point), "float64") > 1e-17


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_true_errors_stay_within_eight_spreads(framework: str, dtype: str) -> None:
    """Here for networks with sums, saturation and kinks, against balls."""
    architecture = Architecture(
        (5,), (Dense(6), Sigmoid(), Dense(4), ReLU(), Dense(3), Softmax()), SoftmaxCrossEntropy()
    )
    for seed in range(4):
        case = Case(architecture, dtype, batch=3, seed=seed)
        assert_errors_within_eight_spreads(framework, hand_written.problem(case))


SEQUENCES = [
    RNN(3, reverse=True),
    RNN(2, activation="relu"),
    LSTM(2),
    GRU(2, reverse=True),
    Attention(4, heads=2, causal=True, padded=True, memory=(5, 2)),
    Attention(4, heads=2),
]


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("layer", SEQUENCES, ids=lambda layer: layer.kind)
def test_true_errors_of_sequences_stay_within_eight_spreads(framework: str, layer: Layer) -> None:
    """Where gates saturate as well, whose slopes have lost their digits."""
    for factor in (1, 4):
        case = Case(Architecture((4, 2), (layer,), Outputs()), "float32", batch=3, seed=factor)
        problem = hand_written.problem(case)
        larger = {name: factor * array for name, array in problem.arguments.items()}
        assert_errors_within_eight_spreads(framework, replace(problem, arguments=larger))


def assert_errors_within_eight_spreads(framework: str, written: Problem) -> None:
    """The framework's gradient against ours in longdouble, and no spread that excuses all."""
    its, dtype = gradient_of(framework, written.readings[framework]), written.dtype
    problem = replace(written, gradients={"its": its}, traced=None)
    _, rounded = its(problem.cast(dtype))
    _, exact = written.gradients["vectorised"](problem.cast(np.longdouble))
    noise = gradient_noise(problem, "its", dtype)
    largest = max(np.max(np.abs(array)) for array in exact.values())
    for name, array in exact.items():
        bound = KAPPA * noise[name] + 4 * unit_roundoff(dtype) * np.abs(array)
        assert np.all(np.abs(rounded[name] - array) <= bound)
        assert np.max(noise[name]) < 1e4 * unit_roundoff(dtype) * largest


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_framework_on_trial_agrees_where_it_is_right(framework: str, dtype: str) -> None:
    """Judged for its formula in float64 and for its rounding."""
    architecture = Architecture((3,), (Dense(4), Sigmoid(), Dense(2)))
    written = hand_written.problem(Case(architecture, dtype, batch=2, seed=1))
    its = gradient_of(framework, written.readings[framework])
    problem = replace(written, gradients={"its": its}, traced=None)
    oracles = {"ball_arithmetic": ball_arithmetic, "finite_difference": finite_difference}
    verdict = Examination(problem, oracles).verdict("its")
    assert verdict.status == "agree"
    assert set(verdict.witnesses.values()) == {"agree"}


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize(("factor", "status"), [(1.0, "agree"), (1 + 1e-6, "disagree")])
def test_a_function_of_a_framework_is_judged_by_differences(
    framework: str, factor: float, status: str
) -> None:
    """The other oracles of functions refuse it, and say so."""
    function = function_of(framework, lambda a: (a["x"] ** 3).sum())
    its = gradient_of(framework, lambda a: (factor * a["x"] ** 3).sum())
    problem = Problem(function, {"its": its}, {"x": np.array([0.5, 2.0])})
    oracles = {
        "ball_arithmetic": ball_arithmetic,
        "complex_step": complex_step,
        "finite_difference": finite_difference,
    }
    examination = Examination(problem, oracles)
    assert set(examination.evidence.refusals) == {"ball_arithmetic", "complex_step"}
    assert examination.verdict("its").witnesses["finite_difference"] == status


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_wrong_function_of_a_framework_disagrees(framework: str) -> None:
    """A slope off by a hundred-millionth is seen in a framework's own code as well."""
    wrong = gradient_of(framework, lambda a: (a["x"] ** 3 * (1 + 1e-8)).sum())
    problem = Problem(
        lambda a: (a["x"] * a["x"] * a["x"]).sum(), {"its": wrong}, {"x": np.array([0.5, 2.0])}
    )
    verdict = Examination(problem, {"ball_arithmetic": ball_arithmetic}).verdict("its")
    assert verdict.witnesses["ball_arithmetic"] == "disagree"


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_what_cannot_be_traced_is_inconclusive(framework: str) -> None:
    """Not a disagreement, and not an agreement by a spread of nothing."""
    right = gradient_of(framework, lambda a: (a["x"] * a["x"]).sum())

    class Opaque:
        widest = right.widest

        def __call__(self, arguments: Any) -> Any:
            return right(arguments)

        def stochastic(self, arguments: Any, random: Any) -> Any:
            raise NotImplementedError

    problem = Problem(
        lambda a: (a["x"] * a["x"]).sum(), {"its": Opaque()}, {"x": np.array([0.1, 0.3])}, "float32"
    )
    verdict = Examination(problem, {"ball_arithmetic": ball_arithmetic}).verdict("its")
    assert verdict.arrays == {"value": "agree", "x": "inconclusive"}


@pytest.mark.jax
def test_a_reading_that_fails_is_refused_with_its_reason() -> None:
    """It does not pass for an oracle that has compared nothing."""

    class Failing:
        widest = "float64"

        def __call__(self, arguments: Any) -> Any:
            raise NotImplementedError("no VJP")

        def stochastic(self, arguments: Any, random: Any) -> Any:
            raise NotImplementedError

    problem = Problem(lambda a: a["x"].sum(), {}, {"x": np.ones(2)})
    with pytest.raises(Refused, match="the gradient raised NotImplementedError: no VJP"):
        estimation.estimate("its", Failing(), problem)


@pytest.mark.parametrize(
    "structure", ["scan", "while", "cond", "checkpoint", "custom_vjp", "custom_jvp", "callback"]
)
def test_errors_reach_into_the_structures_of_jax(structure: str) -> None:
    """Each number is off by some roundoffs, and by no more."""
    import jax
    import jax.numpy as jnp
    from jax import lax

    cubed = jax.custom_vjp(lambda x: x**3)
    cubed.defvjp(lambda x: (x**3, x), lambda x, c: (3 * x * x * c,))
    sine = jax.custom_jvp(jnp.sin)
    sine.defjvp(lambda x, dx: (jnp.sin(*x), jnp.cos(*x) * dx[0]))

    def call(x: Any) -> Any:
        return jax.pure_callback(np.sin, jax.ShapeDtypeStruct(x.shape, x.dtype), x)

    structures: dict[str, tuple[Any, Callable[[Any], Any]]] = {
        "scan": (gradient_of, lambda x: lax.scan(lambda c, t: (jnp.sin(c + t),) * 2, x[0], x)[1]),
        "while": (function_of, lambda x: lax.while_loop(lambda c: c.sum() < 99, jnp.exp, x)),
        "cond": (gradient_of, lambda x: lax.cond(x[0] > 0, jnp.sin, jnp.cos, x)),
        "checkpoint": (gradient_of, jax.checkpoint(lambda x: jnp.sin(jnp.sin(x)))),
        "custom_vjp": (gradient_of, cubed),
        "custom_jvp": (gradient_of, sine),
        "callback": (function_of, call),
    }
    make, function = structures[structure]
    assert_roundoffs(make("jax", lambda a: function(a["x"]).sum()))


@pytest.mark.jax
@pytest.mark.parametrize("loop", ["scan", "while"])
def test_each_round_of_a_loop_of_jax_errs_on_its_own(loop: str) -> None:
    """400 independent errors add up to about 20 of them; one error 400 times would not."""
    from jax import lax

    loops: dict[str, Callable[[Any], Any]] = {
        "scan": lambda x: lax.scan(lambda c, _: (c * 1.0, None), x, length=400)[0],
        "while": lambda x: lax.while_loop(
            lambda c: c[0] < 400, lambda c: (c[0] + 1, c[1] * 1.0), (0, x)
        )[1],
    }
    code = function_of("jax", lambda a: loops[loop](a["x"]))
    point, random = {"x": np.ones(200)}, np.random.default_rng(0)
    errors = code.stochastic(point, random) - 1
    assert 10 < np.std(errors) / unit_roundoff("float64") < 60


@pytest.mark.torch
@pytest.mark.parametrize("structure", ["in place", "checkpoint", "by hand", "repeated index"])
def test_errors_reach_into_the_structures_of_pytorch(structure: str) -> None:
    """Each number is off by some roundoffs, and by no more."""
    import torch
    from torch.utils.checkpoint import checkpoint

    class Cubed(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx: Any, dy: Any) -> Any:
            (x,) = ctx.saved_tensors
            return 3 * x * x * dy

    functions: dict[str, Callable[[Any], Any]] = {
        "in place": lambda x: torch.zeros_like(x).add_(x).mul_(x),
        "checkpoint": lambda x: checkpoint(lambda x: torch.sin(x).sin(), x, use_reentrant=False),
        "by hand": Cubed.apply,
        "repeated index": lambda x: (
            torch.zeros_like(x).index_add(0, torch.tensor([0, 0, 1]), x) ** 2
        ),
    }
    assert_roundoffs(gradient_of("torch", lambda a: functions[structure](a["x"]).sum()))


def assert_roundoffs(code: FrameworkCode) -> None:
    """Every number that the code returns at a point errs, by some roundoffs of float64."""
    point, random = {"x": np.array([0.3, 0.4, 0.5])}, np.random.default_rng(0)
    plain, *noisy = map(_flat, [code(point), *(code.stochastic(point, random) for _ in range(8))])
    errors = np.max(np.abs(np.array(noisy) - plain), axis=0)
    assert np.all(errors > 0)
    assert np.all(errors < 1e-14 * np.abs(plain))


def _flat(result: Any) -> Any:
    value, gradients = result if isinstance(result, tuple) else (result, {})
    return np.concatenate([np.ravel(array) for array in (value, *gradients.values())])
