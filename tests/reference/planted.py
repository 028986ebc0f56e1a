"""Every mistake of the diagnosis, planted in random gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from clinometer.diagnosis import Context

#: A gradient on trial, the right one, and what is known around them.
Planted = tuple[Any, Any, Context]
#: From random numbers and a shape to a planted mistake.
Plant = Callable[[np.random.Generator, tuple[int, ...]], Planted]

#: By the mistake's name, at least one each.
PLANTED: dict[str, list[Plant]] = {}

SHAPES = [(7,), (5, 4), (32, 10), (6, 6), (3, 5, 4), (8, 3, 4, 4)]


def plants(mistake: str) -> Callable[[Plant], Plant]:
    """Registers a plant under the mistake's name."""

    def register(plant: Plant) -> Plant:
        PLANTED.setdefault(mistake, []).append(plant)
        return plant

    return register


def around(random: Any, shape: Any, **known: Any) -> Context:
    """What is known of a dense layer, say: an input of the shape, a cotangent, a batch of 13."""
    x, weight = random.normal(size=shape), random.normal(size=(9, 11))
    given = {"arguments": {"x": x, "weight": weight, **known.pop("arguments", {})}}
    return Context(counts={"the batch size": 13, "the number of classes": 17}, **given, **known)


def normal(random: Any, shape: Any) -> Any:
    """A right gradient."""
    return random.normal(size=shape)


@plants("zero")
def zero(random: Any, shape: Any) -> Planted:
    return np.zeros(shape), normal(random, shape), around(random, shape)


@plants("sign")
def sign(random: Any, shape: Any) -> Planted:
    right = normal(random, shape)
    return -right, right, around(random, shape)


@plants("sum for mean")
def sum_for_mean(random: Any, shape: Any) -> Planted:
    right = normal(random, shape)
    return random.choice([13, 17]) * right, right, around(random, shape)


@plants("mean for sum")
def mean_for_sum(random: Any, shape: Any) -> Planted:
    right = normal(random, shape)
    return right / random.choice([13, 17]), right, around(random, shape)


@plants("constant factor")
def constant_factor(random: Any, shape: Any) -> Planted:
    right = normal(random, shape)
    factor = random.choice([2 / 13, 13**-0.5, 12 / 13, 0.37, -1.7, 11 / 12])
    return factor * right, right, around(random, shape)


@plants("transpose")
def transpose(random: Any, shape: Any) -> Planted:
    shape = (shape[0], shape[0]) if len(shape) < 2 else shape
    right = normal(random, shape)
    moved = np.swapaxes(right, -1, -2)
    return (moved if random.integers(2) else moved.reshape(shape)), right, around(random, shape)


@plants("flipped axis")
def flipped_axis(random: Any, shape: Any) -> Planted:
    right = normal(random, shape)
    return np.flip(right, random.integers(len(shape))), right, around(random, shape)


@plants("shifted axis")
def shifted_axis(random: Any, shape: Any) -> Planted:
    right, axis = normal(random, shape), random.integers(len(shape))
    shifted = np.roll(right, 1, axis)
    if random.integers(2):
        np.moveaxis(shifted, axis, 0)[0] = 0
    return shifted, right, around(random, shape)


@plants("permuted blocks")
def permuted_blocks(random: Any, shape: Any) -> Planted:
    order = [[0, 1, 3, 2], [1, 0, 2, 3], [0, 2, 1], [0, 3, 2, 1, 5, 4]][random.integers(4)]
    right = normal(random, (*shape[:-1], len(order) * shape[-1]))
    blocks = right.reshape(*shape[:-1], len(order), shape[-1])[..., order, :]
    return blocks.reshape(right.shape), right, around(random, right.shape)


@plants("swapped arguments")
def swapped_arguments(random: Any, shape: Any) -> Planted:
    right, other = normal(random, shape), normal(random, shape)
    return other, right, around(random, shape, right={"x": right, "other": other})


@plants("missing reduction")
def missing_reduction(random: Any, shape: Any) -> Planted:
    whole = normal(random, (13, *shape))
    return whole, whole.sum(0), around(random, shape)


@plants("extra reduction")
def extra_reduction(random: Any, shape: Any) -> Planted:
    right, axis = normal(random, shape), random.integers(len(shape))
    reduce = [np.sum, np.mean][random.integers(2)]
    kept = reduce(right, axis=axis, keepdims=True)
    return np.broadcast_to(kept, shape), right, around(random, shape)


