"""Room for large arrays, kept from call to call.

The system takes memory of many MiB back as soon as an array is gone, and fills it with zeros
before it gives it out again. That takes longer than much of what is done to the array. So memory
this large is kept, and given out again when nobody holds an array, or a part of one, that lies in
it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from sys import getrefcount
from threading import Lock
from typing import Any

import numpy as np

from handgrad.arrays import Array

#: So many numbers are. Of fewer the allocator keeps the memory by itself.
LARGE = 2**22

_blocks: list[Any] = []
_lock = Lock()


def _holders(blocks: Sequence[Any]) -> list[int]:
    return [getrefcount(block) for block in blocks]


#: As many as count where there is nothing but the list.
(_NOBODY,) = _holders([np.empty(0)])


def room(shape: tuple[int, ...], dtype: Any) -> Array:
    """An array of any numbers, in memory that no other array shares.

    Where there is none of its size, those that nobody holds are given back to the system.
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    with _lock:
        free = [n for n, count in enumerate(_holders(_blocks)) if count == _NOBODY]
        fitting = [n for n in free if _blocks[n].nbytes == size]
        if fitting:
            block = _blocks[fitting[0]]
        else:
            _blocks[:] = [block for n, block in enumerate(_blocks) if n not in free]
            block = np.empty(size, np.uint8)
            _blocks.append(block)
        array: Array = block.view(dtype).reshape(shape)
        return array
