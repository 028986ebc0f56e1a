"""A simple recurrent layer, sum by sum: hₜₖ = φ(Σᵢ xₜᵢ Wᵢₖ + bₖ + Σⱼ hₜ₋₁ⱼ Uⱼₖ), φ tanh or relu."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from handgrad.arrays import Cache, Lists, require_known
from handgrad.looped._linear import linear, linear_gradients, products
from handgrad.looped._lists import same_range, tanh
from handgrad.looped._recurrence import dtanh, in_time, places

#: φ, and its backward pass from its output.
ACTIVATIONS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "tanh": (tanh, dtanh),
    "relu": (lambda a: a if a > 0 else 0 * a, lambda dy, y: dy if y > 0 else 0 * dy),
}


def forward(
    x: Lists,
    weight: Lists,
    recurrent: Lists,
    bias: Lists,
    state: Lists,
    *,
    activation: str,
    reverse: bool,
) -> tuple[Lists, Cache]:
    require_known("activation", activation, ACTIVATIONS)
    units, (phi, _) = same_range(state, recurrent, recurrent[0], bias), ACTIVATIONS[activation]
    a, y, before = linear(x, weight, bias), places(x), places(x)
    for n in range(len(x)):
        h = state
        for t in in_time(x, reverse):
            before[n][t] = h
            h = [phi(a[n][t][k] + sum(h[j] * recurrent[j][k] for j in units)) for k in units]
            y[n][t] = h
    return y, (x, weight, recurrent, before, y, activation, reverse)


def backward(dy: Lists, cache: Cache) -> tuple[Lists, Lists, Lists, Lists, Lists]:
    """daₜₖ = φ'ₜₖ (dyₜₖ + Σₘ daₜ₊₁ₘ Uₖₘ),  dUⱼₖ = Σₙ Σₜ hₜ₋₁ⱼ daₜₖ,  dh₀ⱼ = Σₙ Σₖ da₁ₖ Uⱼₖ."""
    x, weight, recurrent, before, y, activation, reverse = cache
    units, (_, dphi) = range(len(recurrent)), ACTIVATIONS[activation]
    da, dstates = places(x), []
    for n in range(len(x)):
        dh = [0 for _ in units]
        for t in reversed(in_time(x, reverse)):
            da[n][t] = [dphi(dy[n][t][k] + dh[k], y[n][t][k]) for k in units]
            dh = [sum(da[n][t][k] * recurrent[j][k] for k in units) for j in units]
        dstates.append(dh)
    dx, dweight, dbias = linear_gradients(da, x, weight)
    dstate = [sum(dh[j] for dh in dstates) for j in units]
    return dx, dweight, products(before, da), dbias, dstate
