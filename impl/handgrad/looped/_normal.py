"""The normal distribution: its density φ and its distribution function Φ at one number."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from handgrad.looped._lists import exp

TERMS = 26  # of the sum below, in which the last one is lost in rounding


def density(x: Any) -> Any:
    """φ(x) = e^(-x²/2) / √(2π)."""
    return exp(-x * x / 2) / (2 * _pi(x)) ** 0.5


def distribution(x: Any) -> Any:
    """Φ(x) = ½ erfc(-x/√2), where numbers that are no floats may bring an `erfc` of their own.

    Others have for x > 0, by the midpoint rule with steps of ½ (Hunter and Regan, 1972),
    Φ(-x) = (x / 2π) Σₙ e^(-rₙ/2) / rₙ + 1 / (1 + e^4πx), where rₙ = x² + ((n + ½) / 2)²; the
    last term stands for the pole of the integrand, if it is within 4π of the real line.
    """
    if type(x) is float:
        return math.erfc(-x / math.sqrt(2)) / 2
    if hasattr(x, "erfc"):
        return (-x / (2 + 0 * x) ** 0.5).erfc() / 2
    if x > 0:
        return 1 - distribution(-x)
    pi, squares = _pi(x), [x * x + (2 * n + 1) ** 2 / 16 for n in range(TERMS)]
    pole = exp(4 * pi * x) / (1 + exp(4 * pi * x)) if x > -4 * pi else 0
    return -x / (2 * pi) * sum(exp(-r / 2) / r for r in squares) + pole


def _pi(x: Any) -> Any:
    """π to the digits of x."""
    return math.pi if type(x) is float else 4 * np.arctan(1 + 0 * x)
