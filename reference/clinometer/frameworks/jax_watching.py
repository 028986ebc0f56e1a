"""JAX functions with each operation of the traced program watched, custom ones' included."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from clinometer.frameworks.jax_rounding import bind, evaluated
from clinometer.frameworks.jax_widening import traced
from clinometer.problem import Arrays, Conductor, Function, Watcher


def watched(function: Function, watcher: Watcher, own: str) -> Function:
    """The function's value from NumPy arrays, under that watcher; loops and branches are one.

    `own` is the dtype that it is written for.
    """

    def seen(equation: Any, inputs: list[Any]) -> list[Any]:
        results = bind(equation, inputs)
        if len(results) != 1 or not _is_real(results[0]):
            return results
        array = np.asarray(results[0])
        return [jnp.asarray(watcher([np.asarray(x) for x in inputs if _is_real(x)], array))]

    return _bound(function, seen, own)


def conducted(function: Function, conductor: Conductor, own: str) -> Function:
    """The same with each of the operations run by a conductor."""

    def led(equation: Any, inputs: list[Any]) -> list[Any]:
        def operate(arrays: Sequence[Any]) -> list[Any]:
            given = iter(arrays)
            filled = [jnp.asarray(next(given)) if _is_real(x) else x for x in inputs]
            return [np.asarray(x) if _is_real(x) else x for x in bind(equation, filled)]

        results = conductor(operate, [np.asarray(x) for x in inputs if _is_real(x)])
        return [jnp.asarray(x) if isinstance(x, np.ndarray) else x for x in results]

    return _bound(function, led, own)


def _bound(
    function: Function, binding: Callable[[Any, list[Any]], list[Any]], own: str
) -> Function:
    """The function with its operations bound by that."""

    def run(point: Arrays) -> Any:
        x64 = bool(jax.config.jax_enable_x64)  # type: ignore[attr-defined] # JAX's
        with jax.enable_x64(True):
            program = traced(function, (point,), own, x64)
            return evaluated(program.closed, jax.tree.leaves(point), bind=binding)[0]

    return run


def _is_real(x: Any) -> bool:
    return jnp.issubdtype(jnp.result_type(x), jnp.floating)
