"""Arrays of unusual numbers that pass through plain NumPy code unharmed."""

from __future__ import annotations

from typing import Any, Self

import numpy as np


class CarrierArray(np.ndarray[Any, np.dtype[Any]]):
    """An array subclass that stays itself through NumPy's functions and ufuncs.

    Subclasses say what a ufunc does to the plain arrays inside; all else is NumPy's.
    """

    #: The kinds of dtype that are numbers of this sort; others, such as bool, stay plain.
    KINDS = "fc"

    @classmethod
    def carry(cls, array: Any) -> Self:
        """The array as one of this class."""
        return np.asarray(array).view(cls)

    def compute(
        self, ufunc: np.ufunc, method: str, inputs: list[Any], kwargs: dict[str, Any]
    ) -> Any:
        """The result of the ufunc on plain arrays, as a plain array."""
        return getattr(ufunc, method)(*inputs, **kwargs)

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **kwargs: Any
    ) -> Any:
        plain = [x.view(np.ndarray) if isinstance(x, CarrierArray) else x for x in inputs]
        result = self.compute(ufunc, method, plain, kwargs)
        if out is not None:
            out[0].view(np.ndarray)[...] = result
            return out[0]
        return self._wrap(result)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return self._wrap(super().__array_function__(func, types, args, kwargs))

    def _wrap(self, result: Any) -> Any:
        if isinstance(result, (tuple, list)):
            return type(result)(self._wrap(item) for item in result)
        if isinstance(result, (np.ndarray, np.generic)) and result.dtype.kind in self.KINDS:
            return self.carry(result)
        return result