def samples(random: Any, shape: Any) -> Any:
    return normal(random, (13, *shape))


@plants("one sample's term")
def one_sample(random: Any, shape: Any) -> Planted:
    terms = samples(random, shape)
    return terms[-1], terms.sum(0), around(random, shape, terms={"sample": lambda: terms})


@plants("samples left out")
def samples_left_out(random: Any, shape: Any) -> Planted:
    terms = samples(random, shape)
    kept = [terms[:8], terms[3:], np.delete(terms, 5, axis=0)][random.integers(3)]
    return kept.sum(0), terms.sum(0), around(random, shape, terms={"sample": lambda: terms})


@plants("cotangent ignored")
def cotangent_ignored(random: Any, shape: Any) -> Planted:
    slope, cotangent = normal(random, shape), normal(random, shape)
    known = around(random, shape, cotangents={"y": cotangent})
    return slope, slope * cotangent, known


@plants("cotangent ignored")
def cotangent_ignored_by_the_call(random: Any, shape: Any) -> Planted:
    trial = normal(random, shape)
    return trial, normal(random, shape), around(random, shape, scaled=lambda factor: trial)


@plants("cotangent used twice")
def cotangent_used_twice(random: Any, shape: Any) -> Planted:
    trial = normal(random, shape)
    known = around(random, shape, scaled=lambda factor: factor**2 * trial)
    return trial, normal(random, shape), known


@plants("accumulated")
def accumulated(random: Any, shape: Any) -> Planted:
    right, left = normal(random, shape), normal(random, shape)
    return left + right, right, around(random, shape, again=left + 2 * right)


@plants("stale input")
def stale_input(random: Any, shape: Any) -> Planted:
    old = normal(random, shape)
    return old, normal(random, shape), around(random, shape, before=lambda: old)


@plants("factor of an argument")
def factor_of_an_argument(random: Any, shape: Any) -> Planted:
    right, gamma = normal(random, shape), random.normal(size=shape[-1])
    trial = right / gamma if random.integers(2) else right * gamma
    return trial, right, around(random, shape, arguments={"gamma": gamma})


@plants("factor of an argument")
def mask_applied_twice(random: Any, shape: Any) -> Planted:
    mask = random.uniform(0.1, 3, size=shape)
    right = normal(random, shape) * mask
    return right * mask, right, around(random, shape, arguments={"mask": mask})


@plants("transposed factor")
def transposed_factor(random: Any, shape: Any) -> Planted:
    dy, matrix = normal(random, (3, *shape)), normal(random, (shape[-1], shape[-1]))
    known = around(random, shape, arguments={"matrix": matrix}, cotangents={"y": dy})
    return dy @ matrix, dy @ matrix.T, known


@plants("mask ignored")
def mask_ignored(random: Any, shape: Any) -> Planted:
    whole = normal(random, shape)
    masked = random.permutation(np.arange(whole.size) < 0.4 * whole.size).reshape(shape)
    return whole * random.choice([1.0, 0.6]), np.where(masked, 0, whole), around(random, shape)


@plants("activation's derivative")
def activations_derivative(random: Any, shape: Any) -> Planted:
    known = around(random, shape)
    x, cotangent = known.arguments["x"], normal(random, shape)
    y = np.tanh(x)
    wrong = [np.ones(shape), 1 - np.tanh(y) ** 2, 1 - y, 1 - x**2, (1 - y**2) ** 2]
    return cotangent * wrong[random.integers(5)], cotangent * (1 - y**2), known


@plants("inner derivative")
def inner_derivative(random: Any, shape: Any) -> Planted:
    made, other = normal(random, shape), normal(random, shape)
    told = [("the derivative of relu inside is missing", other),
            ("the derivative of tanh inside is missing", made)]  # fmt: skip
    return made, normal(random, shape), around(random, shape, inside=lambda: told)


@plants("softmax's Jacobian")
def softmaxs_jacobian(random: Any, shape: Any) -> Planted:
    shape = (*shape[:-1], max(shape[-1], 3))
    y, dy = random.dirichlet(np.ones(shape[-1]), size=shape[:-1]), normal(random, shape)
    right = y * (dy - (dy * y).sum(-1, keepdims=True))
    known = around(random, shape, outputs={"y": y}, cotangents={"y": dy})
    return [dy * y * (1 - y), dy * y][random.integers(2)], right, known


