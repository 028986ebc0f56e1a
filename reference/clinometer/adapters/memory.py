"""Code that answers from memory what it has been asked already, as its calls are counted."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from clinometer.problem import Arrays


class Remembering:
    """Before framework code: the latest point and what was returned there, for each dtype.

    That a second call gives the same as the first is for the contract to try. A call that changes
    its arguments is not remembered, so that it shows whenever one looks.
    """

    @cached_property
    def _known(self) -> dict[Any, tuple[Mapping[str, Any], Any]]:
        return {}

    def forget(self) -> None:
        """The next call is one in any case."""
        self._known.clear()

    def __call__(self, arguments: Arrays) -> Any:
        """What the code returns at the arguments."""
        dtype = next(iter(arguments.values())).dtype
        if dtype in self._known and _same(self._known[dtype][0], arguments):
            return self._known[dtype][1]
        point = {name: array.copy() for name, array in arguments.items()}
        result = super().__call__(arguments)  # type: ignore[misc]
        if _same(point, arguments):
            self._known[dtype] = point, result
        return result


def _same(one: Arrays, other: Arrays) -> bool:
    return all(np.array_equal(array, other[name]) for name, array in one.items())
