"""Arguments and outputs as trees of arrays: their leaves by readable names, and trees rebuilt.

Dictionaries, lists, tuples, named tuples and dataclasses are opened here; other containers are
opened by JAX where it knows them and is loaded. Names are those that the function's signature
gives: `x`, `params['w']`, `layers[0].bias`.
"""

from __future__ import annotations

import copy
import dataclasses
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from clinometer.errors import InvalidInput

#: From new children, in the old order, to a container like the old one.
Remake: TypeAlias = Callable[[Sequence[Any]], Any]


def argument_names(function: Callable[..., Any], count: int) -> list[str]:
    """The names of the first so many positional arguments, as the function's signature has them.

    One that is called `value`, as what a function returns is here, becomes `args.value`.

    Raises InvalidInput where the function does not take so many.
    """
    try:
        parameters = list(inspect.signature(_written(function)).parameters.values())
    except (TypeError, ValueError):  # some built-in functions have none
        return [f"args[{number}]" for number in range(count)]
    if parameters and parameters[0].name == "ctx":  # PyTorch's, which brings it
        parameters = parameters[1:]
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    more = next((p.name for p in parameters if p.kind == p.VAR_POSITIONAL), None)
    if more is None and count > len(names):
        raise InvalidInput(f"args holds {count} arguments, and the function takes {len(names)}")
    names += [f"{more}[{number}]" for number in range(count - len(names))]
    return ["args.value" if name == "value" else name for name in names[:count]]


def _written(function: Any) -> Any:
    """What its author wrote: `forward` of a PyTorch module, or of what the method belongs to."""
    owner = function if hasattr(function, "forward") else getattr(function, "__self__", None)
    return getattr(owner, "forward", function)


def leaves(tree: Any, name: str) -> Iterator[tuple[str, Any]]:
    """All leaves with their names, depth first."""
    opened = _open(tree)
    if opened is None:
        yield name, tree
        return
    for suffix, child in opened[0]:
        yield from leaves(child, name + suffix)


def rebuilt(tree: Any, name: str, new: Mapping[str, Any]) -> Any:
    """The tree with new leaves in the place of those that are named."""
    opened = _open(tree)
    if opened is None:
        return new.get(name, tree)
    children, remake = opened
    return remake([rebuilt(child, name + suffix, new) for suffix, child in children])


def paired(tree: Any, name: str, other: Any) -> Iterator[tuple[str, Any]]:
    """The leaves of another tree of the same structure, under the names of this one's.

    `None` stands for a tree of nothing else. Raises InvalidInput where the structures differ.
    """
    opened = _open(tree)
    if opened is None:
        yield name, other
        return
    mine, theirs = dict(opened[0]), dict((_open(other) or [()])[0])
    if other is not None and mine.keys() != theirs.keys():
        odd = name + min(mine.keys() ^ theirs.keys())
        raise InvalidInput(f"{odd} is {'missing' if odd[len(name) :] in mine else 'too much'}")
    for suffix, child in mine.items():
        yield from paired(child, name + suffix, theirs.get(suffix))


def _open(node: Any) -> tuple[list[tuple[str, Any]], Remake] | None:
    """The children with what their names add to the node's, and the way back; None for a leaf."""
    if isinstance(node, np.ndarray):  # which most are
        return None
    if isinstance(node, dict):
        children = [(f"[{key!r}]", child) for key, child in node.items()]
        return children, lambda new: dict(zip(node, new, strict=True))
    if isinstance(node, tuple) and hasattr(node, "_fields"):
        children = [(f".{field}", child) for field, child in zip(node._fields, node, strict=True)]
        return children, lambda new: type(node)(*new)
    if type(node) in (list, tuple):
        return [(f"[{n}]", child) for n, child in enumerate(node)], type(node)
    known = _open_by_jax(node)
    if known is None and dataclasses.is_dataclass(node) and not isinstance(node, type):
        names = [field.name for field in dataclasses.fields(node)]
        children = [(f".{field}", getattr(node, field)) for field in names]
        return children, lambda new: _with_fields(node, dict(zip(names, new, strict=True)))
    return known


def _with_fields(node: Any, fields: Mapping[str, Any]) -> Any:
    """A copy of a dataclass with other fields, frozen or not, and nothing else run."""
    other = copy.copy(node)
    for name, value in fields.items():
        object.__setattr__(other, name, value)
    return other


def _open_by_jax(node: Any) -> tuple[list[tuple[str, Any]], Remake] | None:
    """What is registered with JAX, if JAX is loaded."""
    jax = sys.modules.get("jax")
    if jax is None or node is None or jax.tree_util.all_leaves([node]):
        return None
    paths, structure = jax.tree_util.tree_flatten_with_path(node, lambda child: child is not node)
    children = [(jax.tree_util.keystr(path), child) for path, child in paths]
    return children, lambda new: jax.tree_util.tree_unflatten(structure, new)
