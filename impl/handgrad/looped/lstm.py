"""A long short-term memory, unit by unit: hₖ = oₖ tanh cₖ, where cₖ = fₖ c'ₖ + iₖ gₖ.

c' and h' are those of the step before. Of h units, the gates i, f, g and o of the unit k are made
of the columns k, h + k, 2h + k and 3h + k of aₘ = Σᵢ xᵢ Wᵢₘ + bₘ + Σⱼ h'ⱼ Uⱼₘ.
"""

from __future__ import annotations

from handgrad.arrays import Cache, Lists
from handgrad.looped._linear import linear, linear_gradients, products
from handgrad.looped._lists import same_range, sigmoid, tanh
from handgrad.looped._recurrence import dsigmoid, dtanh, in_time, places


def forward(
    x: Lists,
    weight: Lists,
    recurrent: Lists,
    bias: Lists,
    state: Lists,
    cell: Lists,
    *,
    reverse: bool,
) -> tuple[Lists, Cache]:
    units, columns = same_range(state, cell, recurrent), same_range(recurrent[0], bias)
    size = len(units)
    from_input, y, before, gates = linear(x, weight, bias), places(x), places(x), places(x)
    for n in range(len(x)):
        h, c = state, cell
        for t in in_time(x, reverse):
            a = [from_input[n][t][m] + sum(h[j] * recurrent[j][m] for j in units) for m in columns]
            i = [sigmoid(a[k]) for k in units]
            f = [sigmoid(a[size + k]) for k in units]
            g = [tanh(a[2 * size + k]) for k in units]
            o = [sigmoid(a[3 * size + k]) for k in units]
            before[n][t], old = h, c
            c = [f[k] * old[k] + i[k] * g[k] for k in units]
            h = [o[k] * tanh(c[k]) for k in units]
            y[n][t], gates[n][t] = h, (i, f, g, o, old, c)
    return y, (x, weight, recurrent, before, gates, reverse)


def backward(dy: Lists, cache: Cache) -> tuple[Lists, Lists, Lists, Lists, Lists, Lists]:
    """dh'ⱼ = Σₘ daₘ Uⱼₘ and dc'ₖ = dcₖ fₖ, where dcₖ = dhₖ oₖ (1 - tanh² cₖ) + what comes back."""
    x, weight, recurrent, before, gates, reverse = cache
    units, columns = range(len(recurrent)), range(len(recurrent[0]))
    da, dstates, dcells = places(x), [], []
    for n in range(len(x)):
        dh, dc = [0 for _ in units], [0 for _ in units]
        for t in reversed(in_time(x, reverse)):
            i, f, g, o, old, c = gates[n][t]
            dh = [dy[n][t][k] + dh[k] for k in units]
            dc = [dtanh(dh[k] * o[k], tanh(c[k])) + dc[k] for k in units]
            da_i = [dsigmoid(dc[k] * g[k], i[k]) for k in units]
            da_f = [dsigmoid(dc[k] * old[k], f[k]) for k in units]
            da_g = [dtanh(dc[k] * i[k], g[k]) for k in units]
            da_o = [dsigmoid(dh[k] * tanh(c[k]), o[k]) for k in units]
            da[n][t] = da_i + da_f + da_g + da_o
            dh = [sum(da[n][t][m] * recurrent[j][m] for m in columns) for j in units]
            dc = [dc[k] * f[k] for k in units]
        dstates.append(dh)
        dcells.append(dc)
    dx, dweight, dbias = linear_gradients(da, x, weight)
    dstate = [sum(dh[j] for dh in dstates) for j in units]
    dcell = [sum(dc[j] for dc in dcells) for j in units]
    return dx, dweight, products(before, da), dbias, dstate, dcell
