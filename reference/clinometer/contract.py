"""What a gradient must keep to before its numbers matter: shapes, dtypes, clean arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from clinometer.errors import InvalidInput, said
from clinometer.problem import Gradient


def call(gradient: Gradient, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The gradients by name, the `value` among them, and how each breaks the contract if it does.

    Every argument needs a gradient of its own shape and dtype, and must be left as it was.
    A gradient function that raises breaks the contract for all arguments.
    """
    before = {name: array.copy() for name, array in arguments.items()}
    try:
        value, returned = gradient(arguments)
        gradients = {n: np.asarray(array) for n, array in {"value": value, **returned}.items()}
    except InvalidInput as error:
        return {}, dict.fromkeys(arguments, str(error))
    except Exception as error:  # any error of the code on trial is a finding, not ours
        return {}, dict.fromkeys(arguments, f"the gradient raised {said(error)}")
    broken = {}
    for name, array in before.items():
        if not np.array_equal(array, arguments[name], equal_nan=True):
            broken[name] = "the call changed this argument"
        elif name not in gradients:
            broken[name] = "there is no gradient for it"
        elif gradients[name].shape != array.shape:
            broken[name] = f"its gradient has shape {gradients[name].shape}, not {array.shape}"
        elif gradients[name].dtype != array.dtype:
            broken[name] = f"its gradient has dtype {gradients[name].dtype}, not {array.dtype}"
    return gradients, broken
