"""The Gaussian error linear unit with tanh: y = ½ x (1 + tanh u), u = √(2/π) (x + 0.044715 x³).

½ (1 + tanh u) = σ(2u), which keeps its digits where tanh u is nearly -1.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from handgrad.arrays import Cache, Lists
from handgrad.looped._lists import elementwise, sigmoid

CUBIC = 0.044715
#: From here on σ(±2u) is 0 and 1, also in extended precision, and u is finite.
LARGEST = 64.0


def forward(x: Lists) -> tuple[Lists, Cache]:
    return elementwise(lambda x: x * sigmoid(2 * _inner(x)[0]), x), x


def backward(dy: Lists, cache: Cache) -> tuple[Lists]:
    """Dx = dy (σ(2u) + 2 x u' σ(2u) σ(-2u)), where u' = √(2/π) (1 + 3 · 0.044715 x²)."""
    x = cache

    def slope(x: Any) -> Any:
        u, x_du = _inner(x)
        return sigmoid(2 * u) * (1 + 2 * x_du * sigmoid(-2 * u))

    return (elementwise(lambda dy, x: dy * slope(x), dy, x),)


def _inner(x: Any) -> tuple[Any, Any]:
    """U and x u'."""
    x = max(min(x, LARGEST), -LARGEST)
    scale = math.sqrt(2 / math.pi) if type(x) is float else np.sqrt(1 / (2 * np.arctan(1 + 0 * x)))
    cube = CUBIC * x * x * x
    return scale * (x + cube), scale * (x + 3 * cube)
