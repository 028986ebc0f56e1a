"""JAX programs of narrow numbers in wider ones, whatever arrays they bring along.

A function is traced at wide arguments, so that its constants keep all their digits. What it
captures, makes or converts to in its own narrow dtype is then taken as wide too. Random numbers
would be others there, and what does not take wide arguments fails: such a function is traced as
it is called, in its own dtype, and its program is rewritten as a whole. The bits of random
numbers are drawn as ever.

Numbers narrower than the function's own are left alone: who computes in them means to. Arrays of
NumPy's in float64 are narrow to a function that is called with 64 bits off, and are rounded here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, JaxprEqn, Literal

from clinometer.dtypes import DTYPES
from clinometer.frameworks.jax_rounding import bind, evaluated

COMPLEX = {"float32": "complex64", "float64": "complex128"}
#: They make random numbers.
RANDOM = {"random_bits", "random_gamma", "threefry2x32", "rng_bit_generator", "rng_uniform"}
#: They look at bits, or call what no program shows: they get numbers of the dtypes they expect.
NARROWLY = {
    "bitcast_convert_type", "debug_callback", "io_callback", "pure_callback", "random_gamma",
}  # fmt: skip
#: Constants that hold so many bits less than their dtype has not been rounded to it.
SPARE = 6


class Program:
    """A function as traced at some arguments.

    Attributes:
        closed: what JAX traced.
        shape: the tree of its outputs.
        rounded: whether constants in it have the digits of a narrower dtype than the arguments.
    """

    def __init__(self, function: Callable[..., Any], arguments: Sequence[Any]) -> None:
        self.closed, shape = jax.make_jaxpr(function, return_shape=True)(*arguments)
        self.shape = jax.tree.structure(shape)
        self.rounded = False

    def given_as(self, narrower: dict[Any, Any]) -> Program:
        """The same with arrays that it captures rounded to narrower dtypes."""
        constants = [
            np.asarray(x).astype(narrower[x.dtype]).astype(x.dtype)
            if np.ndim(x) and x.dtype in narrower
            else x
            for x in self.closed.consts
        ]
        self.closed = ClosedJaxpr(self.closed.jaxpr, constants)
        return self

    def widened(self, widening: Widening) -> Program:
        """The same in wider numbers."""
        if any(widening.wider.keys() & _dtypes(equation) for equation in _equations(self.closed)):
            self.closed = widening.program(self.closed)
            self.rounded = widening.rounded
        return self


def traced(
    function: Callable[..., Any], arguments: Sequence[Any], own: str, own_x64: bool
) -> Program:
    """The program, as wide as the arguments if they are wider than the function's own dtype.

    `own_x64` is whether JAX's 64 bits are there for who calls it in its own dtype.
    """
    given = {str(x.dtype) for x in jax.tree.leaves(arguments)}
    wider = _wider(own, next((name for name in DTYPES if name in given), own))
    if not wider:
        return Program(function, arguments)
    widening = Widening(wider)
    narrower = {to: of for of, to in wider.items() if of in (own, COMPLEX.get(own, own))}
    try:
        program = Program(function, arguments).given_as({} if own_x64 else narrower)
        if not any(e.primitive.name in RANDOM for e in _equations(program.closed)):
            return program.widened(widening)
        widening.learn(program.closed)
    except Exception:  # whatever it is, it is for wide arguments alone
        widening.rounded = True
    kinds = jax.tree.map(lambda x: _kind(x, narrower.get(x.dtype, x.dtype)), arguments)
    with jax.enable_x64(own_x64):
        program = Program(function, kinds)
    return program.widened(widening)


def _kind(x: Any, dtype: Any) -> Any:
    return jax.ShapeDtypeStruct(x.shape, dtype)  # type: ignore[no-untyped-call]


def _wider(own: str, wide: str) -> dict[Any, Any]:
    """By dtype, the wider one that stands for it."""
    narrow = DTYPES[DTYPES.index(wide) + 1 : DTYPES.index(own) + 1]
    wider = {jnp.dtype(name): jnp.dtype(wide) for name in narrow}
    if wide in COMPLEX:
        parts = (name for name in narrow if name in COMPLEX)
        wider |= {jnp.dtype(COMPLEX[name]): jnp.dtype(COMPLEX[wide]) for name in parts}
    return wider


def _equations(program: Any) -> Iterator[JaxprEqn]:
    """Those of the program and of all programs inside it."""
    if isinstance(program, ClosedJaxpr):
        program = program.jaxpr
    if isinstance(program, Jaxpr):
        for equation in program.eqns:
            yield equation
            yield from _equations(tuple(equation.params.values()))
    elif isinstance(program, (tuple, list)):
        for inside in program:
            yield from _equations(inside)


def _shaped(place: Any) -> Any:
    return place.aval


def _dtypes(equation: JaxprEqn) -> set[Any]:
    return {getattr(x.aval, "dtype", None) for x in (*equation.invars, *equation.outvars)}


class Widening:
    """Rewrites programs; `rounded` is whether any had constants of the digits of a narrow dtype."""

    def __init__(self, wider: dict[Any, Any]) -> None:
        self.wider, self.rounded = wider, False
        self.exact: dict[Any, set[Any]] = {}

    def learn(self, wide: ClosedJaxpr) -> None:
        """What the numbers are that the same program holds where it is wide."""
        self.rounded |= any(x.dtype in self.wider.values() for x in wide.consts)
        places: Iterator[Any] = (v for equation in _equations(wide) for v in equation.invars)
        for v in places:
            if isinstance(v, Literal) and (aval := _shaped(v)).dtype in self.wider.values():
                number = np.asarray(v.val, aval.dtype)
                for dtype in self.wider:
                    rounded = dtype, number.astype(dtype).item()
                    self.exact.setdefault(rounded, set()).add(number.item())

    def program(self, program: ClosedJaxpr) -> ClosedJaxpr:
        """The same in wider numbers."""
        constants = [self._constant(x) for x in program.consts]
        widened = ClosedJaxpr(program.jaxpr, constants)
        avals = map(_shaped, program.jaxpr.invars)
        kinds = [_kind(aval, self._setting(aval.dtype)) for aval in avals]

        def run(*inputs: Any) -> list[Any]:
            outputs = evaluated(widened, inputs, bind=self._bind)
            return list(map(self._input, program.jaxpr.outvars, outputs))

        return jax.make_jaxpr(run)(*kinds)

    def _constant(self, x: Any) -> Any:
        return np.asarray(x).astype(self.wider[x.dtype]) if x.dtype in self.wider else x

    def _bind(self, equation: JaxprEqn, inputs: list[Any]) -> list[Any]:
        """The results of an operation, in wider numbers."""
        inputs = list(map(self._input, equation.invars, inputs))
        if equation.primitive.name in NARROWLY:
            return self._narrowly(equation, inputs)
        settings = {name: self._setting(s) for name, s in equation.params.items()}
        return bind(equation.replace(params=settings), inputs)

    def _input(self, place: Any, x: Any) -> Any:
        """As wide as its place is; only numbers that stand in the program are not yet."""
        dtype = getattr(place.aval, "dtype", None)
        if dtype not in self.wider or getattr(x, "dtype", None) == self.wider[dtype]:
            return x
        if np.ndim(x):
            return self._constant(x)
        number = np.asarray(x, dtype)
        known = self.exact.get((dtype, number.item()), set())
        if len(known) == 1:
            return np.array(min(known), self.wider[dtype])
        self.rounded |= not _short(number, dtype)
        return number.astype(self.wider[dtype])

    def _narrowly(self, equation: JaxprEqn, inputs: list[Any]) -> list[Any]:
        """In the dtypes that stand in the program."""
        avals = map(_shaped, equation.invars)
        given = [
            jax.lax.convert_element_type(x, aval.dtype) if aval.dtype in self.wider else x
            for x, aval in zip(inputs, avals, strict=True)
        ]
        return [
            jax.lax.convert_element_type(x, self.wider[x.dtype]) if x.dtype in self.wider else x
            for x in bind(equation, given)
        ]

    def _setting(self, setting: Any) -> Any:
        if isinstance(setting, ClosedJaxpr):
            return self.program(setting)
        if isinstance(setting, Jaxpr):
            return self.program(ClosedJaxpr(setting, ())).jaxpr
        if isinstance(setting, tuple):
            inside = map(self._setting, setting)
            return type(setting)(*inside) if hasattr(setting, "_fields") else tuple(inside)
        return self.wider.get(setting, setting) if isinstance(setting, np.dtype) else setting


def _short(number: Any, dtype: Any) -> bool:
    """Whether a constant holds few enough bits not to have been rounded."""
    digits = jnp.finfo(dtype).nmant - SPARE  # type: ignore[no-untyped-call]
    parts = np.stack([number.real, number.imag]).astype(np.float64)
    scaled = np.ldexp(np.frexp(parts)[0], digits)
    return bool(np.all((scaled == np.round(scaled)) | ~np.isfinite(parts)))
