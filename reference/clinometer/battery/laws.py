"""What a backward pass owes to its cotangent: it is linear in it, whatever its layout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from clinometer.battery.arithmetic import (
    MULTIPLES,
    Gradients,
    coarsest,
    differing,
    greatest,
    largest_finite,
    logarithmic,
    reordering,
    rough,
    sharp,
)
from clinometer.battery.calls import Calls, Failed, Forward
from clinometer.battery.cotangents import Cotangent, added, constant, gradients_for, scaled
from clinometer.battery.layouts import LAYOUTS, Shape, Strides, expanded
from clinometer.comparison import Comparison
from clinometer.rounding import unit_roundoff

WITNESS = "cotangents"
#: How many times larger a cotangent is tried, so that what clips gradients is seen.
FACTOR = 1024.0
#: The same in float16, which does not go far.
NARROW_FACTOR = 16.0


class Laws:
    """The laws at one point, beside the gradients that a contiguous cotangent has given.

    Attributes:
        gradients: those for `cotangent`, none of them NaN.
        constant: a cotangent whose elements are all the same.
    """

    def __init__(
        self,
        calls: Calls,
        forward: Forward,
        gradients: Gradients,
        cotangent: Cotangent,
        random: np.random.Generator,
    ) -> None:
        self.calls, self.forward, self.gradients = calls, forward, gradients
        self.cotangent, self.constant = cotangent, constant(cotangent, random)
        self.dtype = coarsest([*cotangent.values(), *(calls.point[n] for n in calls.moving)])
        self._divided: list[Gradients] = []
        self.factor = NARROW_FACTOR if self.dtype == np.float16 else FACTOR

    def try_all(self) -> None:
        """Those of layouts only where the first ones hold, without which nothing is rounding."""
        self._trying("a zero cotangent", self._zero)
        if self._trying(f"a cotangent {-self.factor:g} times as large", self._multiples):
            self._trying("a constant cotangent", self._additivity)
            for words, layout in LAYOUTS.items():
                self._layout(words, layout, self.cotangent, self.gradients)
            self._trying("an undefined cotangent", self._undefined)

    def beyond(
        self, witness: str, mine: Gradients, other: Gradients, bounds: Gradients
    ) -> list[Comparison]:
        """Where the gradients differ by more than the bounds and rounding.

        One multiple of the cotangent after the other is asked how far rounding goes, until that
        is far enough: each costs a backward pass.
        """
        found = differing(witness, mine, other, bounds)
        for number in range(1, 1 + len(MULTIPLES)):
            if not found:
                break
            rounding = self._rounding(number)
            wider = {n: bound + rounding.get(n, np.inf) for n, bound in bounds.items()}
            found = differing(witness, mine, other, wider)
        return found

    def reordered(self, size: int) -> Gradients:
        """Bounds for sums of that size in another order."""
        return self._wider(reordering(size, self.dtype))

    def rounding(self) -> Gradients:
        """How far rounding goes, by all multiples; nothing known where the first law is broken."""
        if self._unscaled(self._for(scaled(self.cotangent, -self.factor)), -self.factor):
            return {}
        return self._rounding(len(MULTIPLES))

    def _trying(self, words: str, law: Callable[[], bool]) -> bool:
        """True where the law holds; a backward pass that raises breaks it."""
        try:
            return law()
        except Failed as failed:
            self.calls.breach_everywhere(f"{failed}, for {words}", WITNESS)
            return False

    def _zero(self) -> bool:
        """B(0) = 0, except where B is infinite."""
        found = self._for(scaled(self.cotangent, 0))
        zero = {n: np.where(np.isinf(a), np.inf, 0.0) for n, a in self.gradients.items()}
        bounds = {name: np.zeros(a.shape) for name, a in zero.items()}
        wrong = differing(WITNESS, found, zero, bounds)
        self.calls.note("the gradient for a zero cotangent is not zero", wrong)
        return not wrong

    def _multiples(self) -> bool:
        """B(-c g) = -c B(g) for a power of two c, to the last bit or to those of a logarithm.

        Where the dtype leaves its range, that has to hold in double precision instead.
        """
        wrong = self._unscaled(self._for(scaled(self.cotangent, -self.factor)), -self.factor)
        if not wrong or self._out_of_range():
            return True
        if opposite := self._unscaled(self._for(scaled(self.cotangent, -1.0)), -1.0):
            self.calls.note("the gradient for -g is not minus the gradient for g", opposite)
        else:
            c = f"{self.factor:g}"
            self.calls.note(f"the gradient for {c} g is not {c} times the gradient for g", wrong)
        return False

    def _unscaled(self, found: Gradients, factor: float) -> list[Comparison]:
        """Where a multiple of the cotangent has not given that multiple of the gradients."""
        mine = {name: array / factor for name, array in found.items()}
        other = {n: self._in_range(n, mine[n], a) for n, a in self.gradients.items() if n in mine}
        return differing(WITNESS, mine, other, self._wider(logarithmic(self.dtype)))

    def _out_of_range(self) -> bool:
        """True where the law holds in double precision, so that the dtype's range breaks it."""
        if unit_roundoff(self.dtype) <= unit_roundoff(np.float64):
            return False
        calls = self.calls.widened()
        try:
            forward = calls.forward(calls.point)
            cotangent = {
                name: a.astype(calls.implementation.plain(forward.run.outputs[name]).dtype)
                for name, a in self.cotangent.items()
            }
            once = gradients_for(calls, forward, cotangent)
            many = gradients_for(calls, forward, scaled(cotangent, -self.factor))
        except Failed:
            return False
        finally:
            self.calls.count(calls)
        wide = Laws(calls, forward, once, cotangent, np.random.default_rng(0))
        return len(once) == len(self.gradients) and not wide._unscaled(many, -self.factor)

    def _additivity(self) -> bool:
        """B(g + h) = B(g) + B(h), h a constant; and h may as well be one number alone."""
        one = self._for(self.constant)
        both = self._for(added(self.cotangent, self.constant))
        total = _total(self.gradients, one)
        reason = "the gradient for g + h is not the sum of the gradients for g and h"
        if not self._held(reason, both, total, self._sharp(self.gradients, one, both)):
            return False
        self._layout("one number that stands for all", expanded, self.constant, one)
        return True

    def _layout(
        self,
        words: str,
        layout: Callable[[Shape], Strides | None],
        cotangent: Cotangent,
        gradients: Gradients,
    ) -> None:
        """The same cotangent in another layout, where the library has layouts, has the same B."""
        steps = [found[0] for a in cotangent.values() if (found := layout(a.shape))]
        if self.calls.implementation.library == "jax" or not steps:
            return
        words = f"a cotangent that is {words} (strides {max(steps, key=len)})"
        reason = f"the gradient is another one for {words}"
        self._trying(
            words,
            lambda: self._held(
                reason, self._for(cotangent, layout), gradients, self._sharp(gradients)
            ),
        )

    def _undefined(self) -> bool:
        """With several outputs, PyTorch's functions are asked for the gradients of some alone."""
        if self.calls.implementation.library != "torch" or len(self.cotangent) < 2:
            return True
        first = next(iter(self.cotangent))
        rest = {name: a for name, a in self.cotangent.items() if name != first}
        parts = self._for({first: self.cotangent[first]}), self._for(rest)
        bounds = self._sharp(self.gradients, *parts)
        reason = (
            f"the gradients for the cotangent of {first} alone, the others undefined (None), and "
            "for the others alone do not add up"
        )
        return self._held(reason, self.gradients, _total(*parts), bounds)

    def _for(self, cotangent: Cotangent, layout: Any = None) -> Gradients:
        return gradients_for(self.calls, self.forward, cotangent, layout)

    def _held(self, reason: str, mine: Gradients, other: Gradients, bounds: Gradients) -> bool:
        """True within the bounds and rounding; else the reason is noted."""
        other = {n: self._in_range(n, mine[n], a) for n, a in other.items() if n in mine}
        wrong = self.beyond(WITNESS, mine, other, bounds)
        self.calls.note(reason, wrong)
        return not wrong

    def _in_range(self, name: str, mine: Any, other: Any) -> Any:
        """The other, infinite where mine may have left the dtype's range, which is told.

        Intermediate results of float16 may do so anywhere, those of others near their end.
        """
        near = 0.0 if self.dtype == np.float16 else greatest(self.dtype) / FACTOR**2
        left = np.isinf(mine) & np.isfinite(other) & (np.abs(other) >= near)
        sentence = f"some elements of the gradient of {name}: {self.dtype} overflows"
        if left.any() and sentence not in self.calls.untried:
            self.calls.untried.append(sentence)
        return np.where(left, np.inf, other)

    def _rounding(self, number: int) -> Gradients:
        """How far rounding goes, by so many multiples of the cotangent."""
        for c in MULTIPLES[len(self._divided) : number]:
            found = self._for(scaled(self.cotangent, c))
            self._divided.append({name: array / c for name, array in found.items()})
        return {
            name: rough([found[name] for found in self._divided if name in found], array)
            for name, array in self.gradients.items()
        }

    def _wider(self, part: float) -> Gradients:
        """The sharp bounds, wider by a part of each array's largest number."""
        return {
            name: bound + part * largest_finite(self.gradients[name])
            for name, bound in self._sharp(self.gradients).items()
        }

    def _sharp(self, *terms: Gradients) -> Gradients:
        """The bounds for a sum of these terms, and for sums that change their order."""
        sizes = [a.size for a in (*self.calls.point.values(), *self.cotangent.values())]
        jitter = reordering(sum(sizes), self.dtype) if self.calls.jitters else 0.0
        return {
            name: sharp(self.dtype, *(t[name] for t in terms if name in t))
            + jitter * largest_finite(array)
            for name, array in self.gradients.items()
        }


def _total(gradients: Gradients, other: Gradients) -> Gradients:
    """The sum by name, infinite wherever one of them is."""
    names = [name for name in gradients if name in other]
    infinite = {n: np.isinf(gradients[n]) | np.isinf(other[n]) for n in names}
    return {n: np.where(infinite[n], np.inf, gradients[n] + other[n]) for n in names}
