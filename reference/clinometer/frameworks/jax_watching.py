"""JAX functions with each operation of the traced program watched, custom ones' included."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from clinometer.frameworks.jax_rounding import bind, evaluated
from clinometer.frameworks.jax_widening import traced
from clinometer.problem import Arrays, Function, Watcher


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

    def run(point: Arrays) -> Any:
        x64 = bool(jax.config.jax_enable_x64)  # type: ignore[attr-defined] # JAX's
        with jax.enable_x64(True):
            program = traced(function, (point,), own, x64)
            return evaluated(program.closed, jax.tree.leaves(point), bind=seen)[0]

    return run


def _is_real(x: Any) -> bool:
    return jnp.issubdtype(jnp.result_type(x), jnp.floating)