@plants("path dropped")
def path_dropped(random: Any, shape: Any) -> Planted:
    skip, branch = normal(random, shape), normal(random, shape)
    trial = [skip, branch, skip + 2 * branch][random.integers(3)]
    return trial, skip + branch, around(random, shape, paths={"branch 1": skip, "branch 2": branch})


@plants("missing term")
def missing_term(random: Any, shape: Any) -> Planted:
    right, known = normal(random, shape), around(random, shape)
    w = known.arguments["x"]
    return right - [0.01 * w, 0.1 * np.sign(w), w][random.integers(3)], right, known


@plants("missing term")
def skip_path(random: Any, shape: Any) -> Planted:
    right, cotangent = normal(random, shape), normal(random, shape)
    return right - cotangent, right, around(random, shape, cotangents={"y": cotangent})


@plants("term along an axis")
def term_along_an_axis(random: Any, shape: Any) -> Planted:
    shape = (*shape[:-1], max(shape[-1], 3))
    gradient, known = normal(random, shape), around(random, shape)
    x = known.arguments["x"]
    basis = [np.ones(shape), x - x.mean(-1, keepdims=True)][random.integers(2)]
    term = basis * (gradient * basis).mean(-1, keepdims=True)
    return gradient, gradient - term, known


@plants("conjugate")
def conjugate(random: Any, shape: Any) -> Planted:
    right = normal(random, shape) + 1j * normal(random, shape)
    return [right.conj(), right.real + 0j][random.integers(2)], right, around(random, shape)


@plants("not finite")
def not_finite(random: Any, shape: Any) -> Planted:
    right = normal(random, shape)
    trial = right.copy()
    trial.flat[random.integers(right.size)] = random.choice([np.nan, np.inf])
    return trial, right, around(random, shape)


@plants("lost precision")
def lost_precision(random: Any, shape: Any) -> Planted:
    terms = samples(random, shape)
    if random.integers(2):
        return terms.astype("float32").astype(float).sum(0), terms.sum(0), around(random, shape)
    dtype = random.choice(["float16", "float32"])
    return terms.sum(0).astype(dtype).astype(float), terms.sum(0), around(random, shape)


@plants("clipped")
def clipped(random: Any, shape: Any) -> Planted:
    right = normal(random, shape)
    right.flat[:4] *= 9
    limit = np.sort(np.abs(right), axis=None)[-4]
    return np.clip(right, -limit, limit), right, around(random, shape)


@plants("duplicates overwritten")
def duplicates_overwritten(random: Any, shape: Any) -> Planted:
    index = random.permutation(np.arange(2 * shape[0]) % (shape[0] - 1))
    cotangent = normal(random, (index.size, *shape[1:]))
    right, trial = np.zeros(shape), np.zeros(shape)
    np.add.at(right, index, cotangent)
    trial[index] = cotangent
    return trial, right, around(random, shape, arguments={"index": index},
                                cotangents={"y": cotangent})  # fmt: skip


@plants("duplicates overwritten")
def duplicates_lost(random: Any, shape: Any) -> Planted:
    shape = (9, *shape[1:])
    index = np.arange(shape[0]).repeat(1 + np.arange(shape[0]) % 2)
    right = normal(random, shape)
    trial = np.where(np.arange(shape[0]).reshape(-1, *[1] * (len(shape) - 1)) % 2,
                     normal(random, shape), right)  # fmt: skip
    return trial, right, around(random, shape, arguments={"index": index})


@plants("some elements")
def some_elements(random: Any, shape: Any) -> Planted:
    right = normal(random, shape)
    trial, row = right.copy(), int(random.integers(shape[0]))
    kind = random.integers(3)
    if kind == 0:
        trial[row] *= 1.001
    elif kind == 1:
        trial[:-1] = 0
    else:
        trial.flat[random.integers(right.size)] += 1
    return trial, right, around(random, shape)


@plants("straight through")
def straight_through(random: Any, shape: Any) -> Planted:
    trial = normal(random, shape)
    return trial, np.zeros(shape), around(random, shape, again=trial)
