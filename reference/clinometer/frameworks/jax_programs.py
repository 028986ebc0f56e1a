"""JAX code as programs that are compiled once, and shared by all who would compile the same.

The compiler takes longer for a small function than all its evaluations. So what JAX has traced
is looked up by what it is: its operations with their settings, and which number goes where. The
arrays that stand in it as constants are handed to it with the arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from typing import Any

import jax
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal

from clinometer.frameworks.jax_rounding import CALLS, Errors, evaluated
from clinometer.frameworks.jax_widening import Program, traced

#: Optimised code would run faster, but the compiler's time is what counts here.
QUICKLY = {"xla_backend_optimization_level": "0", "xla_cpu_use_fusion_emitters": False}
#: How many programs are kept.
KEPT = 256


class Compiled:
    """A function of trees of arrays, traced once for each of their shapes and dtypes.

    It is written for the dtype `own`, and in the setting of 64 bits of who makes this of it.
    """

    def __init__(self, function: Callable[..., Any], own: str = "float64") -> None:
        self.function, self.own = function, own
        self.x64 = bool(jax.config.jax_enable_x64)  # type: ignore[attr-defined] # JAX's
        self._traced: dict[Any, tuple[Program, _Alike]] = {}

    def __call__(self, *arguments: Any) -> Any:
        """What it returns."""
        return self._run(arguments, None)

    def stochastic(self, seed: Any, *arguments: Any) -> Any:
        """The same with a random error in every operation; the seed is a 32-bit integer."""
        return self._run(arguments, seed)

    @property
    def rounded(self) -> bool:
        """Whether constants had the digits of a narrower dtype than the arguments in any call."""
        return any(program.rounded for program, _ in self._traced.values())

    def _run(self, arguments: Any, seed: Any) -> Any:
        program, alike = self._program(arguments)
        leaves = jax.tree.leaves(arguments)
        outputs = _compiled(alike, seed is not None)(seed, program.closed.consts, leaves)
        return jax.tree.unflatten(program.shape, outputs)

    def _program(self, arguments: Any) -> tuple[Program, _Alike]:
        leaves, tree = jax.tree.flatten(arguments)
        kind = tree, *((x.shape, x.dtype) for x in leaves)
        if kind not in self._traced:
            program = traced(self.function, arguments, self.own, self.x64)
            self._traced[kind] = program, _Alike(program.closed.jaxpr)
        return self._traced[kind]


class _Alike:
    """A program that equals all that do the same to their constants and arguments."""

    def __init__(self, program: Jaxpr) -> None:
        self.program, self.key = program, _key(program)
        self.hash = hash(self.key)

    def __hash__(self) -> int:
        return self.hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Alike) and self.key == other.key


@lru_cache(KEPT)
def _compiled(alike: _Alike, erring: bool) -> Callable[..., list[Any]]:
    """From a seed, the constants and the arguments to the outputs."""

    def run(seed: Any, constants: Sequence[Any], leaves: Sequence[Any]) -> list[Any]:
        program = ClosedJaxpr(alike.program, constants)
        return evaluated(program, leaves, Errors(seed) if erring else None)

    return jax.jit(run, compiler_options=QUICKLY)


def _key(program: Jaxpr) -> Hashable:
    """Its operations in order, each with the places of its inputs."""
    places: dict[Any, int] = {}

    def read(atom: Any) -> Hashable:
        if isinstance(atom, Literal):
            return atom.aval, np.asarray(atom.val).tobytes()
        return places[atom]

    def write(variables: Sequence[Any]) -> tuple[Any, ...]:
        places.update((v, len(places) + n) for n, v in enumerate(variables))
        return tuple(v.aval for v in variables)

    given = write([*program.constvars, *program.invars])
    body = []
    for equation in program.eqns:
        inputs = tuple(map(read, equation.invars))
        body.append((_operation(equation), inputs, write(equation.outvars)))
    return given, tuple(body), tuple(map(read, program.outvars))


def _operation(equation: Any) -> Hashable:
    """Of a call only what is called: its derivative is not asked for any more."""
    name, settings = equation.primitive.name, equation.params
    if name in CALLS:
        return _settled(settings[CALLS[name]])
    return equation.primitive, tuple((n, _settled(s)) for n, s in sorted(settings.items()))


def _settled(setting: Any) -> Hashable:
    """Something that equals what does the same; what cannot be told equals itself alone."""
    if isinstance(setting, ClosedJaxpr):
        return _key(setting.jaxpr), tuple(map(_Itself, setting.consts))
    if isinstance(setting, Jaxpr):
        return _key(setting)
    if isinstance(setting, (tuple, list)):
        return tuple(map(_settled, setting))
    if isinstance(setting, (float, complex, np.generic)):
        return type(setting), np.asarray(setting).tobytes()  # for 0 equals -0
    try:
        hash(setting)
    except TypeError:
        return _Itself(setting)
    return type(setting), setting  # for 1 equals True


class _Itself:
    """Equal to what is the same object, which it keeps alive."""

    def __init__(self, of: Any) -> None:
        self.of = of

    def __hash__(self) -> int:
        return id(self.of)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and self.of is other.of
