"""Differences neuron by neuron: for networks of a thousand parameters and more.

Where samples do not mix, moving the pre-activation z of one neuron in all samples at once gives
∂L/∂z of that neuron for each sample, from a run of the layers behind it. For a dense layer
z = a W + b that is all there is to know: ∂L/∂W = aᵀ ∂L/∂z, ∂L/∂b sums it over the samples, and
∂L/∂a = ∂L/∂z Wᵀ. So a few runs for each neuron do, instead of a few for each parameter. Where
the next layer is dense too, its own z moves by a product of rank one, and the run starts there.

What is taken for granted of the layers is put to the test: along random directions through all
arrays together, the gradients must agree with differences of the function as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np

from clinometer.arrays import CarrierArray
from clinometer.directions import Directions
from clinometer.estimate import Estimate, Refused
from clinometer.problem import Affine, Function, Place, Problem, scale
from clinometer.richardson import RATIO, extrapolate, kinks
from clinometer.rounding import (
    StochasticArray,
    function_noise,
    largest,
    smallest_subnormal,
    unit_roundoff,
    values_noise,
)

REQUIRES = "numpy"
STRIDE = 1
SIZES = range(1000, 2_000_000)  # where it is quicker than differences by the element
NATURE = "difference"

LEVELS = 2
#: The larger step, in units of the scale: truncation is then as small as rounding. And shorter
#: ones, for neurons that have a kink within it: error above DOUBTFUL of the largest slope.
TOPS = (2.0**-13, 2.0**-19, 2.0**-25)
DOUBTFUL = 2.0**-20
AT_ONCE = 2**16  # numbers of the pre-activations that are moved together, so that caches hold them
DIRECTIONS = 8
U = unit_roundoff(np.float64)

#: Derivatives, and how far off each may be.
Slopes: TypeAlias = tuple[Any, Any]


class OpenArray(CarrierArray):
    """Numbers of which a sum over all axes leaves out the first ones: its terms stay."""

    OPEN: int

    def compute(
        self, ufunc: np.ufunc, method: str, inputs: list[Any], kwargs: dict[str, Any]
    ) -> Any:
        if method == "reduce":
            kwargs = {**kwargs, "axis": self._closed(inputs[0].ndim, kwargs.get("axis", 0))}
        return super().compute(ufunc, method, inputs, kwargs)

    def _closed(self, ndim: int, axis: Any) -> tuple[int, ...]:
        """The axes to reduce."""
        if axis is None:
            return tuple(range(self.OPEN, ndim))
        axes = tuple(int(a) % ndim for a in np.atleast_1d(axis))
        if min(axes) < self.OPEN:
            raise Refused("the samples of the function depend on each other")
        return axes


class SampleArray(OpenArray):
    """Sums over the samples, which are the first axis, are left open."""

    OPEN = 1


class NoisySampleArray(SampleArray, StochasticArray):
    """The same, and every operation errs at random."""


class ElementArray(OpenArray):
    """All sums are left open."""

    OPEN = 64


@np.errstate(all="ignore")  # what is not finite has an infinite uncertainty
def estimate(problem: Problem) -> Estimate:
    """The gradients of what enters the affine steps of the function.

    Four runs of the layers behind each neuron, more for some, and 33 evaluations of the
    function. Raises Refused for a problem whose structure is not known, or not as it says.
    """
    if problem.structure is None:
        raise Refused("what is inside the function is not known")
    structure = problem.structure(problem.arguments)
    slopes: dict[str, Slopes] = {}
    for place in structure.places:
        slopes |= _of_place(place, problem)
        if structure.penalty and isinstance(place, Affine):
            name = place.weight
            slopes[name] = _with_penalty(slopes[name], structure.penalty, name, problem)
    _require_agreement(problem, slopes)
    return Estimate(
        "neuron_wise",
        {name: value for name, (value, _) in slopes.items()},
        {name: error for name, (_, error) in slopes.items()},
        evaluations=1 + 2 * LEVELS * DIRECTIONS,
    )


def _of_place(place: Place, problem: Problem) -> dict[str, Slopes]:
    """The slopes of the arguments that a place tells of."""
    cotangents = _cotangents(place, problem)
    if not isinstance(place, Affine):
        return {place.name: cotangents}
    value, error = _product(np.ones((1, len(place.inputs))), cotangents)
    slopes = {place.weight: _product(place.inputs.T, cotangents), place.bias: (value[0], error[0])}
    if place.source:
        weight = problem.arguments[place.weight]
        value, error = _product(weight, (cotangents[0].T, cotangents[1].T))
        slopes[place.source] = value.T, error.T
    return slopes


def _product(matrix: Any, slopes: Slopes) -> Slopes:
    """The matrix times the slopes, with their errors and what rounding and underflow add."""
    (value, error), sizes = slopes, np.abs(matrix)
    rounding = (matrix.shape[1] + 64) * U * (sizes @ np.abs(value))
    underflow = smallest_subnormal(np.float64) * (matrix.shape[1] + np.abs(value).sum(axis=0))
    return matrix @ value, sizes @ error + rounding + underflow


def _with_penalty(slopes: Slopes, penalty: Function, name: str, problem: Problem) -> Slopes:
    """The slopes of a weight with those of a term that is a sum over its elements."""

    def terms(weight: Any) -> Any:
        return np.asarray(penalty({name: ElementArray.carry(weight)}))

    weight = problem.arguments[name]
    value, error = _derivative(terms, terms(weight), weight, 0.0, TOPS[0] * scale(weight))
    return slopes[0] + value, slopes[1] + error


def _cotangents(place: Place, problem: Problem) -> Slopes:
    """∂L/∂z at a place, (n, o)."""
    values = _run(place, place.values[None])
    noise = values_noise(place.rest, place.values, values[:, 0], NoisySampleArray)[:, None]

    def by_step(neurons: Any, top: float) -> Slopes:
        def moved_values(moved: Any) -> Any:
            return _moved_values(place, problem, neurons, moved)

        at = place.values[:, neurons]
        return _derivative(moved_values, values, at, noise, top * scale(place.values)[:, neurons])

    value, error = by_step(np.arange(place.values.shape[1]), TOPS[0])
    for top in TOPS[1:]:
        doubtful = np.flatnonzero((error > DOUBTFUL * largest(value)).any(axis=0))
        if not doubtful.size:
            break
        finer = by_step(doubtful, top)
        better = finer[1] < error[:, doubtful]
        for chosen, other in zip((value, error), finer, strict=True):
            chosen[:, doubtful] = np.where(better, other, chosen[:, doubtful])
    return value, error


def _moved_values(place: Place, problem: Problem, neurons: Any, moved: Any) -> Any:
    """Each sample's value with one of the neurons in turn as in `moved`, both of shape (n, m)."""
    values = np.empty_like(moved)
    if place.following and place.activation:
        further, weight = place.following, problem.arguments[place.following.weight]
        full = place.values.copy()
        full[:, neurons] = moved
        change = (place.activation(full) - place.activation(place.values))[:, neurons]
        for some in _groups(len(neurons), further.values.size):
            products = change.T[some, :, None] * weight[neurons[some], None, :]
            values[:, some] = _run(further, further.values + products)
        return values
    for some in _groups(len(neurons), place.values.size):
        copies = np.repeat(place.values[None], len(some), axis=0)
        copies[np.arange(len(some)), :, neurons[some]] = moved.T[some]
        values[:, some] = _run(place, copies)
    return values


