"""How near the gradients of a run come to what the machine allows."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence

from benchmarks import report
from benchmarks.pages.drawing import Marks, mark, picture
from benchmarks.suite import Row
from clinometer.report.html import Folded, Part, Table
from clinometer.report.plot import Axis, Dots, Line, Plot

#: Whose part of the peak is drawn; others are too far below it.
AT_THE_ROOF = ("vectorised", "torch eager", "jax.jit")


def roofline(dtype: str, rows: list[Row]) -> Iterator[Part]:
    """Of the workloads that have matrix products, the part of the peak that each candidate has."""
    title = f"Operations a second against intensity, {dtype}"
    known = sorted((row for row in rows if row.of_peak), key=lambda row: row.intensity)
    if not known:
        yield f"{title}: nothing to draw, as no workload with matrix products was measured."
        return
    alone = {row.workload: (row.intensity, _alone(row)) for row in known}
    marks: Marks = [
        Line("the roof", roof(known), 5, 1),
        mark("products alone", list(alone.values()), 0),
    ]
    for number, name in enumerate(AT_THE_ROOF):
        if points := [(r.intensity, r.of_peak or 0.0) for r in known if r.candidate == name]:
            marks.append(Dots(name, points, (0, 1, 3)[number], hollow=name != "vectorised"))
    description = (
        "A roofline: 1 is what one large matrix product reached in the same rounds; below "
        f"{report.digits(_balance(known))} operations a byte memory allows less, as fast as it "
        "copied a large array; what fits into a cache may be above that. The line below is what "
        "NumPy's products of each workload's shapes reach alone; a gradient whose library "
        "multiplies as fast stays below it. Intensity is operations for each byte that must be "
        "moved."
    )
    x, y = Axis("operations a byte", "log"), Axis("part of the peak", "log")
    yield picture(Plot(title, description, x, y, marks))
    cells = [
        [r.workload, r.candidate, f"{r.intensity:.3g}", f"{_alone(r):.2g}", f"{r.of_peak:.2g}"]
        for r in known
    ]
    numbers = ("operations a byte", "products alone", "part of the peak")
    table = Table(title, ("workload", "candidate"), numbers, cells)
    yield Folded(f"{title}: the numbers", [table])


def roof(rows: Sequence[Row]) -> list[tuple[float, float]]:
    """What memory and arithmetic allow, from the least intensity by where they meet to the most."""
    intensities = [row.intensity for row in rows]
    ends = sorted({min(intensities), _balance(rows), max(intensities)})
    return [(end, min(1.0, end / _balance(rows))) for end in ends]


def _balance(rows: Sequence[Row]) -> float:
    return statistics.median(row.balance for row in rows)


def _alone(row: Row) -> float:
    """The part of the peak that the products of a workload reach by themselves."""
    return (row.of_peak or 0.0) / (row.of_skeleton or math.inf)
