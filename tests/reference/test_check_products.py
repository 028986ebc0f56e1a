"""Products with the Jacobian, written by hand for any library's function, before `check`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clinometer import InvalidInput, check

torch = pytest.importorskip("torch")
jnp = pytest.importorskip("jax.numpy")

X = np.random.default_rng(0).normal(size=4)

FROM_NUMPY = {"numpy": np.array, "torch": torch.tensor, "jax": jnp.array}
NARROW = {
    "numpy": lambda t: t.astype("float16"),
    "torch": lambda t: t.half(),
    "jax": lambda t: t.astype("float16"),
}


def verdict(library: str, change: Any) -> Any:
    """Of x³ and its right product, which is changed before it is returned."""
    return check(
        lambda x: x**3,
        (FROM_NUMPY[library](X.astype("float32")),),
        vjp=lambda c, x: 3 * c * x * x,
        jvp=lambda t, x: change(3 * x * x * t[0]),
    )


@pytest.mark.parametrize("library", FROM_NUMPY)
def test_a_right_product_agrees(library: str) -> None:
    """Whatever the library."""
    assert verdict(library, lambda t: t).arrays == {"x": "agree", "jvp along x": "agree"}


@pytest.mark.parametrize("library", FROM_NUMPY)
def test_a_tangent_has_the_shape_and_the_dtype_of_its_output(library: str) -> None:
    """Also one that could be added to it all the same."""
    wrong = {
        "the tangent of out has shape (1, 4), not (4,)": lambda t: t[None],
        "the tangent of out has shape (4, 1), not (4,)": lambda t: t[:, None],
        "the tangent of out has dtype float16, not float32": NARROW[library],
        "jvp gives no array as the tangent of out": lambda t: (t,),
    }
    for sentence, change in wrong.items():
        found = verdict(library, change)
        assert found.arrays == {"x": "agree", "jvp along x": "disagree"}
        assert [f.comparison.reason for f in found.findings] == [sentence]


def test_a_number_of_pythons_is_the_tangent_of_a_number() -> None:
    """It has no shape, and no dtype that would count."""
    found = check(
        lambda x: float(np.sum(x * x)),
        (X,),
        grad=lambda x: 2 * x,
        jvp=lambda t, x: float(np.sum(2 * x * t[0])),
    )
    assert found.status == "agree"


@pytest.mark.parametrize("array", [torch.tensor, jnp.array])
def test_a_gradient_by_hand_may_be_of_a_framework_s_function(array: Any) -> None:
    """JAX compiles it, and knows no number then."""
    x = array(X.astype("float32"))
    assert check(lambda x: (x**3).sum(), (x,), lambda x: 3 * x * x).status == "agree"
    assert check(lambda x: (x**3).sum(), (x,), lambda x: 3.01 * x * x).status == "disagree"
    for returned in ({"x": x}, [1.0] * 4, "x"):
        with pytest.raises(InvalidInput, match=r"the gradient of x is a (dict|list|str), and"):
            check(lambda x: (x**3).sum(), (x,), lambda x, returned=returned: returned)
