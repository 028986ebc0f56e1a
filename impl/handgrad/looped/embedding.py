"""An embedding, token by token: y = W_t is the row of the weight that belongs to the token t."""

from __future__ import annotations

from handgrad.arrays import Cache, Lists, require_tokens
from handgrad.looped._lists import elements, elementwise, rows


def forward(x: Lists, weight: Lists) -> tuple[Lists, Cache]:
    require_tokens(x, len(weight))
    return elementwise(lambda token: list(weight[token]), x), (elements(x), len(weight))


def backward(dy: Lists, cache: Cache) -> tuple[None, Lists]:
    """dWᵥₖ = Σᵣ [tᵣ = v] dyᵣₖ, where r runs over all places; tokens have no gradient."""
    tokens, vocabulary = cache
    drows = rows(dy)
    features = range(len(drows[0]))
    dweight = [
        [sum(drows[r][k] for r in range(len(drows)) if tokens[r] == v) for k in features]
        for v in range(vocabulary)
    ]
    return None, dweight
