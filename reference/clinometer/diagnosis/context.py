"""What is known around a wrong gradient, and what helps to tell how it came about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from clinometer.problem import Arrays

#: From a cotangent's factor to a gradient.
Scaled = Callable[[float], Any]


@dataclass(frozen=True, eq=False, kw_only=True)
class Context:
    """All of it may be left out: a mistake that would need it is then not thought of.

    Attributes:
        arguments: the function's arguments by name, integers and masks among them.
        trial, right: the gradients of all arguments, on trial and right.
        cotangents, outputs: by the output's name.
        counts: numbers that a factor may be, by what they count, such as `the batch size`.
        dtype: in which the gradient on trial was computed.
        paths: the right gradient's part by each of several paths, by the path's name.
        terms: those of which the right gradient is the sum, of shape (n, *s), by what each of
            them is for, such as `sample`.
        corners: some of those of a finer sum, whose terms are many: for the first and the last row.
        scaled: the gradient on trial with the cotangents multiplied by a factor.
        again: what a further call returns, right after the one that returned the one on trial.
        before: the right gradient at the point of the call before.
        inside: what wrong derivatives in the midst of the function make of the gradient, where
            that is much like the one on trial, after what they are.
    """

    arguments: Arrays = field(default_factory=dict)
    trial: Arrays = field(default_factory=dict)
    right: Arrays = field(default_factory=dict)
    cotangents: Arrays = field(default_factory=dict)
    outputs: Arrays = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    dtype: str = "float64"
    paths: Arrays = field(default_factory=dict)
    terms: Mapping[str, Callable[[], Any]] = field(default_factory=dict)
    corners: Mapping[str, Callable[[], Any]] = field(default_factory=dict)
    scaled: Scaled | None = None
    again: Any = None
    before: Callable[[], Any] | None = None
    inside: Callable[[], Iterable[tuple[str, Any]]] | None = None
