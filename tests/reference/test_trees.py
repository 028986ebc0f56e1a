"""Leaves by readable names, trees rebuilt, and gradients laid beside their arguments."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from typing import Any

import pytest

from clinometer import trees
from clinometer.errors import InvalidInput

Pair = namedtuple("Pair", "left right")  # noqa: PYI024 # what users have


@dataclass(frozen=True)
class Layer:
    """With a check that only its author's own calls meet."""

    weight: Any
    bias: Any = None


TREE = {"x": [1, (2, 3)], "layer": Layer(4, 5), 6: Pair(7, None)}


def test_leaves_are_named_as_one_would_write_them() -> None:
    """By key, by number, by field."""
    assert dict(trees.leaves(TREE, "p")) == {
        "p['x'][0]": 1,
        "p['x'][1][0]": 2,
        "p['x'][1][1]": 3,
        "p['layer'].weight": 4,
        "p['layer'].bias": 5,
        "p[6].left": 7,
        "p[6].right": None,
    }
    assert dict(trees.leaves(8, "x")) == {"x": 8}


def test_a_tree_is_rebuilt_with_other_leaves() -> None:
    """Containers keep their types, and leaves that are not named stay."""
    other = trees.rebuilt(TREE, "p", {"p['x'][1][1]": 30, "p['layer'].weight": 40})
    assert other == {"x": [1, (2, 30)], "layer": Layer(40, 5), 6: Pair(7, None)}
    assert isinstance(other[6], Pair)
    assert TREE["layer"] == Layer(4, 5)


def test_what_is_returned_is_laid_beside_the_tree() -> None:
    """None stands for all leaves below it; another structure is named where it differs."""
    returned = {"x": [10, None], "layer": Layer(40, 50), 6: None}
    found = dict(trees.paired(TREE, "p", returned))
    assert found["p['x'][0]"] == 10
    assert found["p['x'][1][1]"] is None
    assert found["p['layer'].bias"] == 50
    assert found["p[6].left"] is None
    with pytest.raises(InvalidInput, match=r"p\['x'\]\[1\] is missing"):
        dict(trees.paired(TREE, "p", {**returned, "x": [10]}))
    with pytest.raises(InvalidInput, match=r"p\['y'\] is too much"):
        dict(trees.paired(TREE, "p", {**returned, "y": 1}))


def test_arguments_are_named_by_the_signature() -> None:
    """What a function takes beyond it is said."""
    assert trees.argument_names(lambda x, w, *more: 0, 4) == ["x", "w", "more[0]", "more[1]"]
    assert trees.argument_names(max, 2) == ["args[0]", "args[1]"]
    with pytest.raises(InvalidInput, match="args holds 3 arguments, and the function takes 1"):
        trees.argument_names(lambda x: 0, 3)


@pytest.mark.jax
def test_jax_opens_what_is_registered_with_it() -> None:
    """Such as a class of the user's."""
    import jax

    @jax.tree_util.register_pytree_with_keys_class
    class Weights:
        def __init__(self, w: Any) -> None:
            self.w = w

        def tree_flatten_with_keys(self) -> Any:
            return [(jax.tree_util.GetAttrKey("w"), self.w)], None

        @classmethod
        def tree_unflatten(cls, _: Any, children: Any) -> Any:
            return cls(*children)

    tree = [Weights({"a": 1})]
    assert dict(trees.leaves(tree, "p")) == {"p[0].w['a']": 1}
    assert trees.rebuilt(tree, "p", {"p[0].w['a']": 2})[0].w == {"a": 2}
