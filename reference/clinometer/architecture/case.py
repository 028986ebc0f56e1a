"""A case: one architecture at one point, with all its numbers drawn from one seed.

Every number is an integer times a power of two, rounded once if the dtype has 16 bits, and only
integers are ever drawn. So a case gives the same bits on every machine, its dtype holds them
exactly, float64 and float32 look at the same point, and finite-difference steps by powers of two
are exact.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from clinometer.architecture.architecture import Architecture
from clinometer.architecture.description import Constant, Shape, is_count
from clinometer.architecture.losses import Target
from clinometer.arrays import exact_in
from clinometer.datasets import load_iris
from clinometer.dtypes import DTYPES, NARROW
from clinometer.errors import InvalidInput

Float64Array: TypeAlias = NDArray[np.float64]

VALUES = ("continuous", "grid", "offset", "extreme", "iris")
#: How far from zero inputs with an offset lie: the digits that are left tell them apart.
OFFSET = 64.0
#: How much larger half of extreme inputs are: no dtype holds the exponentials of most of these.
EXTREME = 2.0**11
FIELDS = ("architecture", "dtype", "batch", "values", "seed", "parameters")


@dataclass(frozen=True)
class Case:
    """An architecture, a dtype, a batch size, a kind of values and a seed.

    `values` is "continuous" (bell-shaped, in ±2), "grid" (small integers times a power of
    two, so that ties, zeros and kinks occur), "offset" (continuous, but inputs lie far from
    zero, so that differences between them lose digits), "extreme" (continuous, but half of the
    inputs are thousands, so that exponentials overflow) or "iris" (samples of that data set).
    `parameters`, where given, holds every parameter as nested lists instead of the seed's
    draw: a point along a training run. Raises InvalidInput for values out of range.
    """

    architecture: Architecture
    dtype: str = "float64"
    batch: int = 1
    values: str = "continuous"
    seed: int = 0
    parameters: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        _require(self.dtype in DTYPES, "dtype", "one of " + ", ".join(DTYPES), self.dtype)
        _require(self.values in VALUES, "values", "one of " + ", ".join(VALUES), self.values)
        _require(
            is_count(self.batch) and self.batch >= 1, "batch", "an integer from 1 up", self.batch
        )
        _require(is_count(self.seed), "seed", "an integer from 0 up", self.seed)
        if self.values == "iris":
            shapes = (self.architecture.inputs, self.architecture.outputs)
            if shapes != ((4,), (3,)) or self.batch > 150:
                raise InvalidInput("an iris case has 4 inputs, 3 outputs and at most 150 samples")
        if self.parameters is not None:
            _check_parameters(self.parameters, self.architecture.parameter_shapes, self.dtype)

    @property
    def size(self) -> int:
        """The number of elements of all arguments together."""
        shapes = self.architecture.parameter_shapes.values()
        inputs = 0 if self.architecture.tokens else math.prod(self.architecture.inputs)
        return self.batch * inputs + sum(map(math.prod, shapes))

    def arguments(self) -> dict[str, Float64Array]:
        """The input `x`, batch first, unless it is tokens; and every parameter, by name."""
        shapes = self.architecture.parameter_shapes
        if self.parameters is None:
            arrays = {name: self._parameter(name, shape) for name, shape in shapes.items()}
        else:
            arrays = {name: exact_in(self.dtype, self.parameters[name]) for name in shapes}
        return arrays if self.architecture.tokens else {"x": self._inputs(), **arrays}

    def constants(self) -> dict[str, NDArray[Any]]:
        """What has no gradient, by name: masks, statistics, class weights, and `x` of tokens."""
        arrays: dict[str, NDArray[Any]] = {
            name: self._constant(name, constant)
            for name, constant in self.architecture.constants.items()
        }
        if self.architecture.tokens:
            arrays["x"] = self._tokens(self.architecture.tokens)
        return arrays

    def target(self) -> NDArray[Any] | None:
        """What the loss compares the outputs with."""
        kind = self.architecture.loss.target
        shape = (self.batch, *self.architecture.outputs)
        if kind == "none":
            return None
        if self.values == "iris":
            species = load_iris()[1][self._iris_rows()]
            one_hot = np.eye(3)[species]
            return species if kind == "label" else 2 * one_hot - 1 if kind == "sign" else one_hot
        return self._labels(shape) if kind == "label" else self._goals(kind, shape)

    def cotangent(self) -> Float64Array:
        """Random numbers of the loss's shape, of both signs, from 1/2 to 2 in size."""
        random = self._random("cotangent")
        shape = self.architecture.loss.loss_shape((self.batch, *self.architecture.outputs))
        size = random.integers(2**19, 2**21, size=shape) / 2**20
        return self._exact(np.where(random.integers(2, size=shape), size, -size))

    def to_json(self) -> str:
        """One line that rebuilds the case bit for bit."""
        data = {name: getattr(self, name) for name in FIELDS} | {
            "architecture": self.architecture.to_json()
        }
        if self.parameters is None:
            del data["parameters"]
        return json.dumps(data, separators=(",", ":"))

    @classmethod
    def from_json(cls, line: str) -> Self:
        """The case that `to_json` wrote. Raises InvalidInput for anything else."""
        try:
            data = json.loads(line)
        except ValueError as error:
            raise InvalidInput(
                f"a case is one line of JSON, and this is not JSON: {error}"
            ) from error
        if not isinstance(data, dict) or not set(FIELDS[:-1]) <= set(data) <= set(FIELDS):
            raise InvalidInput(f"a case is a JSON object with {', '.join(FIELDS[:-1])}")
        return cls(**data | {"architecture": Architecture.from_json(data["architecture"])})

    def _random(self, name: str) -> np.random.Generator:
        """A stream of its own for each array, so that no array depends on the others."""
        return np.random.Generator(np.random.PCG64([self.seed, zlib.crc32(name.encode())]))

    def _draw(self, name: str, shape: Shape, scale: float = 2.0) -> Float64Array:
        """Numbers within ±scale, of a spread about a third of it."""
        random = self._random(name)
        if self.values == "grid":
            return random.integers(-2, 3, size=shape).astype(np.float64) * (scale / 4)
        steps = random.integers(-(2**18), 2**18, size=(4, *shape)).sum(axis=0)
        return self._exact(steps * (scale / 2**20))

    def _exact(self, drawn: Any) -> Float64Array:
        """What was drawn has up to 21 bits, so that only 16-bit dtypes round it."""
        numbers = np.asarray(drawn, dtype=np.float64)
        return exact_in(self.dtype, numbers) if self.dtype in NARROW else numbers

    def _parameter(self, name: str, shape: Shape) -> Float64Array:
        """Weights shrink with their fan-in, so that signals keep their size over the layers."""
        fan_in = shape[0] if len(shape) == 2 else math.prod(shape[1:])
        fan_in_bits = fan_in.bit_length() if len(shape) > 1 else 4
        return self._draw(name, shape, 2.0 ** (2 - fan_in_bits // 2))

    def _goals(self, kind: Target, shape: Shape) -> Float64Array:
        """Numbers that the outputs shall come near."""
        random = self._random("target")
        if kind == "sign":
            return self._exact(2 * random.integers(2, size=shape) - 1)
        if kind == "probability":
            steps = 1 if self.values == "grid" else 2**20
            return self._exact(random.integers(steps + 1, size=shape) / steps)
        if kind == "distribution":  # in so few steps that 16 bits hold them exactly
            steps = 4 if self.values == "grid" else 2**7
            cuts = random.integers(steps + 1, size=(*shape[:-1], shape[-1] - 1))
            return self._exact(np.diff(np.sort(cuts), prepend=0, append=steps) / steps)
        return self._draw("target", shape)

    def _labels(self, shape: Shape) -> NDArray[np.int64]:
        """A class for each row, or -1 for some where the loss ignores those, but not for all."""
        random = self._random("target")
        labels = random.integers(shape[-1], size=shape[:-1])
        if self.architecture.loss.settings.get("ignored"):
            ignored = random.integers(3, size=labels.shape) == 0
            ignored.flat[random.integers(labels.size)] = False
            labels[ignored] = -1
        return labels

    def _constant(self, name: str, constant: Constant) -> Float64Array:
        shape = (self.batch, *constant.shape) if constant.per_sample else constant.shape
        if constant.values == "real":
            return self._draw(name, shape)
        random = self._random(name)
        if constant.values == "positive":  # from 1/4 to 4, on the grid powers of two
            exponents = random.integers(-2, 3, size=shape)
            fractions = random.integers(2**18, 2**19, size=shape) / 2**19
            return self._exact(2.0**exponents * (1 if self.values == "grid" else fractions))
        ones = random.integers(2**20, size=shape) >= constant.zeros * 2**20
        if constant.values == "visible":
            ones[..., 0] = True
        return ones.astype(np.float64)

    def _tokens(self, number: int) -> NDArray[np.int64]:
        """Tokens at random, the first and the last one among them, some repeated."""
        shape = (self.batch, *self.architecture.inputs)
        random = self._random("x")
        tokens = random.integers(number, size=math.prod(shape))
        ends = random.permutation(tokens.size)[:3]
        tokens[ends] = [0, number - 1, 0][: ends.size]
        return tokens.reshape(shape)

    def _inputs(self) -> Float64Array:
        if self.values == "iris":
            measurements, _ = load_iris()
            standard = (measurements - measurements.mean(axis=0)) / measurements.std(axis=0)
            return exact_in(self.dtype, standard[self._iris_rows()])
        x = self._draw("x", (self.batch, *self.architecture.inputs))
        if self.values == "extreme":
            return x * np.where(self._random("extreme").integers(2, size=x.shape), EXTREME, 1.0)
        if self.values != "offset":
            return x
        offset = OFFSET if self._random("offset").integers(2) else -OFFSET
        return self._exact(offset + np.rint(x * 2**14) / 2**14)

    def _iris_rows(self) -> NDArray[np.int64]:
        return self._random("rows").permutation(150)[: self.batch]


def _require(condition: bool, name: str, right: str, value: Any) -> None:
    if not condition:
        raise InvalidInput(f"{name} of a case must be {right}, not {value!r}")


@np.errstate(over="ignore")  # what overflows the dtype is refused
def _check_parameters(parameters: Any, shapes: Mapping[str, Shape], dtype: str) -> None:
    if not isinstance(parameters, Mapping) or set(parameters) != set(shapes):
        raise InvalidInput(f"parameters of this case must be an object with {', '.join(shapes)}")
    for name, shape in shapes.items():
        try:
            array = exact_in(dtype, parameters[name])
        except (TypeError, ValueError) as error:
            raise InvalidInput(
                f"parameter {name} must be nested lists of numbers: {error}"
            ) from error
        if array.shape != shape:
            raise InvalidInput(f"parameter {name} must have shape {shape}, not {array.shape}")
        if not np.isfinite(array).all():
            raise InvalidInput(f"parameter {name} holds a NaN or an infinity; all must be finite")
