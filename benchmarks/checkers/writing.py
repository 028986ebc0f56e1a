"""The tables, for a terminal and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks import report
from benchmarks.calibration.peers import OURS
from benchmarks.checkers.checkers import CHECKERS
from benchmarks.checkers.faults import FAULTS
from benchmarks.checkers.measurement import Cost, Seen
from benchmarks.checkers.module import Judged
from clinometer.report.document import write_whole

TITLE = "Checkers of gradients, side by side"
COSTS = (
    "What the right gradient of a small function costs in float64, in processor time: the median "
    "of a call that is not the first, its ratio to clinometer's with its 95 % interval, and the "
    "first call on the function in a process that has checked another one. Passes are runs of the "
    "function and of its backward pass."
)
POWER = (
    "In how many of the functions a checker finds something wrong: with the right gradient, where "
    "that is a false alarm, and with each fault put into it. By so much all gradients are off, or "
    "one element of one of them. Who alarms at right gradients sees nothing in wrong ones. Without "
    "a number the fault cannot be made: JAX keeps nothing between calls, and a gradient for "
    "scipy takes no cotangent."
)
MODULE = (
    "All gradients of a tanh network of PyTorch, in one call each; and the smallest errors, of one "
    "element and of a whole array relative to that, that would have been seen in every array."
)
COST_COLUMNS = (
    "function", "library", "checker", "time", "ratio", "95 %", "first call", "forwards", "backwards"
)  # fmt: skip
MODULE_COLUMNS = (
    "checker", "dtype", "passed", "time", "forwards", "backwards", "sees one element", "the whole"
)  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """All of it, and where."""

    costs: Sequence[Cost]
    seen: Sequence[Seen]
    module: Sequence[Judged]
    surroundings: Mapping[str, Any] = field(default_factory=dict)


def power_columns() -> tuple[str, ...]:
    """The faults after the checkers."""
    return ("checker", "library", "dtype", *FAULTS)


def power_lines(seen: Iterable[Seen]) -> list[list[str]]:
    """For each checker and dtype, how often each fault was caught, of how often it was tried."""
    counts: dict[tuple[str, str, str], dict[str, list[bool]]] = {}
    for s in seen:
        faults = counts.setdefault((s.checker, s.library, s.dtype), {})
        faults.setdefault(s.fault, []).append(s.caught)
    return [
        [*who, *(_share(faults.get(fault, [])) for fault in FAULTS)]
        for who, faults in counts.items()
    ]


def cost_lines(costs: Iterable[Cost]) -> list[list[str]]:
    """One for each function and checker, clinometer's first."""
    return [
        [
            c.function,
            c.library,
            c.checker,
            report.seconds(c.timing.seconds),
            "1" if c.checker == OURS else "tie" if c.tie else report.digits(c.timing.ratio),
            "" if c.checker == OURS else _interval(c),
            report.seconds(c.first),
            str(c.forwards),
            str(c.backwards),
        ]
        for c in costs
    ]


def module_lines(judged: Iterable[Judged]) -> list[list[str]]:
    """One for each checker and dtype."""
    return [
        [
            j.checker,
            j.dtype,
            "yes" if j.passed else "NO",
            report.seconds(j.seconds),
            f"{j.forwards:,}",
            f"{j.backwards:,}",
            *("" if error is None else f"{error:.1e}" for error in (j.element, j.whole)),
        ]
        for j in judged
    ]


def missing() -> str:
    """A sentence on the checkers that are not here; empty if all are."""
    names = ", ".join(f"{c.name} ({c.library})" for c in CHECKERS if c.missing)
    return f"Not installed, and so not measured: {names}." if names else ""


def show(measured: Measured, console: Console) -> None:
    """On a terminal."""
    console.print(report.grid("cost", COST_COLUMNS, cost_lines(measured.costs), names=3))
    console.print(report.grid("power", power_columns(), power_lines(measured.seen), names=3))
    if measured.module:
        console.print(report.grid("module", MODULE_COLUMNS, module_lines(measured.module), names=3))
    if missing():
        console.print(missing())


def write(measured: Measured, folder: Path) -> None:
    """checkers.md."""
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "checkers.md", markdown(measured))


def markdown(measured: Measured) -> str:
    """The tables with what is needed to read them."""
    parts = [
        f"# {TITLE}",
        COSTS,
        report.markdown_grid(COST_COLUMNS, cost_lines(measured.costs)),
        POWER,
        report.markdown_grid(power_columns(), power_lines(measured.seen)),
    ]
    if measured.module:
        parts += [MODULE, report.markdown_grid(MODULE_COLUMNS, module_lines(measured.module))]
    parts += [missing(), report.facts(measured.surroundings)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _interval(cost: Cost) -> str:
    return f"{report.digits(cost.timing.low)}…{report.digits(cost.timing.high)}"


def _share(caught: Sequence[bool]) -> str:
    return f"{sum(caught)}/{len(caught)}" if caught else ""
