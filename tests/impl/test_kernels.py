"""The hand-written kernels: twins, shapes, purity, number types and textbook values."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from beartype import beartype
from jaxtyping import TypeCheckError, jaxtyped

from handgrad.kernels import SETS, Kernel, kernel, kernel_set, kinds, rounded
from tests.impl.inputs import EXAMPLES, Example

KINDS = kinds("vectorised")
every_example = pytest.mark.parametrize(
    "example", EXAMPLES, ids=[f"{e.kind}-{n}" for n, e in enumerate(EXAMPLES)]
)


def cast(array: Any, dtype: Any) -> Any:
    """Real numbers in the dtype; all else, such as labels, as it is."""
    is_real = isinstance(array, np.ndarray) and array.dtype.kind == "f"
    return array.astype(dtype) if is_real else array


def taken(name: str, example: Example, dtype: Any = "float64") -> tuple[list[Any], dict[str, Any]]:
    """Arrays and keywords as the kernels of that set take them."""
    load = kernel_set(name).load
    keywords = {
        key: load(cast(value, dtype)) if isinstance(value, np.ndarray) else value
        for key, value in example.keywords.items()
    }
    return [load(cast(array, dtype)) for array in example.arrays], keywords


def run(name: str, example: Example, dtype: Any = "float64") -> list[np.ndarray]:
    """Output and gradients of a kernel, for a random cotangent."""
    chosen, numbers = kernel(name, example.kind), kernel_set(name)
    arrays, keywords = taken(name, example, dtype)
    y, cache = chosen.forward(*arrays, **keywords)
    y = np.asarray(numbers.unload(rounded(y, arrays[0]), dtype))
    dy = np.random.default_rng(1).normal(size=y.shape).astype(dtype)
    gradients = [rounded(g, dy) for g in chosen.backward(numbers.load(dy), cache)]
    return [y, *(np.asarray(numbers.unload(g, dtype)) for g in gradients if g is not None)]


def test_every_kernel_has_a_twin_and_inputs_here() -> None:
    """A kernel without its twin, or one that these tests do not know, is a hole."""
    assert kinds("vectorised") == kinds("looped") == sorted({example.kind for example in EXAMPLES})


@pytest.mark.parametrize("kind", KINDS)
def test_twins_have_the_same_signatures(kind: str) -> None:
    """Both are called in the same way, but that only the vectorised one keeps samples apart."""
    for function in ("forward", "backward"):
        parameters = [
            [
                (p.name, p.kind, p.default)
                for p in inspect.signature(getattr(k, function)).parameters.values()
                if p.name != "by_sample"
            ]
            for k in (kernel("vectorised", kind), kernel("looped", kind))
        ]
        assert parameters[0] == parameters[1]


@every_example
def test_twins_agree(example: Example) -> None:
    """The loop and the array operation compute the same numbers."""
    vectorised, looped = (run(name, example) for name in SETS)
    assert len(vectorised) == len(looped)
    largest = max(np.max(np.abs(array)) for array in vectorised)
    for one, other in zip(vectorised, looped, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-15 * largest)


@every_example
@pytest.mark.parametrize("dtype", ["float16", ml_dtypes.bfloat16])
@pytest.mark.parametrize("name", SETS)
def test_kernels_run_in_16_bits(name: str, dtype: Any, example: Example) -> None:
    """With about as many digits as those have."""
    narrow, wide = run(name, example, dtype), run(name, example)
    tolerance = 32 * float(ml_dtypes.finfo(dtype).eps)
    largest = max(np.max(np.abs(array)) for array in wide)
    for one, other in zip(narrow, wide, strict=True):
        assert np.max(np.abs(one.astype(float) - other)) <= tolerance * largest


@every_example
def test_gradients_have_the_shapes_of_their_inputs(example: Example) -> None:
    """One gradient for every differentiable input, of its shape and dtype."""
    inputs = [a for a in example.arrays if a is not None and a.dtype.kind == "f"]
    for dtype in ("float16", ml_dtypes.bfloat16, "float32", "float64"):
        y, *gradients = run("vectorised", example, dtype)
        assert y.dtype == dtype
        for array, gradient in zip(inputs, gradients, strict=False):
            assert gradient.shape == array.shape
            assert gradient.dtype == dtype


@every_example
@pytest.mark.parametrize("name", SETS)
def test_kernels_write_to_nothing_and_share_nothing(name: str, example: Example) -> None:
    """Inputs and cotangent stay as they are, and no result is a view of them."""
    arrays, keywords = taken(name, example)
    given = [a for a in (*example.arrays, *example.keywords.values()) if a is not None]
    given = [array for array in given if isinstance(array, np.ndarray)]
    before = [array.copy() for array in given]
    for array in given:
        array.setflags(write=False)
    chosen = kernel(name, example.kind)
    y, cache = chosen.forward(*arrays, **keywords)
    dy = np.ones_like(np.asarray(y, dtype=float))
    dy.setflags(write=False)
    gradients = chosen.backward(kernel_set(name).load(dy), cache)
    if example.kind == "outputs":  # what goes in comes out
        assert name == "looped" or (y is arrays[0] and gradients[0] is dy)
    elif name == "vectorised":
        results = [y, *(gradient for gradient in gradients if gradient is not None)]
        for number, result in enumerate(results):
            others = [dy, *given, *results[:number]]
            assert not any(np.shares_memory(result, other) for other in others)
        assert all(np.array_equal(a, b) for a, b in zip(given, before, strict=True))
    else:
        again, words = taken(name, example)
        assert (arrays, keywords) == (again, words)


@every_example
def test_backward_is_linear_in_the_cotangent(example: Example) -> None:
    """Twice the cotangent, with the other sign, gives twice the gradient with the other sign."""
    chosen = kernel("vectorised", example.kind)
    y, cache = chosen.forward(*example.arrays, **example.keywords)
    dy = np.random.default_rng(3).normal(size=np.shape(y))
    for once, twice in zip(
        chosen.backward(dy, cache), chosen.backward(-2 * dy, cache), strict=True
    ):
        if once is not None:
            largest = np.max(np.abs(once))
            np.testing.assert_allclose(
                twice, -2 * np.asarray(once), rtol=1e-13, atol=1e-15 * largest
            )


def scalar(chosen: Kernel, x: float, **settings: float) -> tuple[float, float]:
    """Value and derivative of an elementwise kernel at one number."""
    y, cache = chosen.forward(np.array([x]), **settings)
    (dx,) = chosen.backward(np.array([1.0]), cache)
    return float(y[0]), float(dx[0])


@pytest.mark.parametrize(
    ("kind", "x", "value", "slope"),
    [
        ("identity", -3.0, -3.0, 1.0),
        ("sigmoid", 0.0, 0.5, 0.25),
        ("sigmoid", math.log(3), 0.75, 0.1875),
        ("sigmoid", -800.0, 0.0, 0.0),
        ("tanh", 0.0, 0.0, 1.0),
        ("tanh", math.log(2), 0.6, 0.64),
        ("relu", 2.0, 2.0, 1.0),
        ("relu", -2.0, 0.0, 0.0),
        ("relu", 0.0, 0.0, 0.0),
        ("softplus", 0.0, math.log(2), 0.5),
        ("softplus", 800.0, 800.0, 1.0),
        ("softplus", -800.0, 0.0, 0.0),
    ],
)
def test_activations_have_their_textbook_values(
    kind: str, x: float, value: float, slope: float
) -> None:
    """Known values and derivatives, also where a careless exponential overflows."""
    assert scalar(kernel("vectorised", kind), x) == pytest.approx((value, slope), rel=1e-15)


def test_leaky_relu_has_its_slope_below_zero_and_at_it() -> None:
    """The convention at the kink is PyTorch's."""
    leaky = kernel("vectorised", "leaky_relu")
    assert scalar(leaky, -4.0, slope=-0.5) == (2.0, -0.5)
    assert scalar(leaky, 0.0, slope=0.25) == (0.0, 0.25)
    assert scalar(leaky, 4.0, slope=0.25) == (4.0, 1.0)


