"""Networks of hand-written layers: forward, backward, and the gradients that come of them.

A network is structure only. It holds no parameters and no state: parameters go in as a
dictionary of arrays, gradients come out as one with the same names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np

from handgrad.arrays import Array, Cache, described
from handgrad.kernels import kernel, kernel_set
from handgrad.objective import Objective
from handgrad.steps import bind
from handgrad.structure import Layer, Node, parameter_shapes, walk

Parameters: TypeAlias = Mapping[str, Array]
Gradients: TypeAlias = dict[str, Array]


class Network:
    """Layers in order, a loss, and optionally a penalty on the weights.

    `kernels` is "vectorised", "looped", or "fast" where numba is installed. `loss` and `penalty`
    name kernels as layers do; a penalty such as `Layer("l2_penalty", settings={"strength": 0.01})`
    acts on every parameter called `weight`. `shared` gives, by a layer's path, that of an earlier
    layer whose parameters it has, so that both send their gradients there.

    The arrays that layers name as constants go in with the parameters, under `path.name`, and
    those of the loss under `loss.name`.

    Raises ValueError for a kind that has no kernel, for sharing that cannot be, and for "fast"
    without numba; and every method for arrays that do not fit.
    """

    def __init__(
        self,
        layers: Iterable[Node],
        loss: str | Layer = "mean_squared_error",
        penalty: Layer | None = None,
        kernels: str = "vectorised",
        shared: Mapping[str, str] | None = None,
    ) -> None:
        self.layers = tuple(layers)
        self.kernels = kernels
        self.shapes = parameter_shapes(self.layers, shared or {})
        self._set = kernel_set(kernels)
        self._body = bind(self.layers, kernels, shared or {})
        self._add = kernel(kernels, "add")
        weights = [name for name in self.shapes if name.rpartition(".")[2] == "weight"]
        loss = Layer(loss) if isinstance(loss, str) else loss
        self._objective = Objective(loss, penalty, weights, kernels)
        self.constants = {
            f"{path}.{name}": by_sample
            for path, layer in [*walk(self.layers), ("loss", loss)]
            for name, by_sample in layer.constants.items()
        }

    def forward(self, parameters: Parameters, x: Array) -> tuple[Array, Cache]:
        """The outputs, one row for each sample of `x`, and what `backward` needs."""
        loaded, dtype = self._load(parameters, x)
        outputs, cache = self._body.forward(loaded, self._set.load(x))
        y = np.asanyarray(self._set.unload(outputs, dtype))
        return y, (cache, dtype, y.shape)

    def backward(self, dy: Array, cache: Cache) -> Gradients:
        """The gradients of ⟨dy, outputs⟩ for every parameter, and for `x` unless it is tokens."""
        body_cache, dtype, shape = cache
        _require_shape(dy, shape, "outputs")
        return self._unload(self._backward(self._set.load(dy), body_cache), dtype)

    def loss(self, parameters: Parameters, x: Array, target: Array | None = None) -> Array:
        """Loss and penalty: one number, or one for each row where the loss is by row."""
        loaded, dtype = self._load(parameters, x)
        y, _ = self._body.forward(loaded, self._set.load(x))
        return self._objective.forward(y, target, loaded, dtype)[0]

    def value_and_grad(
        self,
        parameters: Parameters,
        x: Array,
        target: Array | None = None,
        cotangent: Array | None = None,
    ) -> tuple[Array, Gradients]:
        """The loss, and the gradients of ⟨cotangent, loss⟩ for every parameter and for `x`.

        The cotangent has the shape of the loss and is all ones unless given. An `x` of tokens
        has no gradient.
        """
        loaded, dtype = self._load(parameters, x)
        loss, gradients = self._differentiate(loaded, x, target, cotangent, dtype)
        return loss, self._unload(gradients, dtype)

    def per_sample_gradients(
        self, parameters: Parameters, x: Array, target: Array | None = None
    ) -> Gradients:
        """Each sample's own gradients, stacked along a new first axis.

        Their mean is the gradient of the batch where the loss is a mean over samples, their
        sum where it is a sum. Raises ValueError for a network in which samples mix.
        """
        for path, layer in walk(self.layers):
            if getattr(kernel(self.kernels, layer.kind), "MIXES_SAMPLES", False):
                raise ValueError(
                    f"layer {path} ({layer.kind}) mixes the samples of a batch, so that none has "
                    "a gradient of its own; per-sample gradients need layers that do not"
                )
        loaded, dtype = self._load(parameters, x)
        if not self._set.BY_SAMPLE:
            return self._one_by_one(parameters, x, target)
        _, gradients = self._differentiate(loaded, x, target, None, dtype, by_sample=True)
        if gradients["x"] is not None:
            gradients["x"] = gradients["x"][:, None]
        return self._unload(gradients, dtype)

    def _one_by_one(self, parameters: Parameters, x: Array, target: Array | None) -> Gradients:
        def alone(n: int, array: Array | None) -> Any:
            return None if array is None else array[n : n + 1]

        samples = []
        for n in range(len(x)):
            own = {
                name: alone(n, array) if self.constants.get(name) else array
                for name, array in parameters.items()
            }
            samples.append(self.value_and_grad(own, alone(n, x), alone(n, target))[1])
        return {name: np.stack([gradients[name] for gradients in samples]) for name in samples[0]}

    def _differentiate(
        self,
        loaded: Mapping[str, Any],
        x: Array,
        target: Array | None,
        cotangent: Array | None,
        dtype: Any,
        **by_sample: bool,
    ) -> tuple[Array, dict[str, Any]]:
        """The loss, and the gradients as the kernels give them."""
        y, cache = self._body.forward(loaded, self._set.load(x))
        loss, objective_cache = self._objective.forward(y, target, loaded, dtype)
        if cotangent is None:
            cotangent = np.ones_like(loss)
        else:
            _require_shape(cotangent, loss.shape, "loss")
        dy, dweights = self._objective.backward(cotangent, objective_cache, **by_sample)
        gradients = self._backward(dy, cache, **by_sample)
        for name, dweight in dweights.items():
            gradients[name] = self._add.forward(gradients[name], dweight)[0]
        return loss, gradients

    def _backward(self, dy: Any, cache: Cache, **by_sample: bool) -> dict[str, Any]:
        gradients: dict[str, Any] = {}
        gradients["x"] = self._body.backward(dy, cache, gradients, **by_sample)
        return gradients

    def _unload(self, gradients: Mapping[str, Any], dtype: Any) -> Gradients:
        names = ["x"] if gradients["x"] is not None else []
        return {n: self._set.unload(gradients[n], dtype) for n in [*names, *self.shapes]}

    def _load(self, parameters: Parameters, x: Array) -> tuple[dict[str, Any], Any]:
        """The parameters as the kernels want them, after a check of names and shapes.

        And the dtype: that of `x`, or of the parameters where it is tokens.
        """
        try:
            samples, dtype = len(x), x.dtype
        except (AttributeError, TypeError):
            raise ValueError(
                f"x must be an array with a row for each sample, not {described(x)}"
            ) from None
        if not samples:
            raise ValueError("the batch is empty; it needs at least one sample")
        loaded, load = {}, self._set.load
        for name, shape in self.shapes.items():
            array = parameters.get(name)
            if array is None:
                raise ValueError(f"parameter {name} of shape {shape} is missing")
            if getattr(array, "shape", None) != shape:
                raise ValueError(
                    f"parameter {name} must be an array of shape {shape}, not {described(array)}"
                )
            loaded[name] = load(array)
        for name in self.constants:
            if name not in parameters:
                raise ValueError(f"the constant {name} is missing; it goes with the parameters")
            loaded[name] = load(parameters[name])
        if dtype.kind in "iu":
            if not self.shapes:
                raise ValueError(
                    "x holds integers, which are tokens; they need an embedding, and numbers a "
                    "floating dtype"
                )
            dtype = parameters[next(iter(self.shapes))].dtype
        return loaded, dtype


def _require_shape(cotangent: Any, shape: tuple[int, ...], of: str) -> None:
    """Refuse a cotangent that NumPy would silently broadcast."""
    if getattr(cotangent, "shape", None) != shape:
        raise ValueError(
            f"the cotangent of the {of} must be an array of shape {shape}, not "
            f"{described(cotangent)}"
        )


def gradient_norms(gradients: Parameters) -> dict[str, float]:
    """The gradient flow: the 2-norm over each layer's parameters, by the layer's path.

    Norms that fall towards the first layer are a vanishing gradient, norms that grow
    an exploding one.
    """
    norms: dict[str, float] = {}
    for name, gradient in gradients.items():
        path = name.rpartition(".")[0]
        if path:
            norm = np.linalg.norm(gradient.astype(np.float64))  # squares overflow 16 bits
            norms[path] = float(np.hypot(norms.get(path, 0.0), norm))
    return norms
