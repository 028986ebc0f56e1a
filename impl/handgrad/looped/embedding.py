"""An embedding, token by token: y = W_t is the row of the weight that belongs to the token t."""

from __future__ import annotations

from handgrad.arrays import Cache, Lists, require_tokens
from handgrad.looped._lists import elements, elementwise
from handgrad.looped._shapes import split


def forward(x: Lists, weight: Lists) -> tuple[Lists, Cache]:
    require_tokens(x, len(weight))
    return elementwise(lambda token: list(weight[token]), x), (elements(x), len(weight))


def backward(dy: Lists, cache: Cache) -> tuple[None, Lists]:
    """dWᵥₖ = Σᵣ [tᵣ = v] dyᵣₖ, where r runs over all places; tokens have no gradient."""
    tokens, vocabulary = cache
    rows = split(elements(dy), len(tokens))
    features = range(len(rows[0]))
    dweight = [
        [sum(rows[r][k] for r in range(len(rows)) if tokens[r] == v) for k in features]
        for v in range(vocabulary)
    ]
    return None, dweight