def _groups(count: int, size: int) -> Iterator[Any]:
    """The numbers below `count`, so many at once that their copies of a size are not too many."""
    at_once = max(1, AT_ONCE // size)
    return (np.arange(first, min(first + at_once, count)) for first in range(0, count, at_once))


def _run(place: Place, copies: Any) -> Any:
    """Each sample's value, (n, copies), from several copies of the pre-activations."""
    values = place.rest(SampleArray.carry(copies.reshape(-1, copies.shape[2])))
    if np.shape(values) != (copies.shape[0] * copies.shape[1],):
        raise Refused("the value of the function is not a sum over its samples")
    return np.asarray(values).reshape(copies.shape[:2]).T


def _derivative(
    function: Callable[[Any], Any], centre: Any, at: Any, noise: Any, top: Any
) -> Slopes:
    """The slope of each value by the number in its place, which alone it depends on.

    centre: the values at that point. noise: their spread under rounding. top: the larger step.
    """
    steps = [top * RATIO**-level for level in range(LEVELS)]
    above, below = (
        np.stack([function(at + sign * step) for step in steps], -1) for sign in (1, -1)
    )
    # Where a point is no multiple of the step, the step made is a rounded one.
    up, down = (
        np.stack([sign * ((at + sign * step) - at) for step in steps], -1) for sign in (1, -1)
    )
    centre, noise = np.asarray(centre)[..., None], np.asarray(noise)[..., None]
    size = np.maximum(np.abs(above), np.abs(below)) + np.abs(centre)
    rounding = 2 * (2 * noise + 4 * U * size) / (up + down)
    _, distrust = kinks((above - centre) / up - (centre - below) / down, rounding)
    limit = extrapolate((above - below) / (up + down), rounding, 2, distrust)
    return limit.value, limit.error


def _require_agreement(problem: Problem, slopes: Mapping[str, Slopes]) -> None:
    """Raise Refused unless the function as a whole has those slopes along directions."""
    centre, noise = problem.function(problem.arguments), function_noise(problem, np.float64)
    directions = {n: Directions(n, problem.arguments[n], DIRECTIONS) for n in slopes}
    for number in range(DIRECTIONS):
        along = {name: several[number] for name, several in directions.items()}

        def value(distance: Any, along: Mapping[str, Any] = along) -> Any:
            moved = {name: problem.arguments[name] + distance * v for name, v in along.items()}
            return problem.function({**problem.arguments, **moved})

        slope, error = _derivative(value, centre, np.zeros(()), noise, TOPS[0])
        claimed = sum(np.sum(slopes[name][0] * v) for name, v in along.items())
        error = error + sum(np.sum(slopes[name][1] * np.abs(v)) for name, v in along.items())
        if not abs(claimed - slope) <= error:
            raise Refused("the function as a whole has other slopes than its parts add up to")
