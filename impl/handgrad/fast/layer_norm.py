"""Layer normalisation, compiled: see `handgrad.vectorised.layer_norm`."""

from __future__ import annotations

from handgrad.arrays import Array, Cache, Shaped
from handgrad.fast import _rows
from handgrad.fast._compiled import takes
from handgrad.vectorised import layer_norm


def forward(
    x: Shaped[Array, "*s"],
    weight: Shaped[Array, "*f"],
    bias: Shaped[Array, "*f"],
    *,
    epsilon: float,
) -> tuple[Shaped[Array, "*s"], Cache]:
    fits = x.shape[x.ndim - weight.ndim :] == weight.shape == bias.shape
    if not (takes(x, weight, bias) and fits):
        return layer_norm.forward(x, weight, bias, epsilon=epsilon)
    y, cache = _rows.forward(
        x.reshape(-1, weight.size), weight.reshape(1, -1), bias.reshape(1, -1), epsilon, True
    )
    return y.reshape(x.shape), (cache, weight.shape)


def backward(
    dy: Shaped[Array, "*s"], cache: Cache, *, by_sample: bool = False
) -> tuple[Shaped[Array, "*s"], Shaped[Array, "..."], Shaped[Array, "..."]]:
    """All of it in one pass."""
    if not isinstance(cache[0], _rows.Rows):
        return layer_norm.backward(dy, cache, by_sample=by_sample)
    (rows, shape), samples = cache, (len(dy),) if by_sample else ()
    dx, dweights, dbiases = _rows.backward(dy.reshape(rows.rows.shape), rows, *samples)
    shape = (*samples, *shape)
    return dx.reshape(dy.shape), dweights.reshape(shape), dbiases.reshape(shape)