def test_softmax_gradient_is_that_of_its_jacobian() -> None:
    """diag(y) - y yᵀ, at a point where y is known."""
    softmax = kernel("vectorised", "softmax")
    y, cache = softmax.forward(np.log([[1.0, 2.0, 5.0]]))
    jacobian = np.diag(y[0]) - np.outer(y[0], y[0])
    (dx,) = softmax.backward(np.array([[1.0, -2.0, 0.5]]), cache)
    np.testing.assert_allclose(y, [[0.125, 0.25, 0.625]])
    np.testing.assert_allclose(dx[0], jacobian @ [1.0, -2.0, 0.5])


@pytest.mark.parametrize(
    ("kind", "target", "loss", "gradient"),
    [
        ("mean_squared_error", [[0.0, 1.0]], 2.5, [[1.0, -2.0]]),
        ("sum_squared_error", [[0.0, 1.0]], 5.0, [[2.0, -4.0]]),
        ("row_squared_error", [[0.0, 1.0]], [5.0], [[2.0, -4.0]]),
    ],
)
def test_squared_losses_have_their_textbook_values(
    kind: str, target: list[list[float]], loss: object, gradient: list[list[float]]
) -> None:
    """The outputs (1, -1) against the target (0, 1), worked by hand."""
    chosen = kernel("vectorised", kind)
    value, cache = chosen.forward(np.array([[1.0, -1.0]]), np.array(target))
    (dy,) = chosen.backward(np.ones_like(value), cache)
    np.testing.assert_allclose(value, loss)
    np.testing.assert_allclose(dy, gradient)


