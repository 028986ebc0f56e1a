"""The hand-written networks of `handgrad` as subjects: vectorised, looped and compiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import handgrad
from clinometer.architecture import Architecture, Case, Layer
from clinometer.architecture.description import Constant, Shape
from clinometer.arrays import CarrierArray
from clinometer.networks import readings
from clinometer.problem import Arrays, Function, Gradient, Problem, Structure
from clinometer.rounding import stochastic
from clinometer.suffixes import places, repeated
from handgrad.kernels import COMPILED, SETS, compiles, kernel
from handgrad.steps import bind

#: The compiled kernels where what they need is installed.
SUBJECTS = (*SETS, COMPILED) if compiles() else SETS


def problem(case: Case) -> Problem:
    """⟨cotangent, loss⟩ of the case, by the vectorised forward pass, with all gradients."""
    given = case.constants()
    return objective(
        case.architecture, case.arguments(), case.target(), case.cotangent(), given, case.dtype
    )


def objective(
    architecture: Architecture,
    arguments: Arrays,
    target: Any,
    cotangent: Any,
    given: Arrays,
    dtype: str = "float64",
) -> Problem:
    """⟨cotangent, loss⟩ of the architecture on anybody's numbers.

    `given` are the arrays that are held fixed: the constants, and `x` where it is no argument.
    """
    networks = {name: network(architecture, name) for name in SUBJECTS}
    gradients = {n: _gradient(trial, given, target, cotangent) for n, trial in networks.items()}
    if COMPILED in gradients and _has_compiled(architecture):
        gradients[COMPILED] = _Compiled(gradients[COMPILED], gradients["vectorised"])

    def function(arguments: Arrays) -> Any:
        point = next(iter(arguments.values()))
        x, parameters = _split({**_all_like(point, given), **arguments})
        loss = networks["vectorised"].loss(parameters, x, like(point, target))
        return (like(point, cotangent) * loss).sum()

    return Problem(
        function,
        gradients,
        arguments,
        dtype,
        traced="vectorised",
        readings=readings(architecture, given, target, cotangent),
        structure=_structure(architecture, target, cotangent)
        if _is_plain(architecture) and "x" in arguments
        else None,
    )


def network(architecture: Architecture, kernels: str) -> handgrad.Network:
    """The architecture built from hand-written layers."""
    loss, penalty = architecture.loss, architecture.penalty
    return handgrad.Network(
        _nodes(architecture.layers, architecture.inputs),
        handgrad.Layer(
            loss.kind,
            settings=loss.forward_settings,
            constants=_by_sample(loss.constants(architecture.outputs)),
        ),
        handgrad.Layer(penalty.kind, settings=penalty.settings) if penalty else None,
        kernels,
        dict(architecture.shared),
    )


def _by_sample(constants: Mapping[str, Constant]) -> dict[str, bool]:
    return {name: constant.per_sample for name, constant in constants.items()}


def _nodes(layers: tuple[Layer, ...], shape: Shape) -> list[handgrad.Layer | handgrad.Parallel]:
    nodes: list[handgrad.Layer | handgrad.Parallel] = []
    for layer in layers:
        if layer.branch_layers():
            branches = [_nodes(branch, shape) for branch in layer.branch_layers()]
            nodes.append(handgrad.Parallel(branches, layer.settings["join"]))
        else:
            nodes.append(
                handgrad.Layer(
                    layer.kind,
                    layer.parameter_shapes(shape),
                    layer.forward_settings,
                    _by_sample(layer.constants(shape)),
                )
            )
        shape = layer.output_shape(shape)
    return nodes


def _is_plain(architecture: Architecture) -> bool:
    """True where all parameters are those of dense layers, each its own, on rows of features."""
    return not (architecture.tokens or architecture.shared or architecture.constants) and all(
        len(shape) == 1
        and not layer.mixes_samples
        and (layer.kind == "dense" or not layer.parameter_shapes(shape))
        for _, layer, shape in architecture.walk()
    )


def _structure(
    architecture: Architecture, target: Any, cotangent: Any
) -> Callable[[Arrays], Structure]:
    """The dense layers of the vectorised forward pass, each with what follows it."""
    body = bind(_nodes(architecture.layers, architecture.inputs), "vectorised", {})
    loss, penalty = architecture.loss, _penalty(architecture, cotangent)

    def structure(arguments: Arrays) -> Structure:
        x, parameters = _split(arguments)

        def rest(y: Any) -> Any:
            goals = None if target is None else repeated(target, len(y))
            losses, _ = kernel("vectorised", loss.kind).forward(y, goals, **loss.forward_settings)
            copies = len(y) // len(x) if loss.averages else 1
            return (repeated(cotangent, len(y)) * losses).sum() * copies

        return Structure(places(body, parameters, x, rest), penalty)

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


def _gradient(trial: handgrad.Network, given: Arrays, target: Any, cotangent: Any) -> Gradient:
    def gradient(arguments: Arrays) -> tuple[Any, Arrays]:
        point = next(iter(arguments.values()))
        x, parameters = _split({**_all_like(point, given), **arguments})
        weights = like(point, cotangent)
        loss, gradients = trial.value_and_grad(parameters, x, like(point, target), weights)
        return (weights * loss).sum(), {n: a for n, a in gradients.items() if n in arguments}

    return gradient


def _has_compiled(architecture: Architecture) -> bool:
    """Whether any of the layers differs from the vectorised one."""
    kinds = {layer.kind for _, layer, _ in architecture.walk() if not layer.branch_layers()}
    return any(kernel(COMPILED, kind) is not kernel("vectorised", kind) for kind in kinds)


@dataclass(frozen=True)
class _Compiled:
    """A gradient in compiled code, which our own numbers would leave for the vectorised one.

    So it is on trial in float64 as it is, with the rounding errors that the vectorised one has.
    """

    gradient: Gradient
    traced: Gradient
    widest: str = "float64"

    def __call__(self, arguments: Arrays) -> tuple[Any, Arrays]:
        return self.gradient(arguments)

    def stochastic(self, arguments: Arrays, random: np.random.Generator) -> tuple[Any, Arrays]:
        dtype = next(iter(arguments.values())).dtype
        noisy: tuple[Any, Arrays] = stochastic(self.traced, dtype, random)(arguments)
        return noisy


def _all_like(point: Any, arrays: Arrays) -> Arrays:
    return {name: like(point, array) for name, array in arrays.items()}


def like(point: Any, array: Any) -> Any:
    """Real numbers with the dtype and the class of the point, so that rounding is traced.

    On balls, what is computed from such numbers alone keeps its digits as well.
    """
    if array is None or array.dtype.kind != "f":
        return array
    return point.like(array) if isinstance(point, CarrierArray) else array.astype(point.dtype)


def _split(arrays: Arrays) -> tuple[Any, dict[str, Any]]:
    return arrays["x"], {name: array for name, array in arrays.items() if name != "x"}
