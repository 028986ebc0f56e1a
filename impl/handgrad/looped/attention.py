"""Multi-head attention, sum by sum: yₙₜₒ = Σ_d zₙₜ_d W_dₒ + bₒ, where zₙₜ_d = Σₖ pₙₕₜₖ vₙₖ_d.

h is the head that holds the feature d, of e features each. pₙₕₜₖ = exp sₙₕₜₖ / Σₗ exp sₙₕₜₗ, where
sₙₕₜₖ = Σ_d qₙₜ_d kₙₖ_d / √e over the features d of the head, and k and l run over the keys that the
query t of sample n sees.
"""

from __future__ import annotations

from typing import Any

from handgrad.arrays import Cache, Lists, require_heads, require_mask
from handgrad.looped._linear import linear, linear_gradients
from handgrad.looped._lists import elementwise, exp, largest, same_range, sqrt


def forward(
    x: Lists,
    query_weight: Lists,
    query_bias: Lists,
    key_weight: Lists,
    key_bias: Lists,
    value_weight: Lists,
    value_bias: Lists,
    output_weight: Lists,
    output_bias: Lists,
    memory: Lists | None = None,
    *,
    heads: int,
    causal: bool,
    mask: Any = None,
) -> tuple[Lists, Cache]:
    features = len(same_range(query_bias, key_bias, value_bias))
    require_heads(features, heads)
    source = x if memory is None else [memory for _ in x]
    query = linear(x, query_weight, query_bias)
    key = linear(source, key_weight, key_bias)
    value = linear(source, value_weight, value_bias)
    root = sqrt(features // heads + 0 * query_bias[0])  # a number of their type
    scores = elementwise(lambda s: s / root, _products(query, key, heads))
    seen = _seen(len(x), len(x[0]), len(source[0]), causal, mask)
    p = [
        [[_softmax(rows[t], seen[n][t]) for t in range(len(rows))] for rows in scores[n]]
        for n in range(len(x))
    ]
    mixed = _mixed(p, value)
    y = linear(mixed, output_weight, output_bias)
    projections = query_weight, key_weight, value_weight, output_weight
    return y, (x, memory, projections, query, key, value, root, p, mixed)


def backward(dy: Lists, cache: Cache) -> tuple[Lists, ...]:
    """dpₙₕₜₖ = Σ_d dzₙₜ_d vₙₖ_d  and  dsₙₕₜₖ = Σₗ dpₙₕₜₗ pₙₕₜₗ (δₖₗ - pₙₕₜₖ) / √e.

    dqₙₜ_d = Σₖ dsₙₕₜₖ kₙₖ_d,  dkₙₖ_d = Σₜ dsₙₕₜₖ qₙₜ_d  and  dvₙₖ_d = Σₜ pₙₕₜₖ dzₙₜ_d.
    """
    x, memory, projections, query, key, value, root, p, mixed = cache
    query_weight, key_weight, value_weight, output_weight = projections
    source = x if memory is None else [memory for _ in x]
    dmixed, *doutputs = linear_gradients(dy, mixed, output_weight)
    dp = _products(dmixed, value, len(p[0]))
    samples, heads, queries = range(len(p)), range(len(p[0])), range(len(p[0][0]))
    ds = [
        [[_softmax_gradient(dp[n][h][t], p[n][h][t], root) for t in queries] for h in heads]
        for n in samples
    ]
    dquery, dkey = _mixed(ds, key), _mixed(_transposed(ds), query)
    dvalue = _mixed(_transposed(p), dmixed)
    dx, *dqueries = linear_gradients(dquery, x, query_weight)
    from_keys, *dkeys = linear_gradients(dkey, source, key_weight)
    from_values, *dvalues = linear_gradients(dvalue, source, value_weight)
    dsource = elementwise(lambda k, v: k + v, from_keys, from_values)
    dparameters = (*dqueries, *dkeys, *dvalues, *doutputs)
    if memory is None:
        return (elementwise(lambda q, s: q + s, dx, dsource), *dparameters)
    return (dx, *dparameters, elementwise(lambda *samples: sum(samples), *dsource))


def _products(a: Lists, b: Lists, heads: int) -> Lists:
    """sₙₕₜₖ = Σ_d aₙₜ_d bₙₖ_d, over the features d of the head h."""
    size = len(a[0][0]) // heads
    features = [range(h * size, (h + 1) * size) for h in range(heads)]
    return [
        [[[sum(at[d] * bk[d] for d in those) for bk in bn] for at in an] for those in features]
        for an, bn in zip(a, b, strict=True)
    ]


def _mixed(p: Lists, v: Lists) -> Lists:
    """zₙₜ_d = Σₖ pₙₕₜₖ vₙₖ_d, where h is the head that holds the feature d."""
    queries, keys = range(len(p[0][0])), range(len(v[0]))
    features, size = range(len(v[0][0])), len(v[0][0]) // len(p[0])
    return [
        [[sum(pn[d // size][t][k] * vn[k][d] for k in keys) for d in features] for t in queries]
        for pn, vn in zip(p, v, strict=True)
    ]


def _transposed(p: Lists) -> Lists:
    """pₙₕₖₜ from pₙₕₜₖ."""
    return [[[list(column) for column in zip(*rows, strict=True)] for rows in pn] for pn in p]


def _seen(samples: int, queries: int, keys: int, causal: bool, mask: Any) -> list[list[list[int]]]:
    """The keys that each query of each sample sees: if causal, the last query sees them all."""
    if mask is not None:
        require_mask(mask, samples, keys)
    seen = [
        [
            [
                k
                for k in range(keys)
                if (not causal or k <= t + keys - queries) and (mask is None or mask[n][k] != 0)
            ]
            for t in range(queries)
        ]
        for n in range(samples)
    ]
    if not all(keys for sample in seen for keys in sample):
        raise ValueError("there is a query that sees no key")
    return seen


def _softmax(scores: Lists, seen: list[int]) -> Lists:
    """pₖ = exp sₖ / Σₗ exp sₗ over the keys that are seen, and 0 elsewhere."""
    highest = largest([scores[k] for k in seen])
    weights = [exp(s - highest) if k in seen else 0 for k, s in enumerate(scores)]
    return [weight / sum(weights) for weight in weights]


def _softmax_gradient(dp: Lists, p: Lists, root: Any) -> Lists:
    """dsₖ = Σₗ dpₗ pₗ (δₖₗ - pₖ) / √e."""
    keys = range(len(p))
    return [sum(dp[l] * p[l] * ((k == l) - p[k]) for l in keys) / root for k in keys]