def test_cross_entropies_have_their_textbook_values() -> None:
    """-log of the probability of what happened, and probability minus target."""
    softmax = kernel("vectorised", "softmax_cross_entropy")
    value, cache = softmax.forward(np.log([[1.0, 3.0]]), np.array([1]))
    np.testing.assert_allclose(value, -math.log(0.75))
    np.testing.assert_allclose(softmax.backward(1.0, cache)[0], [[0.25, -0.25]])
    binary = kernel("vectorised", "binary_cross_entropy")
    value, cache = binary.forward(np.log([[3.0]]), np.array([[1.0]]))
    np.testing.assert_allclose(value, -math.log(0.75))
    np.testing.assert_allclose(binary.backward(1.0, cache)[0], [[-0.25]])


@pytest.mark.parametrize("name", ["vectorised", "looped"])
def test_product_of_branches_is_right_at_zero(name: str) -> None:
    """A branch that is zero takes nothing from its own gradient: nothing is divided by it."""
    multiply = kernel(name, "multiply")
    _, cache = multiply.forward(*(kernel_set(name).load(np.array([[v]])) for v in (0.0, 3.0, 5.0)))
    assert [
        g[0][0] for g in multiply.backward([[1.0]] if name == "looped" else np.ones((1, 1)), cache)
    ] == [15, 0, 0]


def test_unknown_kernels_are_refused_in_a_sentence() -> None:
    """With the names that there are."""
    with pytest.raises(ValueError, match="no vectorised kernel 'dence'; there are: add, "):
        kernel("vectorised", "dence")
    with pytest.raises(
        ValueError, match="no kernels called 'quick'; there are: vectorised, looped"
    ):
        kernel_set("quick")


def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with its shape annotations enforced."""
    return jaxtyped(typechecker=beartype)(function)


@every_example
def test_shape_annotations_hold(example: Example) -> None:
    """What a kernel takes and gives has the shapes that its annotations promise."""
    chosen = kernel("vectorised", example.kind)
    y, cache = checked(chosen.forward)(*example.arrays, **example.keywords)
    gradients = checked(chosen.backward)(np.ones_like(y), cache)
    assert isinstance(gradients, tuple)


def test_shape_annotations_are_enforced() -> None:
    """The check above can fail: a bias of another length than the weight has columns."""
    with pytest.raises(TypeCheckError, match="bias"):
        checked(kernel("vectorised", "dense").forward)(np.ones((2, 3)), np.ones((3, 4)), np.ones(5))
