"""Every layer as a PyTorch user would write it, one module a family.

Each module's FUNCTIONS goes from a layer, its own parameters and constants by name, and its
input to its output.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from torch import Tensor

FUNCTIONS: dict[str, Callable[[Any, Mapping[str, Tensor], Tensor], Tensor]] = {
    kind: function
    for module in pkgutil.iter_modules(__path__)
    for kind, function in import_module(f"{__name__}.{module.name}").FUNCTIONS.items()
}
