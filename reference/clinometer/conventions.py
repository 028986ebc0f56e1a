"""What PyTorch and JAX answer where a function has no one gradient: at kinks, ties, singularities.

Each row is a function as it is written in NumPy, PyTorch and JAX, a point, and the gradient of
its sum there in float64. The tests run every row, in the versions named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeAlias

import numpy as np

from clinometer.subgradients import limits

#: Whose answers these are.
VERSIONS = {"torch": "2.13.0", "jax": "0.10.2"}

INF, NAN = np.inf, np.nan
THIRD = 1 / 3
SELU = 1.0507009873554805 * 1.6732632423543772

Answer: TypeAlias = tuple[float, ...]

#: The names that an expression may use, by the modules they stand for.
MODULES = {
    "numpy": {"np": "numpy"},
    "torch": {"torch": "torch", "F": "torch.nn.functional"},
    "jax": {"jax": "jax", "jnp": "jax.numpy", "lax": "jax.lax"},
}


@dataclass(frozen=True)
class Convention:
    """A function at a point where its gradient is a matter of choice, and who chooses what.

    Attributes:
        numpy, torch, jax: the function of the array `x`, as an expression; "" where it is none.
        point: the elements of `x`.
        in_torch, in_jax: the gradient of the function's sum by each framework.
        outside: the frameworks whose answer is no subgradient, or nothing that could be one
            because the point is not finite; with a space between them.
    """

    numpy: str
    torch: str
    jax: str
    point: Answer
    in_torch: Answer
    in_jax: Answer
    outside: str = ""

    def limits(self) -> Any:
        """The limits of the gradient around the point, one a row; none if it is not finite."""
        if not np.isfinite(self.point).all():
            return np.empty((0, len(self.point)))
        return limits(lambda x: evaluate(self.numpy, "numpy", {"x": x}), np.array(self.point))


def evaluate(expression: str, framework: str, arguments: Mapping[str, Any]) -> Any:
    """The sum of an expression of the arguments; the expression is ours, never somebody's input."""
    names = {name: import_module(module) for name, module in MODULES[framework].items()}
    result = eval(expression, {**names, **arguments})  # noqa: S307
    return np.sum(result) if framework == "numpy" else result.sum()


def table(conventions: tuple[Convention, ...]) -> str:
    """The rows as a table in Markdown. A star marks what is no subgradient."""
    lines = ["| PyTorch | JAX | at x = | limits of the gradient | PyTorch's | JAX's |"]
    lines.append("|---|---|---|---|---|---|")
    for row in conventions:
        code = (f"`{e}`" if e else "" for e in (row.torch, row.jax))
        answers = (
            _text(answer) + "\\*" * (name in row.outside.split())
            for name, answer in (("torch", row.in_torch), ("jax", row.in_jax))
        )
        cells = (*code, _text(row.point), _texts(row.limits()), *answers)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _texts(rows: Any) -> str:
    many = len(rows) > 6
    return "more than six" if many else "; ".join(_text(row) for row in rows) or "none"


def _text(numbers: Any) -> str:
    return ", ".join(f"{number:.4g}" for number in numbers)


