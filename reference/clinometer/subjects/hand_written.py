"""The hand-written networks of `handgrad` as subjects: vectorised and looped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import handgrad
from clinometer.architecture import Architecture, Case, Layer
from clinometer.architecture.description import Shape
from clinometer.arrays import CarrierArray
from clinometer.networks import readings
from clinometer.problem import Arrays, Function, Gradient, Problem, Structure
from clinometer.suffixes import affine_steps, repeated
from handgrad.kernels import kernel
from handgrad.steps import bind

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
        structure=_structure(case.architecture, target, cotangent),
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


def _structure(
    architecture: Architecture, target: Any, cotangent: Any
) -> Callable[[Arrays], Structure]:
    """The dense layers of the vectorised forward pass, each with what follows it."""
    body = bind(_nodes(architecture.layers, architecture.inputs), "vectorised")
    loss, penalty = architecture.loss, _penalty(architecture, cotangent)

    def structure(arguments: Arrays) -> Structure:
        x, parameters = _split(arguments)

        def rest(y: Any) -> Any:
            goals = None if target is None else repeated(target, len(y))
            losses, _ = kernel("vectorised", loss.kind).forward(y, goals, **loss.settings)
            copies = len(y) // len(x) if loss.averages else 1
            return (repeated(cotangent, len(y)) * losses).sum() * copies

        return Structure(affine_steps(body, parameters, x, rest, "x"), penalty)

    return structure


def _penalty(architecture: Architecture, cotangent: Any) -> Function | None:
    """The penalty's part of ⟨cotangent, loss⟩, which any of the weights may enter alone."""
    penalty = architecture.penalty
    if penalty is None:
        return None
    forward = kernel("vectorised", penalty.kind).forward
    names = [n for n in architecture.parameter_shapes if n.rpartition(".")[2] == "weight"]

    def function(arguments: Arrays) -> Any:
        weights = (arguments[name] for name in names if name in arguments)
        return cotangent.sum() * forward(*weights, **penalty.settings)[0]

    return function


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
