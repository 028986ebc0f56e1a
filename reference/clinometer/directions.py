"""Directions in which a whole array is probed at once."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from clinometer.problem import scale

#: The jitter is a multiple of this, so that steps of 2⁻¹² and less along it are exact.
GRAIN = 2.0**-31
#: What the grain adds to the probability of a miss: the part that it takes from a direction
#: is below 6.5 GRAIN |e|₂ but for a probability of 2 exp(-6.5²/2) (Hoeffding).
OF_GRAIN = 2 * math.sqrt(2) * 6.5 * GRAIN + 2 * math.exp(-(6.5**2) / 2)

#: Elements up to which making a direction takes longer than the memory is worth.
SMALL = 4096


@dataclass(frozen=True, eq=False)
class Directions(Sequence[Any]):
    """Jittered Rademacher directions: ±(1 + U) times each element's scale, U uniform on [0, 1).

    Random signs never cancel a lone element. The jitter keeps errors of equal size from
    cancelling each other, as half of all pairs of them would. Each direction is made when it
    is asked for, always the same, and none is kept of large arrays.
    """

    name: str
    array: Any
    probes: int = 1

    def __len__(self) -> int:
        return self.probes

    def __getitem__(self, number: Any) -> Any:
        if not 0 <= number < self.probes:
            raise IndexError(f"there is no direction {number} of {self.probes}")
        drawn = _kept if self.array.size <= SMALL else _drawn
        return drawn(self.name, number, self.array.shape) * self.scale

    @cached_property
    def scale(self) -> Any:
        """The scale of each element of the array."""
        return scale(self.array)


def _drawn(name: str, number: int, shape: tuple[int, ...]) -> Any:
    """A direction in units of the scale."""
    random = np.random.default_rng([number, zlib.crc32(name.encode())])
    drawn = random.integers(-(2**31), 2**31, size=shape, dtype=np.int32)
    return np.where(drawn < 0, -1.0, 1.0) + drawn * GRAIN


_kept = lru_cache(64)(_drawn)


def smallest_seen(probes: int, miss: float) -> float:
    """How large an error must be for all probes to miss it with a probability below `miss`.

    The error e counts by its norm |e ∘ scale|₂, here in units of the largest uncertainty T of
    a probe's slope. A probe sees it where |v·e| > 2T, as the slope itself may be off by T.

    Whatever the error, |v·e| < 2T has a probability of at most 2√2 · 2T / |e ∘ scale|₂: given
    the signs, v·e is a sum of independent uniform variables of variance |e ∘ scale|₂² / 12, and
    the density of such a sum is nowhere above √2 / |e ∘ scale|₂ (Ball, Proceedings of the
    American Mathematical Society 97 (1986), 465-473: the largest section of a cube).
    """
    of_one: float = miss ** (1 / probes)
    return 4 * math.sqrt(2) / (of_one - OF_GRAIN)
