"""What an oracle is, and what it answers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np

from clinometer.directions import Directions
from clinometer.problem import Problem

MARGIN = 256.0

#: Sizes of problems whose elements can be moved one by one within seconds.
ELEMENTWISE = range(10_001)
#: All sizes.
ANY_SIZE = range(sys.maxsize)


@dataclass(frozen=True)
class Estimate:
    """Gradients by argument name, with the uncertainty of every element.

    Attributes:
        gradients, uncertainties: float64 arrays of the arguments' shapes. An oracle that has the
            function's value from an implementation of its own adds it under the name `value`.
        evaluations: how often the function was evaluated.
        kinks: where given, True for elements along which the function has a kink. Their
            gradient is the middle of the slopes on the two sides, and every number within
            their uncertainty of it is a subgradient.
        directions: where given, what stands for the array above, in all three, is one number
            for each of these directions: the slope along it.
        miss: the probability with which the directions may miss an error as large as the
            resolution that is stated for the array.
        exact: True where rounding has no part in it, so that a kink that it names lies on the
            point itself, not merely beside it, and none that lies there escapes it.
        balls: where given, the slopes along the directions with all their digits.
        closer: where given, a dearer estimate of one array by name, element by element.
        unmoved: arrays that the function's value does not depend on, to the last bit.
        read: where given, the function that was differentiated, if not the problem's own.
    """

    oracle: str
    gradients: Mapping[str, Any]
    uncertainties: Mapping[str, Any]
    evaluations: int
    kinks: Mapping[str, Any] = field(default_factory=dict)
    directions: Mapping[str, Directions] = field(default_factory=dict)
    miss: float = 0.0
    exact: bool = False
    balls: Mapping[str, Any] = field(default_factory=dict)
    closer: Callable[[str], Estimate] | None = None
    unmoved: frozenset[str] = frozenset()
    read: Callable[[Any], Any] | None = None


class Oracle(Protocol):
    """An independent way to a gradient, such as each module of `clinometer.oracles`."""

    #: The distribution that it rests on.
    REQUIRES: str
    #: In a campaign it judges every case whose number is a multiple of this: 1 if it is cheap.
    STRIDE: int
    #: The sizes of problems that it is made for. It is not asked about smaller ones, and
    #: larger ones it would keep waiting.
    SIZES: range
    #: What it rests on. Oracles of different natures do not share their mistakes.
    NATURE: Literal["difference", "analytic", "autograd"]

    def estimate(self, problem: Problem, /) -> Estimate:
        """The gradients of the problem's function, with their uncertainty.

        Raises Refused where this oracle cannot judge.
        """


class Refused(Exception):
    """The oracle cannot judge this problem; the message says why."""


def rounding_uncertainty(wide: Any, narrow: Any, u_wide: float, u_narrow: float) -> Any:
    """How far off rounding may have put a result that was computed in two precisions.

    The difference is the rounding error of the narrower one; that of the wider one is smaller
    by the ratio of their units roundoff. The largest difference in the array counts, so that
    one that is small by chance does not, with a margin of 256.
    """
    difference = np.max(np.abs(wide - narrow), initial=0.0)
    return MARGIN * (u_wide / u_narrow) * difference + 8 * u_wide * np.abs(wide)
