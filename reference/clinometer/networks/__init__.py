"""One architecture, read again by each framework in its own style and without our kernels."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from clinometer.architecture import Architecture
from clinometer.problem import Function

#: The module that reads an architecture for each framework.
NETWORKS = {
    "torch": "clinometer.networks.torch_network",
    "jax": "clinometer.networks.jax_network",
}


def readings(
    architecture: Architecture, given: Mapping[str, Any], target: Any, cotangent: Any
) -> Mapping[str, Function]:
    """⟨cotangent, loss⟩ of the architecture for each framework, imported when first called."""

    def reading(module: str) -> Function:
        def function(arguments: Any) -> Any:
            objective = import_module(module).objective
            return objective(architecture, given, target, cotangent)(arguments)

        return function

    return {framework: reading(module) for framework, module in NETWORKS.items()}
