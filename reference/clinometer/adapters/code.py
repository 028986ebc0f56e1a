"""A function with its arguments, as it was handed over: what all three libraries have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clinometer import trees
from clinometer.errors import InvalidInput

#: The name of what the function returns; `out[0]` and `out['loss']` are outputs inside it.
OUT = "out"


class Counted:
    """A function that counts how often it is called."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function, self.calls = function, 0

    def __call__(self, *arguments: Any) -> Any:
        self.calls += 1
        return self.function(*arguments)


@dataclass(frozen=True, eq=False)
class Code:
    """A function, its arguments, and its backward pass where that was written by hand.

    Attributes:
        function: takes the arguments one after the other.
        names, arguments: trees of arrays, and the name of each.
        grad: from the arguments to the gradients of a scalar function.
        vjp: the same for any function, from the cotangent and the arguments.
        trained: whether a leaf is one that the function is differentiated by.
    """

    function: Counted
    names: Sequence[str]
    arguments: tuple[Any, ...]
    grad: Callable[..., Any] | None = None
    vjp: Callable[..., Any] | None = None
    trained: Callable[[Any], bool] = field(default=lambda leaf: True)

    @property
    def by_hand(self) -> bool:
        """True where a backward pass was handed over, and it is not a framework's."""
        return self.grad is not None or self.vjp is not None

    def leaves(self) -> dict[str, Any]:
        """All leaves of the arguments by name."""
        named = zip(self.names, self.arguments, strict=True)
        return {name: leaf for root, tree in named for name, leaf in trees.leaves(tree, root)}

    def placed(self, leaves: Mapping[str, Any]) -> tuple[Any, ...]:
        """The arguments with other leaves."""
        named = zip(self.names, self.arguments, strict=True)
        return tuple(trees.rebuilt(tree, root, leaves) for root, tree in named)

    def pulled(
        self, arguments: Sequence[Any], returned: Any, cotangents: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The gradients by leaf, as the code by hand returns them.

        Raises InvalidInput where they are not one for each argument.
        """
        if self.vjp is not None:
            others = {name: None for name, _ in trees.leaves(returned, OUT)}
            return self._matched(
                "vjp", self.vjp(trees.rebuilt(returned, OUT, others | dict(cotangents)), *arguments)
            )
        gradients = self.graded(arguments)
        (cotangent,) = cotangents.values()
        factor = cotangent.item()  # a number of Python's, which changes no dtype
        if factor == 1:
            return gradients  # as they came, so that one sees whose memory they are
        return {n: None if g is None else factor * g for n, g in gradients.items()}

    def graded(self, arguments: Sequence[Any]) -> dict[str, Any]:
        """What `grad` returns, by leaf. Raises InvalidInput as above."""
        assert self.grad is not None  # noqa: S101 # or there would be a vjp
        return self._matched("grad", self.grad(*arguments))

    def _matched(self, which: str, returned: Any) -> dict[str, Any]:
        """One gradient for each argument, or the only one there is, by the names of the leaves."""
        reasons = []
        for gradients in self._readings(returned):
            named = zip(self.names, self.arguments, gradients, strict=True)
            try:
                return {
                    n: g for root, tree, whole in named for n, g in trees.paired(tree, root, whole)
                }
            except InvalidInput as error:
                reasons.append(str(error))
        if reasons:
            raise InvalidInput(f"what {which} returns is no tree like the arguments: {reasons[0]}")
        count = len(returned) if isinstance(returned, (tuple, list)) else 1
        raise InvalidInput(
            f"{which} returns {count} gradients for {len(self.names)} arguments; it should return "
            "one for each, and None where there is none"
        )

    def _readings(self, returned: Any) -> list[Sequence[Any]]:
        """The ways in which what was returned may be meant."""
        ways: list[Sequence[Any]] = []
        if isinstance(returned, (tuple, list)) and len(returned) == len(self.names):
            ways.append(returned)
        leaves = [list(trees.leaves(tree, "")) for tree in self.arguments]
        trained = [any(self.trained(leaf) for _, leaf in inside) for inside in leaves]
        if sum(trained) == 1:
            ways.append([returned if own else None for own in trained])
        return ways