# fmt: off
#: Kinks and ties.
KINKS = (
    Convention("np.abs(x)", "torch.abs(x)", "jnp.abs(x)", (0,), (0,), (1,)),
    Convention("np.maximum(x, 0)", "F.relu(x)", "jax.nn.relu(x)", (0,), (0,), (0,)),
    Convention("np.maximum(x, 0)", "torch.maximum(x, torch.zeros_like(x))", "jnp.maximum(x, 0)",
        (0,), (0.5,), (0.5,)),
    Convention("np.maximum(x, 0)", "torch.clamp_min(x, 0)", "jnp.clip(x, 0)", (0,), (1,), (0.5,)),
    Convention("np.maximum(x, 0)", "torch.where(x > 0, x, 0)", "jnp.where(x > 0, x, 0)", (0,), (0,),
        (0,)),
    Convention("np.maximum(1 - x, 0)", "F.relu(1 - x)", "jnp.maximum(1 - x, 0)", (1,), (0,),
        (-0.5,)),
    Convention("np.maximum(x, x / 8)", "F.leaky_relu(x, 0.125)", "jax.nn.leaky_relu(x, 0.125)",
        (0,), (0.125,), (1,)),
    Convention("np.where(x > 0, x, 2 * np.expm1(x))", "F.elu(x, 2.0)", "jax.nn.elu(x, 2.0)", (0,),
        (2,), (2,)),
    Convention("np.where(x > 0, 1.0507009873554805 * x, 1.7580993408473766 * np.expm1(x))",
        "F.selu(x)", "jax.nn.selu(x)", (0,), (SELU,), (SELU,)),
    Convention("np.clip(x, -1, 1)", "F.hardtanh(x)", "jax.nn.hard_tanh(x)", (-1, 1), (0, 0),
        (1, 1)),
    Convention("np.clip(x, -1, 1)", "torch.clamp(x, -1, 1)", "jnp.clip(x, -1, 1)", (-1, 1), (1, 1),
        (0.5, 0.5)),
    Convention("np.clip(x, 0, 6)", "F.relu6(x)", "jax.nn.relu6(x)", (0, 6), (0, 0), (0, 0)),
    Convention("np.clip(x / 6 + 0.5, 0, 1)", "F.hardsigmoid(x)", "jax.nn.hard_sigmoid(x)", (-3, 3),
        (0, 0), (0, 0)),
    Convention("x * np.clip(x / 6 + 0.5, 0, 1)", "F.hardswish(x)", "jax.nn.hard_swish(x)", (-3, 3),
        (0, 1), (0, 1)),
    Convention("np.maximum(x[0], x[1])", "torch.maximum(x[0], x[1])", "jnp.maximum(x[0], x[1])",
        (2, 2), (0.5, 0.5), (0.5, 0.5)),
    Convention("np.minimum(x[0], x[1])", "torch.minimum(x[0], x[1])", "jnp.minimum(x[0], x[1])",
        (2, 2), (0.5, 0.5), (0.5, 0.5)),
    Convention("np.fmax(x[0], x[1])", "torch.fmax(x[0], x[1])", "jnp.fmax(x[0], x[1])", (2, 2),
        (1, 0), (0, 1)),
    Convention("np.maximum(x[0], x[1])", "torch.maximum(x[0], x[1])", "jnp.maximum(x[0], x[1])",
        (NAN, 1), (1, 1), (0, 0), "torch jax"),
    Convention("np.max(x)", "torch.max(x)", "jnp.max(x)", (2, 2, 1), (0.5, 0.5, 0), (0.5, 0.5, 0)),
    Convention("np.max(x)", "torch.max(x, 0).values", "jnp.max(x, 0)", (2, 2, 1), (1, 0, 0),
        (0.5, 0.5, 0)),
    Convention("np.median(x)", "torch.median(x)", "jnp.median(x)", (1, 2, 2, 2, 3),
        (0, THIRD, THIRD, THIRD, 0), (0, 0, 1, 0, 0)),
    Convention("np.sort(x)[1]", "torch.median(x)", "", (1, 2, 3, 4), (0, 1, 0, 0), ()),
    Convention("np.median(x)", "", "jnp.median(x)", (1, 2, 3, 4), (), (0, 0.5, 0.5, 0)),
    Convention("np.sort(x) * 10 ** np.arange(3)", "torch.sort(x).values * 10 ** torch.arange(3)",
        "jnp.sort(x) * 10 ** jnp.arange(3)", (2, 2, 1), (10, 100, 1), (10, 100, 1)),
    Convention("np.sort(x)[::-1] * 10 ** np.arange(3)",
        "torch.sort(x, descending=True).values * 10 ** torch.arange(3)",
        "jnp.sort(x, descending=True) * 10 ** jnp.arange(3)", (2, 2, 1), (1, 10, 100),
        (10, 1, 100)),
    Convention("np.sort(x)[:1:-1] * 10 ** np.arange(2)",
        "torch.topk(x, 2).values * 10 ** torch.arange(2)",
        "lax.top_k(x, 2)[0] * 10 ** jnp.arange(2)", (2, 2, 2, 1), (0, 1, 10, 0), (1, 10, 0, 0)),
    Convention("np.maximum.accumulate(x)", "torch.cummax(x, 0).values", "lax.cummax(x)",
        (1, 2, 2, 1), (1, 1, 2, 0), (1, 2, 1, 0)),
    Convention("np.maximum(x[1:], x[:-1])", "F.max_pool1d(x[None], 2, 1)",
        'lax.reduce_window(x, -jnp.inf, lax.max, (2,), (1,), "VALID")', (2, 2, 2), (1, 1, 0),
        (1, 1, 0)),
    Convention("np.max(x)",
        'torch.zeros(1).to(x).scatter_reduce(0, torch.tensor([0, 0]), x, "amax")',
        "jax.ops.segment_max(x, jnp.array([0, 0]), 1)", (2, 2), (0.5, 0.5), (0.5, 0.5)),
    Convention("np.sum(np.abs(x))", "torch.linalg.vector_norm(x, 1)", "jnp.linalg.norm(x, 1)",
        (0, 3), (0, 1), (1, 1)),
    Convention("np.mean(np.abs(x))", "F.l1_loss(x, torch.zeros_like(x))", "jnp.mean(jnp.abs(x))",
        (0, 3), (0, 0.5), (0.5, 0.5)),
    Convention("np.where(np.abs(x) < 1, x * x / 2, np.abs(x) - 0.5)",
        'F.huber_loss(x, torch.zeros_like(x), reduction="sum")',
        "jnp.where(jnp.abs(x) < 1, x * x / 2, jnp.abs(x) - 0.5)", (-1, 1), (-1, 1), (-1, 1)),
    Convention("np.abs(x)", "torch.copysign(x, torch.ones_like(x))", "jnp.copysign(x, 1.0)", (0,),
        (0,), (1,)),
)
#: Singular points.
SINGULAR = (
    Convention("np.sqrt(np.sum(x * x))", "torch.linalg.vector_norm(x)", "jnp.linalg.norm(x)",
        (0, 0), (0, 0), (NAN, NAN), "jax"),
    Convention("np.sqrt(np.sum(x * x))", "torch.sqrt(torch.sum(x * x))", "jnp.sqrt(jnp.sum(x * x))",
        (0, 0), (NAN, NAN), (NAN, NAN), "torch jax"),
    Convention("x[0] / np.maximum(np.sqrt(np.sum(x * x)), 1e-12)", "F.normalize(x, dim=0)[0]",
        "(x / jnp.maximum(jnp.linalg.norm(x), 1e-12))[0]", (0, 0), (1000000000000.0, 0), (NAN, NAN),
        "jax"),
    Convention("np.sum(np.sqrt(np.abs(x))) ** 2", "torch.linalg.vector_norm(x, 0.5)",
        "jnp.linalg.norm(x, 0.5)", (0, 4), (0, 1), (INF, 1)),
    Convention("np.sqrt(np.mean((x - np.mean(x)) ** 2))", "torch.std(x, correction=0)",
        "jnp.std(x)", (2, 2, 2), (0, 0, 0), (NAN, NAN, NAN), "jax"),
    Convention("np.sqrt(np.sum((x - np.mean(x)) ** 2) / 2)", "torch.std(x)", "jnp.std(x, ddof=1)",
        (2, 2, 2), (0, 0, 0), (NAN, NAN, NAN), "jax"),
    Convention("np.prod(x)", "torch.prod(x)", "jnp.prod(x)", (0, 2, 3), (6, 0, 0), (6, 0, 0)),
    Convention("np.prod(x)", "torch.prod(x)", "jnp.prod(x)", (0, 0, 3), (0, 0, 0), (0, 0, 0)),
    Convention("np.cumprod(x)", "torch.cumprod(x, 0)", "jnp.cumprod(x)", (0, 2, 0), (3, 0, 0),
        (3, 0, 0)),
    Convention("np.arctan2(x[0], x[1])", "torch.atan2(x[0], x[1])", "jnp.arctan2(x[0], x[1])",
        (0, 0), (0, 0), (NAN, NAN), "jax"),
    Convention("np.hypot(x[0], x[1])", "torch.hypot(x[0], x[1])", "jnp.hypot(x[0], x[1])", (0, 0),
        (NAN, NAN), (0.5, 0.5), "torch"),
    Convention("x[0] ** x[1]", "x[0] ** x[1]", "x[0] ** x[1]", (0, 0), (0, 0), (NAN, 0),
        "torch jax"),
    Convention("np.cbrt(x)", "torch.sign(x) * torch.abs(x) ** (1 / 3)", "jnp.cbrt(x)", (0,), (NAN,),
        (INF,), "torch"),
    Convention("x[0] * np.log(x[1])", "torch.xlogy(x[0], x[1])",
        "jax.scipy.special.xlogy(x[0], x[1])", (0, 0), (0, NAN), (-INF, NAN), "torch jax"),
    Convention("np.logaddexp(x[0], x[1])", "torch.logaddexp(x[0], x[1])",
        "jnp.logaddexp(x[0], x[1])", (INF, INF), (NAN, NAN), (1, 1), "torch jax"),
    Convention("np.logaddexp(x[0], x[1])", "torch.logaddexp(x[0], x[1])",
        "jnp.logaddexp(x[0], x[1])", (-INF, -INF), (NAN, NAN), (NAN, NAN), "torch jax"),
    Convention("np.log(np.sum(np.exp(x)))", "torch.logsumexp(x, 0)", "jax.nn.logsumexp(x)",
        (-INF, -INF), (NAN, NAN), (NAN, NAN), "torch jax"),
    Convention("(np.exp(x) / np.sum(np.exp(x)))[0]", "F.softmax(x, 0)[0]", "jax.nn.softmax(x)[0]",
        (-INF, -INF), (NAN, NAN), (NAN, NAN), "torch jax"),
    Convention("np.sinc(x)", "torch.sinc(x)", "jnp.sinc(x)", (0,), (0,), (0,)),
    Convention("-np.log(1 - x)", "F.binary_cross_entropy(x, torch.zeros_like(x))",
        "-(0 * jnp.log(x) + 1 * jnp.log1p(-x))", (0,), (0,), (NAN,), "torch jax"),
    Convention("-np.log(x)", "F.binary_cross_entropy(x, torch.ones_like(x))",
        "-(1 * jnp.log(x) + 0 * jnp.log1p(-x))", (1,), (0,), (NAN,), "torch jax"),
    Convention("-np.log(x)", "F.binary_cross_entropy(x, torch.ones_like(x))", "-jnp.log(x)", (0,),
        (-1000000003995.8029,), (-INF,), "torch"),
    Convention("np.where(x > 0, np.sqrt(x), 0 * x)", "torch.where(x > 0, torch.sqrt(x), 0)",
        "jnp.where(x > 0, jnp.sqrt(x), 0)", (0,), (NAN,), (NAN,), "torch jax"),
    Convention("np.where(x > 0, np.sqrt(x), 0 * x)", "torch.where(x > 0, torch.sqrt(x), 0)",
        "jnp.where(x > 0, jnp.sqrt(x), 0)", (-1,), (NAN,), (NAN,), "torch jax"),
    Convention("0 * x", "F.cross_entropy(x[None], torch.tensor([-100]))", "", (1, 2), (0, 0), ()),
)
# fmt: on
