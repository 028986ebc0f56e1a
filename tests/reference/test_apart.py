"""Operations apart: each keeps its value and has a slope on a side of its own."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from clinometer.adapters.trial import put_on_trial
from clinometer.apart import ORDERLY, Apart

STEP = 2.0**-28
ZEROS = np.zeros(3)


def numpy_code() -> Any:
    def function(x: Any) -> Any:
        return np.maximum(x, 0) - np.maximum(-x, 0) + x * x

    return put_on_trial(function, (ZEROS,), vjp=lambda c, x: c)


def torch_code() -> Any:
    torch: ModuleType = pytest.importorskip("torch")

    def function(x: Any) -> Any:
        return torch.relu(x) - torch.nn.functional.relu_(-x) + x * x

    return put_on_trial(function, (torch.zeros(3, dtype=torch.float64),))


def jax_code() -> Any:
    jax: ModuleType = pytest.importorskip("jax")

    def function(x: Any) -> Any:
        return jax.nn.relu(x) - jax.nn.relu(-x) + x * x

    return put_on_trial(function, (jax.numpy.zeros(3),))


@pytest.mark.parametrize("code", [numpy_code, torch_code, jax_code])
def test_each_rectifier_has_a_slope_of_its_own(code: Any) -> None:
    """Two of them, each on or off: the function's own slope is 1, and no other one."""
    trial = code()
    (weights,) = trial.objective.cotangents.values()
    weight = weights[0]
    along, slopes = np.array([STEP, 0.0, 0.0]), []
    for number in range(ORDERLY + 12):
        apart = Apart(number)
        function = trial.implementation.conducted(trial.objective.value, apart)
        assert float(function({"x": ZEROS})) == 0
        values = []
        for side in (1, -1):
            apart.again()
            values.append(float(function({"x": side * along})))
        slopes.append((values[0] - values[1]) / (2 * STEP * weight))
    assert set(np.round(slopes, 3)) == {0.0, 1.0, 2.0}
    assert set(np.round(slopes[:ORDERLY], 3)) == {0.0, 2.0}
