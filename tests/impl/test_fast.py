"""The compiled kernels: those of the vectorised set again, in fewer passes over the data."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from handgrad import Layer, Network, kernels
from handgrad.kernels import COMPILED, kernel, kernel_set, kinds, own
from tests.impl.inputs import EXAMPLES, Example
from tests.impl.test_kernels import cast, run

KINDS = sorted(own(COMPILED))
needs_numba = pytest.mark.skipif(find_spec("numba") is None, reason="numba is not installed")
every_example = pytest.mark.parametrize(
    "example", [e for e in EXAMPLES if e.kind in KINDS], ids=lambda e: e.kind
)


def test_without_numba_the_compiled_kernels_are_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is missing and how to get it; the other sets do not need it."""
    monkeypatch.setattr(kernels, "find_spec", lambda name: None)
    kernel_set.cache_clear()
    with pytest.raises(ValueError, match="'fast' need numba, which is not installed; python -m"):
        Network([Layer("relu")], kernels="fast")
    assert Network([Layer("relu")]).kernels == "vectorised"


@needs_numba
def test_what_is_not_compiled_is_vectorised() -> None:
    """So that every network can have them."""
    assert kinds("fast") == kinds("vectorised")
    others = [kind for kind in kinds("fast") if kind not in KINDS]
    assert all(kernel("fast", kind) is kernel("vectorised", kind) for kind in others)
    assert all(kernel("fast", kind) is not kernel("vectorised", kind) for kind in KINDS)


@needs_numba
@every_example
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_compiled_kernels_agree_with_the_vectorised_ones(example: Example, dtype: str) -> None:
    """To the digits of the dtype, however the arrays lie in memory."""
    one, other = run(COMPILED, example, dtype), run("vectorised", example)
    turned = example._replace(arrays=[np.asfortranarray(array) for array in example.arrays])
    tolerance = 64 * np.finfo(dtype).eps
    for again, mine, theirs in zip(run(COMPILED, turned, dtype), one, other, strict=True):
        assert mine.dtype == dtype
        assert mine.shape == theirs.shape
        assert np.max(np.abs(mine - theirs)) <= tolerance * np.max(np.abs(theirs))
        assert np.array_equal(again, mine)


@needs_numba
@every_example
@pytest.mark.parametrize("dtype", ["float16", "longdouble", "complex128"])
def test_other_numbers_go_the_vectorised_way(example: Example, dtype: str) -> None:
    """Bit for bit."""
    for mine, theirs in zip(
        run(COMPILED, example, dtype), run("vectorised", example, dtype), strict=True
    ):
        assert np.array_equal(mine, theirs)


@needs_numba
@every_example
def test_compiled_kernels_write_to_nothing_and_share_nothing(example: Example) -> None:
    """Inputs and cotangent are closed to writing, and no result is a view of them."""
    given = [cast(array, "float64").copy() for array in example.arrays]
    for array in given:
        array.setflags(write=False)
    chosen = kernel(COMPILED, example.kind)
    y, cache = chosen.forward(*given, **example.keywords)
    dy = np.ones_like(y)
    dy.setflags(write=False)
    results = [y, *chosen.backward(dy, cache)]
    for number, result in enumerate(results):
        assert not any(np.shares_memory(result, a) for a in (dy, *given, *results[:number]))


@needs_numba
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("batch_norm", "lstm")])
def test_compiled_kernels_keep_samples_apart(kind: str) -> None:
    """The rows of each sample have sums of their own."""
    x = np.random.default_rng(0).normal(size=(5, 4, 6))
    shape = (4,) if kind == "group_norm" else (6,)
    names = ["weight"] if kind == "rms_norm" else ["weight", "bias"]
    settings = {"epsilon": 0.01} | ({"groups": 2} if kind == "group_norm" else {})
    layer = Layer(kind, dict.fromkeys(names, shape), settings)
    parameters = {f"1.{name}": np.linspace(1, 2, shape[0]) for name in names}
    assert_samples_apart(layer, parameters, x)


@needs_numba
def test_a_compiled_memory_keeps_samples_apart() -> None:
    """Over more steps than are summed at once."""
    random = np.random.default_rng(0)
    shapes = {"weight": (2, 12), "recurrent": (3, 12), "bias": (12,), "state": (3,), "cell": (3,)}
    parameters = {f"1.{name}": random.normal(size=shape) for name, shape in shapes.items()}
    layer = Layer("lstm", shapes, {"reverse": False})
    assert_samples_apart(layer, parameters, random.normal(size=(5, 13, 2)))


def assert_samples_apart(layer: Layer, parameters: dict[str, Any], x: Any) -> None:
    """Together the samples have the gradients that each of them has by itself."""
    network = Network([layer], "outputs", kernels=COMPILED)
    together = network.per_sample_gradients(parameters, x)
    for name, gradients in network._one_by_one(parameters, x, None).items():
        np.testing.assert_allclose(together[name], gradients, rtol=1e-12, atol=1e-13)


@needs_numba
@pytest.mark.parametrize("kind", ["batch_norm", "layer_norm"])
@pytest.mark.parametrize("offset", [0.0, 1e6, -3e7])
def test_numbers_far_from_zero_keep_their_digits(kind: str, offset: float) -> None:
    """Where a mean square less a squared mean has none; also where the first number is far out."""
    x = np.random.default_rng(1).normal(size=(100, 40))
    x[0], x[:, 0] = 50, -70
    x += offset
    x[3] = x[:, 4] = x[3, 4]  # a row and a column that are constant
    expected, found = both(kind, x)
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-9 * np.max(np.abs(theirs)))


def both(kind: str, x: Any) -> tuple[list[Any], list[Any]]:
    """Output and gradients in numbers wide enough, and compiled."""
    weight, bias, dy = np.linspace(1, 2, x.shape[1]), np.linspace(0, 1, x.shape[1]), np.sin(x)
    results = []
    for name, dtype in (("vectorised", "longdouble"), (COMPILED, "float64")):
        arrays = [array.astype(dtype) for array in (x, weight, bias)]
        y, cache = kernel(name, kind).forward(*arrays, epsilon=1e-5)
        results.append([y, *kernel(name, kind).backward(dy.astype(dtype), cache)])
    return results[0], results[1]
