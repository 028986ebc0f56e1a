"""Other numbers of samples, for which kernels that work in blocks take other paths.

No oracle is needed. A batch in which the same samples are repeated k times has the same outputs,
k times over, wherever f_kn(T x) = T f_n(x) for the repetition T. By the chain rule, the
gradients for T g are then such that their sum over the copies is k times the gradient for g. A
mean or a sum over the batch has that property likewise, and so has batch normalisation.

A backward pass may be written for the number of samples at hand. Where it raises an error at
another, it misleads nobody: that is a matter of agreement with the caller.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from clinometer.battery.arithmetic import Gradients, is_inexact, reordering, wide
from clinometer.battery.calls import Calls, Failed, Forward
from clinometer.battery.cotangents import Cotangent, drawn, gradients_for, scaled
from clinometer.battery.laws import Laws
from clinometer.rounding import largest

WITNESS = "state"
#: Blocks are multiples of this, and a batch is to have a remainder where it can.
BLOCK = 32
OTHERWISE = ", or its outputs are not those of its samples, nor their sum or mean"


def try_batches(laws: Laws, sizes: Iterable[int], samples: Collection[str] | None = None) -> None:
    """Batches of about these sizes, of the arguments whose first axis has the same length.

    Of those in `samples` alone, where that is given.
    """
    for size in sizes:
        tried = any(_tried(laws, group, size) for group in _groups(laws.calls, samples))
        if not tried:
            what = f"a batch of {size}" if size else "an empty batch"
            laws.calls.not_taken.append(f"{what}: the function takes none" + OTHERWISE * (size > 0))


def _tried(laws: Laws, group: list[str], size: int) -> bool:
    if size:
        return _copies(laws, group, size)
    with _safely(laws.calls):
        return _empty(laws.calls, group)


def _safely(calls: Calls) -> AbstractContextManager[None]:
    """Without what would end the process for empty arrays."""
    if calls.implementation.library != "torch":
        return nullcontext()
    from clinometer.frameworks.torch_rounding import without_onednn

    return without_onednn()


def _groups(calls: Calls, samples: Collection[str] | None) -> list[list[str]]:
    """The arguments that may hold a sample in each row: all of one length, or the first alone."""
    rows = {
        name: len(array)
        for name, array in calls.point.items()
        if array.ndim and (samples is None or name in samples)
    }
    first = next((name for name in (*calls.moving, *rows) if rows.get(name)), None)
    if first is None:
        return []
    alike = [name for name, length in rows.items() if length == rows[first]]
    return [alike, [first]] if len(alike) > 1 else [alike]


def _empty(calls: Calls, group: list[str]) -> bool:
    """True where the function takes an empty batch: then so has its backward pass."""
    point = {n: a[:0] if n in group else a for n, a in calls.point.items()}
    try:
        forward = calls.forward(point)
    except Failed:
        return False
    outputs = _outputs(calls, forward)
    if not all(np.isfinite(wide(array)).all() for array in outputs.values()):
        return False
    try:
        found = gradients_for(calls, forward, drawn(outputs, np.random.default_rng(0)))
    except Failed as failed:
        calls.breach_everywhere(f"{failed}, for an empty batch", WITNESS, "inconclusive")
        return True
    _look_at_empty(calls, found, constant=any(array.size for array in outputs.values()))
    return True


def _look_at_empty(calls: Calls, found: Gradients, *, constant: bool) -> None:
    """All zero where there is no output; finite in any case."""
    for name, array in found.items():
        if not np.isfinite(array).all():
            calls.breach(name, WITNESS, "the gradient is not finite for an empty batch")
        elif array.any() and not constant:
            calls.breach(name, WITNESS, "the gradient is not zero for an empty batch")


def _copies(laws: Laws, group: list[str], size: int) -> bool:
    """True where the function repeats itself with its samples."""
    calls, rows = laws.calls, len(laws.calls.point[group[0]])
    copies = -(-size // rows)
    if copies == 1:
        return True
    while copies * rows % BLOCK == 0 and rows % BLOCK:
        copies += 1
    point = {n: _repeated(a, copies) if n in group else a for n, a in calls.point.items()}
    try:
        forward = calls.forward(point)
    except Failed:
        return False
    cotangent = _cotangent(laws, forward, copies)
    if cotangent is None:
        return False
    try:
        found = gradients_for(calls, forward, cotangent)
    except Failed as failed:
        reason = f"{failed}, for a batch of {copies * rows}"
        calls.breach_everywhere(reason, WITNESS, "inconclusive")
        return True
    reason = f"the gradient for a batch of {copies * rows} is not that for its {rows} samples, "
    reason += f"each {copies} times"
    folded = {n: _folded(a, copies, n in group) for n, a in found.items()}
    bounds = laws.reordered(copies * rows)
    wrong = laws.beyond(WITNESS, folded, laws.gradients, bounds)
    if wrong:  # of many samples, whose terms may cancel each other, sums are rounded more often
        many = Laws(calls, forward, found, cotangent, np.random.default_rng(0)).rounding()
        wider = {n: _folded(a, copies, n in group) + bounds[n] for n, a in many.items()}
        wrong = laws.beyond(WITNESS, folded, laws.gradients, bounds | wider)
    calls.note(reason, wrong)
    return True


def _cotangent(laws: Laws, forward: Forward, copies: int) -> Cotangent | None:
    """The one whose gradients add up to `copies` times those for the cotangent of the laws.

    None where the outputs are neither repeated, nor the same, nor `copies` times as large.
    """
    few, many = (_outputs(laws.calls, f) for f in (laws.forward, forward))
    part = reordering(sum(array.size for array in forward.point.values()), laws.dtype)
    found = {}
    for name, cotangent in laws.cotangent.items():
        one, now = wide(few[name]), wide(many[name])
        if one.ndim and _alike(part, now, _repeated(one, copies)):
            found[name] = _repeated(cotangent, copies)
        elif one.any() and _alike(part, now, one):
            found |= scaled({name: cotangent}, copies)
        elif one.any() and _alike(part, now, copies * one):
            found[name] = cotangent
        else:
            return None
    return found


def _alike(part: float, mine: Any, other: Any) -> bool:
    """The same but for that part of the largest number."""
    return mine.shape == other.shape and largest(mine - other) <= part * largest(other)


def _outputs(calls: Calls, forward: Forward) -> dict[str, Any]:
    plain = {name: calls.implementation.plain(a) for name, a in forward.run.outputs.items()}
    return {name: array for name, array in plain.items() if is_inexact(array)}


def _repeated(array: Any, copies: int) -> Any:
    return np.concatenate([array] * copies)


def _folded(gradient: Any, copies: int, repeated: bool) -> Any:
    """The mean over the copies of a sample, or over those that are summed already."""
    if not repeated:
        return gradient / copies
    return gradient.reshape(copies, -1, *gradient.shape[1:]).mean(axis=0)
