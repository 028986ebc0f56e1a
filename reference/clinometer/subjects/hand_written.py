"""The hand-written networks of `handgrad` as subjects: vectorised and looped."""

from __future__ import annotations

from typing import Any

import handgrad
from clinometer.architecture import Architecture, Case, Layer
from clinometer.architecture.description import Shape
from clinometer.arrays import CarrierArray
from clinometer.networks import readings
from clinometer.problem import Arrays, Gradient, Problem

SUBJECTS = ("vectorised", "looped")


def problem(case: Case) -> Problem:
    """⟨cotangent, loss⟩ of the case, by the vectorised forward pass, with both gradients."""
    target, cotangent = case.target(), case.cotangent()
    networks = {name: network(case.architecture, name) for name in SUBJECTS}

    def function(arguments: Arrays) -> Any:
        x, parameters = _split(arguments)
        return (cotangent * networks["vectorised"].loss(parameters, x, target)).sum()

    return Problem(
        function,
        {name: _gradient(networks[name], target, cotangent) for name in SUBJECTS},
        case.arguments(),
        case.dtype,
        traced="vectorised",
        readings=readings(case.architecture, target, cotangent),
    )


def network(architecture: Architecture, kernels: str) -> handgrad.Network:
    """The architecture built from hand-written layers."""
    loss, penalty = architecture.loss, architecture.penalty
    return handgrad.Network(
        _nodes(architecture.layers, architecture.inputs),
        handgrad.Layer(loss.kind, settings=loss.settings),
        handgrad.Layer(penalty.kind, settings=penalty.settings) if penalty else None,
        kernels,
    )


def _nodes(layers: tuple[Layer, ...], shape: Shape) -> list[handgrad.Layer | handgrad.Parallel]:
    nodes: list[handgrad.Layer | handgrad.Parallel] = []
    for layer in layers:
        if layer.branch_layers():
            branches = [_nodes(branch, shape) for branch in layer.branch_layers()]
            nodes.append(handgrad.Parallel(branches, layer.settings["join"]))
        else:
            nodes.append(
                handgrad.Layer(layer.kind, layer.parameter_shapes(shape), layer.forward_settings)
            )
        shape = layer.output_shape(shape)
    return nodes


def _gradient(trial: handgrad.Network, target: Any, cotangent: Any) -> Gradient:
    def gradient(arguments: Arrays) -> tuple[Any, Arrays]:
        x, parameters = _split(arguments)
        goal = _like(x, target) if _is_real(target) else target
        weights = _like(x, cotangent)
        loss, gradients = trial.value_and_grad(parameters, x, goal, weights)
        return (weights * loss).sum(), gradients

    return gradient


def _like(x: Any, array: Any) -> Any:
    """The array with the dtype and the class of `x`, so that its rounding is traced as well."""
    return x.like(array) if isinstance(x, CarrierArray) else array.astype(x.dtype)


def _is_real(target: Any) -> bool:
    return target is not None and target.dtype.kind == "f"


def _split(arguments: Arrays) -> tuple[Any, dict[str, Any]]:
    return arguments["x"], {name: a for name, a in arguments.items() if name != "x"}
