"""A gated recurrent unit, unit by unit: hₖ = (1 - zₖ) nₖ + zₖ h'ₖ.

h' is that of the step before. Of h units, the gates r and z of the unit k are the sigmoids of
aₘ + uₘ in the columns k and h + k, and nₖ = tanh(aₘ + rₖ uₘ) in the column 2h + k, where
aₘ = Σᵢ xᵢ Wᵢₘ + bₘ and uₘ = Σⱼ h'ⱼ Uⱼₘ + cₘ.
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
    recurrent_bias: Lists,
    state: Lists,
    *,
    reverse: bool,
) -> tuple[Lists, Cache]:
    units, columns = same_range(state, recurrent), same_range(recurrent[0], bias, recurrent_bias)
    size = len(units)
    from_input, y, before, gates = linear(x, weight, bias), places(x), places(x), places(x)
    for i in range(len(x)):
        h = state
        for t in in_time(x, reverse):
            a = from_input[i][t]
            u = [sum(h[j] * recurrent[j][m] for j in units) + recurrent_bias[m] for m in columns]
            r = [sigmoid(a[k] + u[k]) for k in units]
            z = [sigmoid(a[size + k] + u[size + k]) for k in units]
            n = [tanh(a[2 * size + k] + r[k] * u[2 * size + k]) for k in units]
            before[i][t], gates[i][t] = h, (r, z, n, u[2 * size :])
            h = [(1 - z[k]) * n[k] + z[k] * h[k] for k in units]
            y[i][t] = h
    return y, (x, weight, recurrent, before, gates, reverse)


def backward(dy: Lists, cache: Cache) -> tuple[Lists, Lists, Lists, Lists, Lists, Lists]:
    """dh'ⱼ = Σₘ duₘ Uⱼₘ + dhⱼ zⱼ, where du = da but for n, where duₖ = daₖ rₖ."""
    x, weight, recurrent, before, gates, reverse = cache
    units, columns = range(len(recurrent)), range(len(recurrent[0]))
    da, du, dstates = places(x), places(x), []
    for i in range(len(x)):
        dh = [0 for _ in units]
        for t in reversed(in_time(x, reverse)):
            (r, z, n, u_n), h = gates[i][t], before[i][t]
            dh = [dy[i][t][k] + dh[k] for k in units]
            da_z = [dsigmoid(dh[k] * (h[k] - n[k]), z[k]) for k in units]
            da_n = [dtanh(dh[k] * (1 - z[k]), n[k]) for k in units]
            da_r = [dsigmoid(da_n[k] * u_n[k], r[k]) for k in units]
            da[i][t] = da_r + da_z + da_n
            du[i][t] = da_r + da_z + [da_n[k] * r[k] for k in units]
            dh = [sum(du[i][t][m] * recurrent[j][m] for m in columns) + dh[j] * z[j] for j in units]
        dstates.append(dh)
    dx, dweight, dbias = linear_gradients(da, x, weight)
    drecurrent_bias = [sum(dstep[m] for dsteps in du for dstep in dsteps) for m in columns]
    dstate = [sum(dh[j] for dh in dstates) for j in units]
    return dx, dweight, products(before, du), dbias, drecurrent_bias, dstate
