"""Stochastic arithmetic for JAX code: the traced program, rewritten so that every operation errs.

JAX traces a function, its derivatives included, to a program of primitives. Here each of them
is followed by a random relative error of up to two units roundoff, inside loops and branches
as well, and the whole is compiled as JAX code is. What is one operation to JAX but more than
one rounding, be it a sum, a kernel or a call back into Python, is allowed the same error in its
inputs: it passes as long as its result is nearly right for nearly those inputs. Inputs of fewer
digits than another one are as they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.extend.core import ClosedJaxpr, JaxprEqn, Literal, Var

#: Their results are exact, whatever their arguments. So is all that is not a real number.
EXACT = {
    "abs", "bitcast_convert_type", "broadcast_in_dim", "ceil", "clamp", "concatenate", "copy",
    "cummax", "cummin", "dynamic_slice", "dynamic_update_slice", "expand_dims", "floor", "gather",
    "max", "min", "neg", "optimization_barrier", "pad", "reduce_max", "reduce_min",
    "reduce_window_max", "reduce_window_min", "reshape", "rev", "round", "scatter", "select_n",
    "sign", "slice", "sort", "split", "squeeze", "stop_gradient", "top_k", "transpose",
}  # fmt: skip
#: A single rounding each: their arguments are as they stand.
ELEMENTARY = {
    "acos", "acosh", "add", "add_any", "asin", "asinh", "atan", "atan2", "atanh", "cbrt",
    "convert_element_type", "cos", "cosh", "digamma", "div", "erf", "erf_inv", "erfc", "exp",
    "exp2", "expm1", "integer_pow", "lgamma", "log", "log1p", "logistic", "mul", "pow", "rem",
    "rsqrt", "sin", "sinh", "sqrt", "square", "sub", "tan", "tanh",
}  # fmt: skip
#: These only name a program, or attach a derivative to it, by the parameter that holds it.
CALLS = {
    "jit": "jaxpr", "pjit": "jaxpr", "remat": "jaxpr", "remat2": "jaxpr", "checkpoint": "jaxpr",
    "closed_call": "call_jaxpr", "core_call": "call_jaxpr",
    "custom_jvp_call": "call_jaxpr", "custom_vjp_call": "call_jaxpr",
}  # fmt: skip


class Errors:
    """Random relative errors of up to two units roundoff, new ones at each call.

    They come from a hash of seed and place, which compiles ten times as fast as `jax.random`
    (Appleby's MurmurHash3; on numbers from counters: Salmon et al., SC 2011).
    """

    def __init__(self, seed: Any) -> None:
        self.seed, self.calls = jnp.asarray(seed, jnp.uint32), 0

    def __call__(self, x: Any) -> Any:
        if jnp.iscomplexobj(x):  # either part by the size of the whole, as products have it
            return x * lax.complex(1 + self._errors(x.real), self._errors(x.imag))
        return x * (1 + self._errors(x)) if _is_real(x) else x

    def _errors(self, x: Any) -> Any:
        return _relative(self._start(), x)

    def fork(self) -> Any:
        """A seed for errors that do not depend on those drawn here."""
        return _hash(self._start())

    def _start(self) -> Any:
        """Multiples of the golden ratio, so that the places counted from them are far apart."""
        self.calls += 1
        return lax.add(self.seed, np.uint32(self.calls * 0x9E3779B9 % 2**32))


@jax.jit  # which is traced once for each shape
def _relative(start: Any, x: Any) -> Any:
    """Errors for the elements of x, from a hash of their places counted from the start."""
    places = lax.iota(np.uint32, x.size).reshape(x.shape)
    signed = _hash(places + start).astype(np.int32).astype(np.float32)
    eps = float(jnp.finfo(x.dtype).eps)  # type: ignore[no-untyped-call]
    return (signed * np.float32(eps * 2.0**-31)).astype(x.dtype)


def _hash(number: Any) -> Any:
    """A 32-bit integer of which each bit depends on each bit of the number."""
    number = (number ^ (number >> 16)) * np.uint32(0x85EBCA6B)
    number = (number ^ (number >> 13)) * np.uint32(0xC2B2AE35)
    return number ^ (number >> 16)


def bind(equation: JaxprEqn, inputs: list[Any]) -> list[Any]:
    """The results of an operation."""
    results = equation.primitive.bind(*inputs, **equation.params)  # type: ignore[no-untyped-call]
    return list(results) if equation.primitive.multiple_results else [results]


def evaluated(
    program: Any,
    arguments: Sequence[Any],
    errors: Errors | None = None,
    bind: Callable[[JaxprEqn, list[Any]], list[Any]] = bind,
) -> list[Any]:
    """The outputs of the program, with errors in each of its operations if they are given.

    Without errors, its operations are bound by `bind`.
    """
    jaxpr, constants = (
        (program.jaxpr, program.consts) if isinstance(program, ClosedJaxpr) else (program, ())
    )
    known: dict[Var, Any] = dict(zip(jaxpr.constvars, constants, strict=True))
    known |= zip(jaxpr.invars, arguments, strict=True)

    def read(atom: Any) -> Any:
        return atom.val if isinstance(atom, Literal) else known[atom]

    for equation in jaxpr.eqns:
        inputs = [read(atom) for atom in equation.invars]
        known |= zip(equation.outvars, _apply(equation, inputs, errors, bind), strict=True)
    return [read(atom) for atom in jaxpr.outvars]


def _apply(equation: JaxprEqn, inputs: list[Any], errors: Errors | None, binding: Any) -> list[Any]:
    name, parameters = equation.primitive.name, equation.params
    if name in CALLS:
        return evaluated(parameters[CALLS[name]], inputs, errors, binding)
    if errors is None:
        return binding(equation, inputs)  # type: ignore[no-any-return]
    if name in CONTROL:
        return CONTROL[name](errors, inputs, **parameters)
    exact = name in EXACT or not any(_rounds(v.aval) for v in equation.outvars)
    if not exact and name not in ELEMENTARY:
        finest = min(map(_eps, inputs), default=0.0)
        inputs = [errors(x) if _eps(x) == finest else x for x in inputs]
    outputs = bind(equation, inputs)
    return outputs if exact else [errors(x) for x in outputs]


def _is_real(x: Any) -> bool:
    return jnp.issubdtype(jnp.result_type(x), jnp.floating)


def _rounds(x: Any) -> bool:
    return jnp.issubdtype(jnp.result_type(x), jnp.inexact)


def _eps(x: Any) -> float:
    """Where a number's last digit is; numbers that do not round have none."""
    dtype = jnp.result_type(x)
    return float(jnp.finfo(dtype).eps) if _rounds(x) else np.inf  # type: ignore[no-untyped-call]


def _cond(errors: Errors, inputs: list[Any], *, branches: Any, **_: Any) -> list[Any]:
    def erring(branch: Any) -> Callable[..., list[Any]]:
        return lambda seed, *operands: evaluated(branch, operands, Errors(seed))

    index, *operands = inputs
    return list(lax.switch(index, [erring(b) for b in branches], errors.fork(), *operands))


def _while(
    errors: Errors, inputs: list[Any], *, cond_jaxpr: Any, cond_nconsts: int, body_jaxpr: Any,
    body_nconsts: int,
) -> list[Any]:  # fmt: skip
    kept = inputs[cond_nconsts : cond_nconsts + body_nconsts]

    def goes_on(carry: Any) -> Any:
        return evaluated(cond_jaxpr, [*inputs[:cond_nconsts], *carry[1]], Errors(carry[0]))[0]

    def body(carry: Any) -> Any:
        inner = Errors(carry[0])
        return inner.fork(), evaluated(body_jaxpr, [*kept, *carry[1]], inner)

    start = errors.fork(), inputs[cond_nconsts + body_nconsts :]
    return list(lax.while_loop(goes_on, body, start)[1])


def _scan(
    errors: Errors, inputs: list[Any], *, jaxpr: Any, num_consts: int, num_carry: int, length: int,
    reverse: bool, unroll: int, **_: Any,
) -> list[Any]:  # fmt: skip
    kept, rows = inputs[:num_consts], inputs[num_consts + num_carry :]

    def body(carry: Any, row: Any) -> Any:
        inner = Errors(carry[0])
        results = evaluated(jaxpr, [*kept, *carry[1], *row], inner)
        return (inner.fork(), results[:num_carry]), results[num_carry:]

    start = errors.fork(), inputs[num_consts : num_consts + num_carry]
    (_, last), collected = lax.scan(body, start, rows, length, reverse, unroll)
    return [*last, *collected]


#: Loops and branches, whose programs are rewritten inside.
CONTROL: dict[str, Callable[..., list[Any]]] = {"cond": _cond, "while": _while, "scan": _scan}
